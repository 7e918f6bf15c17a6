/** The routes of a bridge: the caller's options, and their checked form. */

import { hostname } from 'node:os';
import { invalidType, invalidValue, outOfRange } from '../core/argument-errors';
import { checkProperties, optionNames } from '../core/options';
import {
  checkBoolean,
  checkChoice,
  checkInteger,
  checkMessageType,
  checkMode,
  checkObject,
  checkQueueId,
  checkString,
} from '../core/validators';
import { anyMessage, type Select, type Selection, selectionOf } from '../messages/selector';
import type { MessageQueue } from '../queue/message-queue';
import { SyncQueue } from '../queue/sync-queue';

/** A queue of a route: a MessageQueue, an id, or a key. */
export type QueueRef =
  | Pick<MessageQueue, 'id' | 'key' | 'closed'>
  | {
      /** The queue with this id. When it is removed, the route ends. */
      id: number;
    }
  | {
      /** The queue with this key. When it is removed, the route waits until the key has a queue again. */
      key: number;
      /** Create the queue if it is missing. Default: false. */
      create?: boolean | undefined;
      /** Permission bits of a created queue. Default: 0o600. */
      mode?: number | undefined;
    };

/** Which messages an out route takes: at most one of the three. Default: all, oldest first. */
export type RouteSelect = Pick<Select, 'type' | 'except' | 'upTo'>;

/** The fate of a message that can never be delivered: the route stops, or the message goes to another subject. */
export type Refused =
  | 'stop'
  | {
      /** The subject, or the stream's key. */
      deadLetter: string;
    };

/** Queue → stream. */
export interface OutRoute {
  /** 1 to 64 letters, digits, ".", "_" and "-"; no other route of the bridge has it. */
  name: string;
  /** Takes from the queue. */
  direction: 'out';
  /** The queue that it takes from. */
  queue: QueueRef;
  /** Which messages. */
  select?: RouteSelect | undefined;
  /** The subject or stream's key. `{host}` becomes the bridge's name, `{type}` the message's type. */
  to: string;
  /** The most messages published and not yet acknowledged. Default: 512. */
  window?: number | undefined;
  /** Publishes one message at a time, which keeps the order even while the engine refuses some. Default: false. */
  ordered?: boolean | undefined;
  /** Default: 'stop'. */
  refused?: Refused | undefined;
}

/** Stream → queue. */
export interface InRoute {
  /** 1 to 64 letters, digits, ".", "_" and "-"; no other route of the bridge has it. */
  name: string;
  /** Sends to the queue. */
  direction: 'in';
  /** The queue that it sends to. */
  queue: QueueRef;
  /** The stream, and this route's durable consumer of it. */
  from: {
    /** The stream's name, or key. */
    stream: string;
    /** The name of the durable consumer, or of the group. Created if missing. */
    consumer: string;
    /** A subject, to take only its messages. */
    filter?: string | undefined;
    /** Other bridges take from the same consumer: each message goes to one of them, in no order. Default: false. */
    shared?: boolean | undefined;
  };
  /**
   * The source of the message type: the header, the last token of the subject, or always this number. Default:
   * 'header'.
   */
  type?: 'header' | 'subject' | number | bigint | undefined;
  /** The most messages delivered and not yet in the queue. Default: 256. */
  maxPending?: number | undefined;
  /** Default: 'stop'. */
  refused?: Refused | undefined;
}

/** Requests: `serve` passes those from a subject to the queue's servers, `ask` those from the queue to a subject. */
export interface RequestRoute {
  /** 1 to 64 letters, digits, ".", "_" and "-"; no other route of the bridge has it. */
  name: string;
  /** From the engine to the queue, or from the queue to the engine. */
  direction: 'serve' | 'ask';
  /** The queue of the requests. */
  queue: QueueRef;
  /** The subject. */
  subject: string;
  /** How long to wait for an answer, in milliseconds. Default: 30,000. */
  timeout?: number | undefined;
}

/** A route of a bridge. */
export type Route = OutRoute | InRoute | RequestRoute;

/** A checked queue: it has either an id or a key. */
export interface CheckedQueue {
  id: number | undefined;
  key: number;
  create: boolean;
  mode: number | undefined;
}

export interface CheckedOut {
  direction: 'out';
  name: string;
  queue: CheckedQueue;
  selection: Selection;
  to: string;
  window: number;
  deadLetter: string | undefined;
}

export interface CheckedIn {
  direction: 'in';
  name: string;
  queue: CheckedQueue;
  stream: string;
  consumer: string;
  filter: string | undefined;
  shared: boolean;
  type: 'header' | 'subject' | number | bigint;
  maxPending: number;
  deadLetter: string | undefined;
}

export interface CheckedRequest {
  direction: 'serve' | 'ask';
  name: string;
  queue: CheckedQueue;
  subject: string;
  timeout: number;
}

export type CheckedRoute = CheckedOut | CheckedIn | CheckedRequest;

const NAME = /^[A-Za-z0-9._-]{1,64}$/;
const DEFAULT_WINDOW = 512;
const MAX_WINDOW = 16_384;
const DEFAULT_PENDING = 256;
const MAX_PENDING = 65_536;
const DEFAULT_TIMEOUT_MS = 30_000;
const INT_MAX = 0x7fffffff;

const common = { name: true, direction: true, queue: true } as const;
const known = {
  out: optionNames<OutRoute>('an out route', {
    ...common,
    select: true,
    to: true,
    window: true,
    ordered: true,
    refused: true,
  }),
  in: optionNames<InRoute>('an in route', { ...common, from: true, type: true, maxPending: true, refused: true }),
  request: optionNames<RequestRoute>('a request route', { ...common, subject: true, timeout: true }),
  from: optionNames<InRoute['from']>('a stream', { stream: true, consumer: true, filter: true, shared: true }),
  select: optionNames<RouteSelect>('select', { type: true, except: true, upTo: true }),
  key: optionNames<{ key: 0; create: 0; mode: 0 }>('a queue', { key: true, create: true, mode: true }),
  id: optionNames<{ id: 0 }>('a queue', { id: true }),
  refused: optionNames<{ deadLetter: 0 }>('refused', { deadLetter: true }),
};

export function checkBridgeName(name: unknown): string {
  if (name === undefined)
    return (
      hostname()
        .replace(/[^A-Za-z0-9_-]/g, '_')
        .slice(0, 64) || 'host'
    );
  return checkName(name, 'options.name');
}

function checkName(name: unknown, argument: string): string {
  if (NAME.test(checkString(name, argument))) return name as string;
  throw outOfRange(argument, '1 to 64 letters, digits, ".", "_" and "-"', name);
}

export function checkRoutes(routes: unknown): CheckedRoute[] {
  if (!Array.isArray(routes)) throw invalidType('options.routes', 'an array', routes);
  if (routes.length === 0) throw outOfRange('options.routes', 'one route or more', routes);
  const checked = routes.map((route, index) => checkRoute(route as Route, `options.routes[${index}]`));
  const names = new Set<string>();
  for (const { name } of checked) {
    if (names.has(name)) throw invalidValue('options.routes', `has two routes named '${name}'`);
    names.add(name);
  }
  return checked;
}

function checkRoute(route: Route, at: string): CheckedRoute {
  const direction = checkChoice(checkObject(route, at).direction, `${at}.direction`, [
    'out',
    'in',
    'serve',
    'ask',
  ] as const);
  const name = checkName(route.name, `${at}.name`);
  const queue = checkQueueRef(route.queue, `${at}.queue`);
  switch (direction) {
    case 'out':
      return { ...checkOut(route as OutRoute, at), name, queue };
    case 'in':
      return { ...checkIn(route as InRoute, at), name, queue };
    default:
      return { ...checkRequest(route as RequestRoute, at), name, queue };
  }
}

type Unnamed<T> = Omit<T, 'name' | 'queue'>;

function checkOut(route: OutRoute, at: string): Unnamed<CheckedOut> {
  const { select, to, window, ordered, refused } = checkProperties(route, known.out, at);
  const isOrdered = ordered === undefined ? false : checkBoolean(ordered, `${at}.ordered`);
  const wanted = window === undefined ? DEFAULT_WINDOW : checkInteger(window, `${at}.window`, 1, MAX_WINDOW);
  if (isOrdered && window !== undefined && window !== 1) throw outOfRange(`${at}.window`, '1 with ordered', window);
  const unknownWord = /\{(?!host\}|type\})[^}]*\}?/.exec(checkSubject(to, `${at}.to`));
  if (unknownWord !== null) throw invalidValue(`${at}.to`, `has ${unknownWord[0]}; {host} and {type} are known`);
  return {
    direction: 'out',
    selection:
      select === undefined
        ? anyMessage
        : selectionOf(checkProperties(select as object, known.select, `${at}.select`) as Select),
    to,
    window: isOrdered ? 1 : wanted,
    deadLetter: checkRefused(refused, `${at}.refused`),
  };
}

function checkIn(route: InRoute, at: string): Unnamed<CheckedIn> {
  const { from, type, maxPending, refused } = checkProperties(route, known.in, at);
  const source = checkProperties(from, known.from, `${at}.from`);
  return {
    direction: 'in',
    stream: checkSubject(source.stream, `${at}.from.stream`),
    consumer: checkName(source.consumer, `${at}.from.consumer`),
    filter: source.filter === undefined ? undefined : checkSubject(source.filter, `${at}.from.filter`),
    shared: source.shared === undefined ? false : checkBoolean(source.shared, `${at}.from.shared`),
    type: checkTypeFrom(type, `${at}.type`),
    maxPending:
      maxPending === undefined ? DEFAULT_PENDING : checkInteger(maxPending, `${at}.maxPending`, 1, MAX_PENDING),
    deadLetter: checkRefused(refused, `${at}.refused`),
  };
}

function checkRequest(route: RequestRoute, at: string): Unnamed<CheckedRequest> {
  const { direction, subject, timeout } = checkProperties(route, known.request, at);
  return {
    direction,
    subject: checkSubject(subject, `${at}.subject`),
    timeout: timeout === undefined ? DEFAULT_TIMEOUT_MS : checkInteger(timeout, `${at}.timeout`, 1, INT_MAX),
  };
}

function checkTypeFrom(type: unknown, argument: string): CheckedIn['type'] {
  if (type === undefined) return 'header';
  if (type === 'header' || type === 'subject') return type;
  return checkMessageType(type, argument);
}

// Refuses characters that end a line, or a word, of an engine's protocol.
function checkSubject(subject: unknown, argument: string): string {
  if (/^[^\s\0]{1,256}$/.test(checkString(subject, argument))) return subject as string;
  throw outOfRange(argument, '1 to 256 characters without white space', subject);
}

function checkRefused(refused: Refused | undefined, argument: string): string | undefined {
  if (refused === undefined || refused === 'stop') return undefined;
  return checkSubject(checkProperties(refused, known.refused, argument).deadLetter, `${argument}.deadLetter`);
}

function checkQueueRef(queue: QueueRef, argument: string): CheckedQueue {
  if (queue instanceof SyncQueue) {
    const { id, key } = queue as unknown as MessageQueue;
    return { id: key === 0 ? id : undefined, key, create: false, mode: undefined };
  }
  const given = checkObject(queue as object, argument) as { id?: unknown; key?: unknown };
  if (given.id !== undefined) {
    const { id } = checkProperties(given, known.id, argument);
    return { id: checkQueueId(id, `${argument}.id`), key: 0, create: false, mode: undefined };
  }
  const { key, create, mode } = checkProperties(
    given as { key?: unknown; create?: unknown; mode?: unknown },
    known.key,
    argument,
  );
  const checked = checkInteger(key, `${argument}.key`, -0x80000000, 0xffffffff) | 0;
  if (checked === 0) throw outOfRange(`${argument}.key`, 'a key, and not IPC_PRIVATE', key);
  return {
    id: undefined,
    key: checked,
    create: create === undefined ? false : checkBoolean(create, `${argument}.create`),
    mode: mode === undefined ? undefined : checkMode(mode, `${argument}.mode`),
  };
}
