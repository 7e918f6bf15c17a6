/** The options of RequestClient and RequestServer, and their checks. */

import { checkCodec } from '../codecs/check-codec';
import type { Codec } from '../codecs/codec';
import { outOfRange } from '../core/argument-errors';
import { checkOptions, optionNames } from '../core/options';
import { checkInteger, checkMode, checkTimeout } from '../core/validators';
import type { Handle } from '../messages/handle';
import type { MessageQueue } from '../queue/message-queue';
import { checkQueue } from '../queue/queue-argument';
import { FIRST_REPLY_TYPE, LAST_REPLY_TYPE, LAST_REQUEST_TYPE } from './wire';

/** Options of a RequestClient. */
export interface RequestClientOptions<Reply = Buffer> {
  /**
   * The destination of replies. A queue: one that clients share. `'private'`: a queue of this client's own, which it
   * creates at its first request and removes when it is closed. Default: the queue of the requests, which every server
   * knows, in any language, and which leaves no queue behind when the client is killed.
   */
  replies?: MessageQueue<Reply> | 'private' | undefined;
  /** The type of this client's replies in a shared queue, 65536 … 2^31−1, unique to this client. Default: random. */
  replyType?: number | undefined;
  /** The codec of the replies. Default: that of `replies`, otherwise that of the requests. */
  replyCodec?: Codec<Reply> | undefined;
  /** Permission bits of a private queue of replies; the server must be allowed to write. Default: 0o600. */
  mode?: number | undefined;
  /** The type of requests, 1 … 65535. A server may serve low types first. Default: 1. */
  type?: number | undefined;
  /** The default timeout of a request, in milliseconds; Infinity: never. Default: 30,000. */
  timeout?: number | undefined;
}

/** Options of one request. */
export interface RequestOptions {
  /**
   * Milliseconds until the request is canceled, 0 … 2^31−1, or Infinity. The server learns the deadline. Default: the
   * client's.
   */
  timeout?: number | undefined;
  /** Cancels the request when aborted. */
  signal?: AbortSignal | undefined;
  /** The request's type, 1 … 65535. Default: the client's. */
  type?: number | undefined;
}

/** Serves requests of one type. */
export interface ServeType {
  /** Serves requests of this type, 1 … 65535. Default: 1. */
  type?: number | undefined;
  /** Not together with `type`. */
  upTo?: undefined;
}

/** Serves requests of several types. */
export interface ServeUpTo {
  /** Serves requests of types from 1 to this, the lowest first, so that types are priorities. */
  upTo?: number | undefined;
  /** Not together with `upTo`. */
  type?: undefined;
}

/** Options of a RequestServer. */
export type RequestServerOptions<Reply = Buffer> = (ServeType | ServeUpTo) & {
  /**
   * The queue of all replies. Requests that name another one get no reply. Default: the queue that each request names.
   */
  replies?: Pick<MessageQueue, 'id'> | undefined;
  /** The codec of the replies. Default: that of `replies`, otherwise that of the requests. */
  replyCodec?: Codec<Reply> | undefined;
  /** How many requests are handled concurrently. The others stay in the queue. Default: 16. */
  concurrency?: number | undefined;
  /** How long a reply waits for room, in milliseconds. Default: 5000. */
  replyTimeout?: number | undefined;
  /**
   * The age, in milliseconds, at which a reply that its client has not taken may be discarded, if its queue is full.
   * Default: 60000.
   */
  replyLifetime?: number | undefined;
};

const DEFAULT_TYPE = 1;
const DEFAULT_TIMEOUT_MS = 30_000;
const DEFAULT_CONCURRENCY = 16;
const DEFAULT_REPLY_TIMEOUT_MS = 5000;
const DEFAULT_REPLY_LIFETIME_MS = 60_000;
const INT_MAX = 0x7fffffff;

export function checkRequestType(type: unknown, name = 'options.type'): number {
  return checkInteger(type, name, 1, LAST_REQUEST_TYPE);
}

function checkReplyType(type: unknown): number {
  return checkInteger(type, 'options.replyType', FIRST_REPLY_TYPE, LAST_REPLY_TYPE);
}

function codecOf<Reply>(
  requests: Handle<unknown>,
  replies: Handle<Reply> | undefined,
  codec: Codec<Reply> | undefined,
): Codec<Reply> {
  if (codec !== undefined) return checkCodec(codec, 'options.replyCodec');
  return replies?.codec ?? (requests.codec as Codec<Reply>);
}

/** The `timeout` of a request; undefined: no bound. */
export function checkRequestTimeout(timeout: unknown): number | undefined {
  return timeout === Number.POSITIVE_INFINITY ? undefined : checkTimeout(timeout);
}

const ofClient = optionNames<RequestClientOptions<unknown>>('RequestClient', {
  replies: true,
  replyType: true,
  replyCodec: true,
  mode: true,
  type: true,
  timeout: true,
});
const ofServer = optionNames<RequestServerOptions<unknown>>('RequestServer', {
  replies: true,
  replyCodec: true,
  type: true,
  upTo: true,
  concurrency: true,
  replyTimeout: true,
  replyLifetime: true,
});

/** The options of one request. */
export const ofRequest = optionNames<RequestOptions>(
  'request',
  { timeout: true, signal: true, type: true },
  'a promise',
);
/** The options of a server's close. */
export const ofServerClose = optionNames<{ timeout?: number }>('RequestServer.close', { timeout: true }, 'a promise');

export function checkClientOptions<Reply>(requests: Handle<unknown>, options: RequestClientOptions<Reply> | undefined) {
  const { replies, replyType, replyCodec, mode, type, timeout } = checkOptions(options, ofClient) ?? {};
  const isPrivate = replies === 'private';
  const shared = isPrivate || replies === undefined ? undefined : checkQueue(replies, 'options.replies');
  if (mode !== undefined && !isPrivate) {
    throw outOfRange('options.mode', "left out unless options.replies is 'private'", mode);
  }
  return {
    sharedId: isPrivate ? undefined : (shared ?? requests).id,
    mode: mode === undefined ? undefined : checkMode(mode, 'options.mode'),
    codec: codecOf(requests, shared, replyCodec),
    replyType: replyType === undefined ? undefined : checkReplyType(replyType),
    type: type === undefined ? DEFAULT_TYPE : checkRequestType(type),
    timeout: timeout === undefined ? DEFAULT_TIMEOUT_MS : checkRequestTimeout(timeout),
  };
}

export function checkServerOptions<Reply>(requests: Handle<unknown>, options: RequestServerOptions<Reply> | undefined) {
  const { replies, replyCodec, type, upTo, concurrency, replyTimeout, replyLifetime } =
    checkOptions(options, ofServer) ?? {};
  if (type !== undefined && upTo !== undefined) throw outOfRange('options', 'one of type and upTo', options);
  const fixed = replies === undefined ? undefined : checkQueue(replies as MessageQueue<Reply>, 'options.replies');
  return {
    replies: fixed,
    codec: codecOf(requests, fixed, replyCodec),
    select:
      upTo === undefined
        ? { type: type === undefined ? DEFAULT_TYPE : checkRequestType(type) }
        : { upTo: checkRequestType(upTo, 'options.upTo') },
    concurrency: integer(concurrency, 'options.concurrency', 1, DEFAULT_CONCURRENCY),
    replyTimeout: integer(replyTimeout, 'options.replyTimeout', 0, DEFAULT_REPLY_TIMEOUT_MS),
    replyLifetime: integer(replyLifetime, 'options.replyLifetime', 1, DEFAULT_REPLY_LIFETIME_MS),
  };
}

function integer(value: unknown, name: string, min: number, byDefault: number): number {
  return value === undefined ? byDefault : checkInteger(value, name, min, INT_MAX);
}
