/** Checks the options of consume(). */

import { invalidType, invalidValue, outOfRange } from '../core/argument-errors';
import { isMessageQueueError } from '../core/errors';
import type { Message } from '../core/message';
import { checkOptions, optionNames } from '../core/options';
import { checkBoolean, checkFunction, checkInteger, checkSignal, checkString, refusePromise } from '../core/validators';
import { type Handle, openId } from '../messages/handle';
import { type Selection, selectionOf } from '../messages/selector';
import {
  CONSUMER_NAME,
  CONSUMER_NAME_RULE,
  type ConsumeHandler,
  type ConsumeOptions,
  type DeadLetter,
  type DeadLetterReason,
} from '../queue/consumers';
import { handleOf, SyncQueue } from '../queue/sync-queue';
import { requireNotAborted } from '../waiting/cancellation';

/** The destination of dead letters. */
export type DeadLetterTarget =
  | { kind: 'none' }
  | { kind: 'queue'; handle: Handle<unknown> }
  | { kind: 'function'; call: (message: Message<Buffer>, reason: DeadLetterReason) => unknown };

export interface CheckedConsumeOptions<T> {
  handler: ConsumeHandler<T>;
  selection: Selection;
  name: string;
  concurrency: number;
  attempts: number;
  retryDelay: (attempt: number) => number;
  deadLetter: DeadLetterTarget;
  state: string | undefined;
  slots: number | undefined;
  signal: AbortSignal | undefined;
  reopen: boolean;
  atMostOnce: boolean;
}

const known = optionNames<ConsumeOptions>('consume', {
  type: true,
  except: true,
  upTo: true,
  name: true,
  concurrency: true,
  attempts: true,
  retryDelay: true,
  deadLetter: true,
  state: true,
  slots: true,
  signal: true,
  reopen: true,
  atMostOnce: true,
});
const MAX_CONCURRENCY = 10_000;
const MAX_SLOTS = 65_536;
const MAX_ATTEMPTS = 1_000_000;
const DEFAULT_ATTEMPTS = 5;
const DEFAULT_DELAY_MS = 1000;
const MAX_DEFAULT_DELAY_MS = 60_000;
const MAX_DELAY_MS = 0x7fffffff;

export function checkConsumeOptions<T>(
  handle: Handle<T>,
  handler: ConsumeHandler<T>,
  given: ConsumeOptions | undefined,
): CheckedConsumeOptions<T> {
  const hint = typeof given === 'function' ? 'The handler comes first: consume(handler, options).' : undefined;
  checkFunction(handler as never, 'handler', hint);
  const options: ConsumeOptions = checkOptions(given, known) ?? {};
  const { type, except, upTo } = options;
  const concurrency = orDefault(options.concurrency, 'concurrency', 1, MAX_CONCURRENCY, 1) as number;
  const atMostOnce = options.atMostOnce === undefined ? false : checkBoolean(options.atMostOnce, 'options.atMostOnce');
  const attempts = orDefault(
    options.attempts,
    'attempts',
    1,
    MAX_ATTEMPTS,
    atMostOnce ? 1 : DEFAULT_ATTEMPTS,
  ) as number;
  if (atMostOnce && attempts > 1) throw outOfRange('options.attempts', '1 with atMostOnce', attempts);
  return {
    handler,
    selection: selectionOf({ type, except, upTo } as Parameters<typeof selectionOf>[0]),
    name: checkName(options.name),
    concurrency,
    attempts,
    retryDelay: checkRetryDelay(options.retryDelay),
    deadLetter: checkDeadLetter(options.deadLetter, handle),
    state: checkState(options.state),
    slots: orDefault(options.slots, 'slots', concurrency, MAX_SLOTS, undefined),
    signal: checkUnaborted(options.signal, openId(handle)),
    reopen: options.reopen === undefined ? handle.key !== 0 : checkReopen(options.reopen, handle),
    atMostOnce,
  };
}

function orDefault(
  value: unknown,
  name: string,
  least: number,
  most: number,
  fallback: number | undefined,
): number | undefined {
  return value === undefined ? fallback : checkInteger(value, `options.${name}`, least, most);
}

function checkUnaborted(given: unknown, queueId: number): AbortSignal | undefined {
  const signal = checkSignal(given);
  requireNotAborted(signal, 'msgrcv', queueId);
  return signal;
}

function checkName(name: unknown): string {
  if (name === undefined) return 'default';
  if (CONSUMER_NAME.test(checkString(name, 'options.name'))) return name as string;
  throw outOfRange('options.name', CONSUMER_NAME_RULE, name);
}

// The name is part of a path that C receives.
function checkState(state: unknown): string | undefined {
  if (state === undefined) return undefined;
  const folder = checkString(state, 'options.state');
  if (folder.startsWith('/') && !folder.includes('\0')) return folder;
  throw outOfRange('options.state', 'an absolute path', state);
}

function checkReopen(reopen: unknown, handle: Handle<unknown>): boolean {
  const checked = checkBoolean(reopen, 'options.reopen');
  if (checked && handle.key === 0) throw outOfRange('options.reopen', 'false for a queue without a key', reopen);
  return checked;
}

/** Checks a delay that a function returned; the default replaces an invalid one. */
function checkDelay(delay: unknown): number {
  return checkInteger(delay, 'options.retryDelay', 0, MAX_DELAY_MS);
}

export function defaultDelay(attempt: number): number {
  return Math.min(DEFAULT_DELAY_MS * 2 ** Math.min(attempt - 1, 30), MAX_DEFAULT_DELAY_MS);
}

function checkRetryDelay(retryDelay: unknown): (attempt: number) => number {
  if (retryDelay === undefined) return defaultDelay;
  if (typeof retryDelay === 'function')
    return (attempt) => {
      const delay = retryDelay(attempt);
      refusePromise(delay, 'options.retryDelay');
      return checkDelay(typeof delay === 'number' ? Math.round(delay) : delay);
    };
  const delay = checkDelay(retryDelay);
  return () => delay;
}

function checkDeadLetter(deadLetter: DeadLetter | undefined, from: Handle<unknown>): DeadLetterTarget {
  if (deadLetter === undefined) return { kind: 'none' };
  if (typeof deadLetter === 'function') return { kind: 'function', call: deadLetter };
  if (!(deadLetter instanceof SyncQueue)) {
    throw invalidType('options.deadLetter', 'an instance of MessageQueue or of type function', deadLetter);
  }
  const handle = (deadLetter as SyncQueue<unknown>)[handleOf]();
  requireAnotherQueue(openDeadLetterId(handle), from.id);
  return { kind: 'queue', handle };
}

function openDeadLetterId(handle: Handle<unknown>): number {
  try {
    return openId(handle);
  } catch (error) {
    throw ofDeadLetters(error, 'The dead letters have no queue');
  }
}

/** The same error, and its words say that it is about the queue of dead letters: the consumed one has the same errors. */
export function ofDeadLetters(error: unknown, prefix: string): unknown {
  if (!isMessageQueueError(error)) return error;
  const { message, stack } = error;
  error.message = `${prefix}: ${message}`;
  if (stack !== undefined) error.stack = stack.replace(message, () => error.message);
  return error;
}

/** A consumer that follows its key may come to its dead-letter target later. */
export function requireAnotherQueue(deadLetterId: number, queueId: number): void {
  if (deadLetterId !== queueId) return;
  throw invalidValue('options.deadLetter', 'is the very queue that is consumed: its messages would circulate forever');
}
