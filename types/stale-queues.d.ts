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
  /** The name of the process, as ps shows it. */
  processName: string | undefined;
  /** The name of the thread. */
  command: string | undefined;
}

/**
 * Why a queue may be in use though nothing shows it. A doubt keeps the queue, unless `despite` names it.
 *
 * - `never-used`: nobody has sent or received yet, and the kernel does not say who created it.
 * - `reused-pid`: the last sender's or receiver's pid belongs to a process now that started later, as far as the clock tells.
 * - `clock-changed`: the queue was last used before this machine started, so the clock was set since.
 * - `hidden-processes`: a process that may wait for the queue cannot be looked into.
 */
export type Doubt = 'never-used' | 'reused-pid' | 'clock-changed' | 'hidden-processes';

/** Whether a queue is in use, as far as that can be known, and why. */
export interface QueueVerdict {
  /** The queue, as it was looked at. */
  queue: QueueStatus;
  /** Whether it is stale: nothing shows that a process uses it, and every doubt is among those that `despite` names. */
  stale: boolean;
  /** Milliseconds since the queue was used, created or changed last; to the second. */
  idleFor: number;
  /** The process that sent last. */
  lastSender: LastUser;
  /** The process that received last. */
  lastReceiver: LastUser;
  /** The threads that wait for it now. */
  waiters: QueueWaiter[];
  /** Why it counts as unused, or what shows that it is used: sentences. */
  reasons: string[];
  /** What could not be found out: sentences. */
  doubts: string[];
  /** The names of the doubts, those that `despite` overrides included. */
  doubtNames: Doubt[];
}

/** Which queues count as stale. */
export interface StaleOptions {
  /** Milliseconds for which a queue must have been idle. Default: a day. */
  olderThan?: number | undefined;
  /** Doubts that do not keep a queue. Default: none. */
  despite?: readonly Doubt[] | undefined;
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
