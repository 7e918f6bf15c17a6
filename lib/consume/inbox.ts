/** The source of a consumer's messages: an airlock (airlock-inbox.ts), or the queue itself for at most once. */

import type { Message } from '../core/message';

/** A message in hand. */
export interface Work<T> {
  /** The same for each attempt, crashes between them included. */
  readonly id: string;
  /** How often the work has begun. */
  attempts: number;
  /** The earliest time of the next attempt, in milliseconds since 1970. */
  notBefore: number;
  readonly takenAt: number;
  readonly uncertain: boolean;
  /** @throws DecodeError */
  message(): Message<T>;
  bytes(): Message<Buffer>;
  /** Notes the beginning of an attempt, so that a crash counts. */
  begin(): void;
  postpone(until: number): void;
  /** The message is handled. */
  done(): void;
}

/** A wait has ended with a message in hand, or with a result: −E2BIG when a message can be taken. */
export type InboxWaitEnd<T> = (result: number, work: Work<T> | undefined) => void;

export interface Inbox<T> {
  /**
   * Takes the next message, with its attempt noted; or returns a negative errno. @throws when the next one can't be
   * taken now.
   */
  take(queueId: number): Work<T> | number;
  /** Starts a wait. Returns 0, and calls `onEnd` once; or returns a negative errno. */
  wait(queueId: number, onEnd: InboxWaitEnd<T>): number;
  readonly waiting: boolean;
  /** Cancels the wait, which ends soon after. */
  cancelWait(): void;
  /** Takes over the messages that dead consumers left, in order. */
  recover(onRecovered: (count: number, pid: number) => void, onError: (error: Error) => void): Work<T>[];
  close(): void;
  readonly slots: number;
  readonly slotBytes: number;
  readonly stateBytes: number;
}
