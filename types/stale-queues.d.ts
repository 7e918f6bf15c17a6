/** The shapes around findStaleQueues and watchQueue. */

import type { QueueStatus } from './queue';

/** What became of the process that was the last to send to a queue, or to receive from it. */
export interface LastUser {
  /** 0: none, or not visible in this pid namespace. After a receive that had blocked: the thread's id. */
  pid: number;
  /**
   * - `none`: nobody has done so yet.
   * - `gone`: the process has ended.
   * - `replaced`: it has ended; the process that has its pid now started after that use.
   * - `alive`: it runs, or nothing shows that it does not.
   * - `hidden`: it belongs to a pid namespace that cannot be seen from here, or the kernel does not say.
   */
  state: 'none' | 'gone' | 'replaced' | 'alive' | 'hidden';
  /** The name of the process that has the pid now, if it can be read. */
  command: string | undefined;
}

/** A thread that is blocked in a call on a queue. */
export interface QueueWaiter {
  /** The process. */
  pid: number;
  /** The thread in it. */
  threadId: number;
  /** The call that it is blocked in. */
  syscall: 'msgsnd' | 'msgrcv';
  /** The name of the thread. */
  command: string | undefined;
}

/** Whether a queue is in use, as far as that can be known, and why. */
export interface QueueVerdict {
  /** The queue, as it was looked at. */
  queue: QueueStatus;
  /** Whether nobody uses it, as far as that can be known. */
  stale: boolean;
  /** Milliseconds since the queue was used, created or changed last; to the second. */
  idleFor: number;
  /** Who sent last. */
  lastSender: LastUser;
  /** Who received last. */
  lastReceiver: LastUser;
  /** Who waits for it now. */
  waiters: QueueWaiter[];
  /** Why it is stale, or what keeps it from being: sentences. */
  reasons: string[];
  /** What could not be found out: sentences. */
  doubts: string[];
}

/** Which queues count as stale. */
export interface StaleOptions {
  /** Milliseconds for which a queue must have been idle. Default: a day. */
  olderThan?: number | undefined;
  /** Look at these queues only. Default: at all of the IPC namespace. */
  filter?: ((queue: QueueStatus) => boolean) | undefined;
}

/** Which stale queues to remove. */
export interface RemoveStaleOptions extends StaleOptions {
  /** Remove those with messages, too, and the messages with them. Default: false. */
  withMessages?: boolean | undefined;
}

/** What became of the stale queues. */
export interface RemovedStaleQueues {
  /** Those that are gone. */
  removed: QueueVerdict[];
  /** Stale when they were found, and left: they hold messages, or are in use again. */
  kept: QueueVerdict[];
  /** Stale, and not removed because the kernel refused. */
  failed: FailedRemoval[];
}

/** A queue that could not be removed. */
export interface FailedRemoval {
  /** The queue, and why it is stale. */
  verdict: QueueVerdict;
  /** What the kernel said. */
  error: Error;
}
