/** Where a consumer has its messages from: an airlock (airlock-inbox.ts), or for at most once the queue itself. */

import type { Message } from '../core/message';

/** A message in hand. */
export interface Work<T> {
  /** The same for each attempt, crashes between them included. */
  readonly id: string;
  /** How often it was begun. */
  attempts: number;
  /** Milliseconds since 1970 before which it is not to be begun. */
  notBefore: number;
  readonly takenAt: number;
  readonly uncertain: boolean;
  /** @throws DecodeError */
  message(): Message<T>;
  bytes(): Message<Buffer>;
  /** Notes that it is being begun, so that a crash counts. */
  begin(): void;
  postpone(until: number): void;
  /** It is handled, and may be forgotten. */
  done(): void;
}

/** A wait ended with a message in hand, or with a result: −E2BIG when one is there to be taken. */
export type InboxWaitEnd<T> = (result: number, work: Work<T> | undefined) => void;

export interface Inbox<T> {
  /** The next message, begun already; or a negative errno. @throws where the next one can't be taken as things are. */
  take(queueId: number): Work<T> | number;
  /** 0, and `onEnd` is called once; or a negative errno. */
  wait(queueId: number, onEnd: InboxWaitEnd<T>): number;
  readonly waiting: boolean;
  /** The wait ends soon. */
  cancelWait(): void;
  /** What dead consumers left behind, in order. */
  recover(onRecovered: (count: number, pid: number) => void, onError: (error: Error) => void): Work<T>[];
  close(): void;
  readonly slots: number;
  readonly slotBytes: number;
  readonly stateBytes: number;
}
