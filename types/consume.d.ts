/** What consume() takes, makes and reports. */

import type { EventEmitter } from 'node:events';
import type { Message } from '../lib/core/message';
import type { MessageQueue } from '../lib/queue/message-queue';
import type { Select } from './queue';

/** The second argument of a handler. */
export interface ConsumeJob {
  /**
   * Names the message: the same for each of its attempts, crashes included, and no other message has it. Use it as an
   * idempotency key where messages carry no id of their own. A message that `sysvmq recover` puts back gets another one.
   */
  readonly id: string;
  /** 1 at first. Crashes count: a message whose handler ended the process comes again with the next number. */
  readonly attempt: number;
  /** Aborted when the time of `close({ timeout })` is up, or by the option `signal`: what is not done by then comes again. */
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
  /** What the handler threw last, or the DecodeError; undefined after a crash. */
  error: unknown;
  /** How often its work was begun. */
  attempts: number;
  /** The queue it was taken from. */
  queueId: number;
}

/** Where dead letters go: a queue (bytes and type unchanged), or a function, which is called again if it fails. */
export type DeadLetter =
  | Pick<MessageQueue<unknown>, 'id' | 'key' | 'closed' | 'stat'>
  | ((message: Message<Buffer>, reason: DeadLetterReason) => unknown);

/** Options of `consume`. */
export interface ConsumeOptions extends Pick<Select, 'type' | 'except' | 'upTo'> {
  /** Consumers of one name recover each other's messages. 1 to 64 letters, digits, `.`, `_` and `-`. Default: 'default'. */
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
  /** Waits for a removed queue to be made again. Default: whether the queue was opened by its key. */
  reopen?: boolean | undefined;
  /** Takes without an airlock: a message in hand is lost in a crash, and never tried twice. Default: false. */
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
      /** What the handler threw. */
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
  /** Something needs a look; the consumer goes on, unless `finished` rejects with the same error. */
  error: [error: Error];
}

/** Takes messages and hands them to its handler until it is closed. */
// biome-ignore lint/correctness/noUnusedVariables: a program names the type of its messages: Consumer<Job>
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

/** Where to look for consumers. */
export interface InspectOptions {
  /** The state folder. Default: /dev/shm/sysvmq-UID. */
  state?: string | undefined;
}

/** What one consumer has in hand; a dead one, too. */
export interface AirlockInfo {
  /** The file of shared memory. */
  file: string;
  /** The consumer's. */
  name: string;
  /** The key of the queue it took from; 0: it had none. */
  queueKey: number;
  /** The queue it took from first. −1: not known. */
  queueId: number;
  /** In its own PID namespace. */
  pid: number;
  /** Whether a process holds the file's lock. */
  alive: boolean;
  /** Messages that fit in it. */
  slots: number;
  /** Bytes of the longest message that fits a slot. */
  slotBytes: number;
  /** Of shared memory. */
  bytes: number;
  /** What is in hand, oldest first. */
  messages: {
    /** The message's type. */
    type: number | bigint;
    /** Bytes of its text. */
    length: number;
    /** How often its work was begun. */
    attempts: number;
    /** When it was taken out of the queue. */
    takenAt: Date;
    /** When it must be tried again; null: now. */
    notBefore: Date | null;
  }[];
  /** Why nothing is known of what is in it. */
  error?: Error;
}

/** What recoverMessages did. */
export interface Recovered {
  /** In the queue again. */
  messages: number;
  /** Still in hand, because the queue is full. */
  left: number;
  /** Consumers that live, and keep what they have. */
  consumersAlive: number;
}
