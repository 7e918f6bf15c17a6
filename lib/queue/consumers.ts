/**
 * The options and results of MessageQueue.consume(), and its connection to lib/consume/, which is built on
 * MessageQueue.
 */

import type { EventEmitter } from 'node:events';
import type { Message } from '../core/message';
import type { QueueStatus } from '../kernel/queues';
import type { Handle } from '../messages/handle';

/** The second argument of a handler. */
export interface ConsumeJob {
  /**
   * Identifies the message: the same for each of its attempts, crashes included, and unique. Use it as an idempotency
   * key if your messages carry no id of their own. A message that `sysvmq recover` puts back gets another id.
   */
  readonly id: string;
  /** 1 at first. Crashes count: a message whose handler ended the process comes again with the next number. */
  readonly attempt: number;
  /**
   * Aborted when the timeout of `close({ timeout })` passes, or by the option `signal`. Unfinished work is then retried
   * by the next consumer.
   */
  readonly signal: AbortSignal;
  /**
   * Whether the message may be a byte short (1 in 256): only after a crash in the few instructions between the message
   * and the note of its length, and only where its length could not be seen before: with a selector, with rivals that
   * take from the same queue, or above 64 KiB.
   */
  readonly uncertain: boolean;
}

/** Handles a message. Its result is ignored; an exception or a rejection makes the attempt fail. */
export type ConsumeHandler<T, M = Message<T>> = (message: M, job: ConsumeJob) => unknown;

/** Why a message became a dead letter. */
export interface DeadLetterReason {
  /** The last error that the handler threw, or the DecodeError; undefined after a crash. */
  error: unknown;
  /** How often its work was begun. */
  attempts: number;
  /** The queue it was taken from. */
  queueId: number;
}

/**
 * The destination of dead letters: a queue (bytes and type unchanged), or a function, which is called again if it
 * fails.
 */
export type DeadLetter =
  | {
      /** The queue's id (msqid). */
      readonly id: number;
      /** As `key_t` has it. 0: a private queue. */
      readonly key: number;
      /** Whether the handle is closed. */
      readonly closed: boolean;
      /** The state of the queue. */
      stat(): QueueStatus;
    }
  | ((message: Message<Buffer>, reason: DeadLetterReason) => unknown);

/** A consumer's name is part of a file's name. */
export const CONSUMER_NAME = /^[A-Za-z0-9._-]{1,64}$/;
export const CONSUMER_NAME_RULE = '1 to 64 letters, digits, ".", "_" and "-"';

/** Options of `consume`. */
export interface ConsumeOptions {
  /** Takes messages of this type alone, 1 … 2^63−1. Default: of any type. */
  type?: number | bigint | undefined;
  /** Takes messages of any other type (MSG_EXCEPT). Not together with `type`. */
  except?: number | bigint | undefined;
  /** Takes messages of no higher type than this, the lowest type first. Not together with `type` or `except`. */
  upTo?: number | bigint | undefined;
  /**
   * Consumers of one name recover each other's messages, those that they select. 1 to 64 letters, digits, `.`, `_` and `-`.
   * Default: 'default'.
   */
  name?: string | undefined;
  /** How many handlers run at once, 1 … 10,000. Default: 1, which keeps the order. */
  concurrency?: number | undefined;
  /** How often the work of a message is begun before it is a dead letter, crashes included; 1 … 1,000,000. Default: 5. */
  attempts?: number | undefined;
  /** Milliseconds before the next attempt, or a function of the attempt that failed. Default: 1 s, doubled, 60 s at most. */
  retryDelay?: number | ((attempt: number) => number) | undefined;
  /** Default: none. The message then stays in hand, as `sysvmq consumers` shows. */
  deadLetter?: DeadLetter | undefined;
  /** A folder on a tmpfs, of this user alone. Default: /dev/shm/sysvmq-UID, which is made. */
  state?: string | undefined;
  /** Messages in hand at most, retries included. Default: concurrency and some more, as far as 4 MiB go. */
  slots?: number | undefined;
  /** Ends it, as close() does, and aborts the signals of the handlers. */
  signal?: AbortSignal | undefined;
  /** Waits until a removed queue is created again. Default: true for a queue opened by its key. */
  reopen?: boolean | undefined;
  /**
   * Takes without an airlock: a message in hand is lost in a crash, and never tried twice. `state`, `slots` and `retryDelay`
   * then have no effect. Default: false.
   */
  atMostOnce?: boolean | undefined;
}

/** A consumer's counts, and the messages that it has in hand. */
export interface ConsumerStats {
  /** The consumer's name. */
  name: string;
  /** The queue it takes from now. */
  queueId: number;
  /** Handlers that run, dead letters on their way included. */
  running: number;
  /** Messages in hand: running, ready, delayed and parked. */
  inHand: number;
  /** Those that wait for their next attempt. */
  delayed: number;
  /** Those without an attempt left, and without a place to go. */
  parked: number;
  /** Milliseconds since the oldest message in hand was taken; 0 without one. */
  oldestAge: number;
  /** Messages whose work was done since it began. */
  handled: number;
  /** Attempts that were begun. */
  attempts: number;
  /** Attempts that failed and are made again. */
  retries: number;
  /** Messages that became dead letters. */
  deadLettered: number;
  /** Messages that a dead consumer had in hand. */
  recovered: number;
  /** Messages that fit in hand. 0 with `atMostOnce`. */
  slots: number;
  /** Bytes of the longest message that fits a slot. 0 with `atMostOnce`. */
  slotBytes: number;
  /** Bytes of shared memory that the slots take. 0 with `atMostOnce`. */
  stateBytes: number;
}

/** Events of a consumer. */
export interface ConsumerEvents {
  /** The work failed, and will be tried again in `delay` milliseconds. */
  retry: [
    event: {
      /** The error that the handler threw. */
      error: unknown;
      /** The attempt that failed, from 1. */
      attempt: number;
      /** Milliseconds until the next one. */
      delay: number;
      /** The message's type. */
      type: number | bigint;
    },
  ];
  /** A message has no attempt left, or does not decode. */
  deadLetter: [
    event: DeadLetterReason & {
      /** The message, as bytes. */
      message: Message<Buffer>;
      /** Whether it stays in hand, because there is nowhere for it to go. */
      inHand: boolean;
    },
  ];
  /** Messages of a consumer that died. */
  recovered: [
    event: {
      /** How many. */
      count: number;
      /** The process that died, in its own PID namespace. */
      pid: number;
    },
  ];
  /** The queue was removed. */
  removed: [
    event: {
      /** The queue's id. */
      queueId: number;
    },
  ];
  /** A queue with the key is there again. */
  reopened: [
    event: {
      /** The new queue's id. */
      queueId: number;
    },
  ];
  /** An error. The consumer continues, unless `finished` rejects with the same error. */
  error: [error: Error];
}

/** Takes messages and hands them to its handler until it is closed. */
// @ts-expect-error T is unused: a program names the type of its messages with it, as in Consumer<Job>.
// biome-ignore lint/correctness/noUnusedVariables: the same
export interface Consumer<T = Buffer> extends EventEmitter<ConsumerEvents>, AsyncDisposable {
  /**
   * Takes no more, and resolves when the handlers have ended, or after `timeout` milliseconds. An unfinished message stays in
   * hand for the next consumer of the name.
   */
  close(options?: { timeout?: number | undefined }): Promise<void>;
  /** Its counts, and the messages that it has in hand. */
  stats(): ConsumerStats;
  /** Resolves when it is closed; rejects when it can't go on. */
  readonly finished: Promise<void>;
}

type StartConsumer = <T>(
  handle: Handle<T>,
  handler: ConsumeHandler<T>,
  options: ConsumeOptions | undefined,
) => Consumer<T>;

let start: StartConsumer | undefined;

/** Called once, by lib/index.ts. */
export function provideConsumers(startConsumer: StartConsumer): void {
  start = startConsumer;
}

export const startConsumer: StartConsumer = (handle, handler, options) => {
  if (start === undefined) throw new Error('sysvmq: consume() comes with the entry point "sysvmq"');
  return start(handle, handler, options);
};
