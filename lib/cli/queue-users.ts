/** The users of the queues: the waiters, the last sender and receiver, and the messages that consumers have in hand. */

import {
  findLastUser,
  findProcess,
  findWaiters,
  type LastUser,
  type QueueWaiter,
  type Waiters,
} from '../admin/processes';
import { lazy } from '../core/lazy';
import type { QueueStatus } from '../kernel/queues';

// Only columns with messages in hand load the reader of the consumers' files.
const consumers = lazy(() => require('../consume/inspect') as typeof import('../consume/inspect'));

/** One search for all queues: through /proc and the consumers' files, each of them on demand. */
export class QueueUsers {
  #waiters: Waiters | undefined;
  #inHand: ReturnType<ReturnType<typeof consumers>['countInHand']> | undefined;

  /** The visible threads that are blocked on a queue. */
  waitersOf({ id }: QueueStatus): QueueWaiter[] {
    return this.#look().byQueue.get(id) ?? [];
  }

  /** Phrases that name the processes that could not be examined. */
  get unseen(): string[] {
    return this.#look().unseen;
  }

  /** The number of messages of a queue that this user's consumers have in hand. */
  inHandOf(status: QueueStatus): number {
    this.#inHand ??= consumers().countInHand();
    return this.#inHand(status);
  }

  #look(): Waiters {
    this.#waiters ??= findWaiters();
    return this.#waiters;
  }
}

/** A queue, and its users. */
export interface UsedQueue {
  status: QueueStatus;
  users: QueueUsers;
}

export function lastSender({ lastSenderPid, lastSentAt }: QueueStatus): LastUser {
  return ofProcess(findLastUser(lastSenderPid, lastSentAt));
}

export function lastReceiver({ lastReceiverPid, lastReceivedAt }: QueueStatus): LastUser {
  return ofProcess(findLastUser(lastReceiverPid, lastReceivedAt));
}

// For a receive that had blocked, the kernel records the thread; ps and kill know its process.
function ofProcess(user: LastUser): LastUser {
  return user.state === 'alive' ? { ...user, pid: findProcess(user.pid)?.pid ?? user.pid } : user;
}

/** "php×2": names of processes, each with the number of its waiting threads. */
export function formatWaiters(waiters: readonly QueueWaiter[], syscall: QueueWaiter['syscall']): string {
  const counts = new Map<string, number>();
  for (const { processName, pid, syscall: its } of waiters) {
    const name = processName ?? String(pid);
    if (its === syscall) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts].map(([name, count]) => (count === 1 ? name : `${name}×${count}`)).join(',');
}

/** "recv php×2 send node"; "-" without a waiter. */
export function formatWaiting(waiters: readonly QueueWaiter[]): string {
  const receivers = formatWaiters(waiters, 'msgrcv');
  const senders = formatWaiters(waiters, 'msgsnd');
  return [receivers && `recv ${receivers}`, senders && `send ${senders}`].filter(Boolean).join(' ') || '-';
}

/** "php 4711", "4711 ended"; "-" for none, "?" for an invisible process. */
export function formatLastUser({ pid, state, command }: LastUser): string {
  if (state === 'none') return '-';
  if (state === 'hidden') return '?';
  if (state !== 'alive') return `${pid} ended`;
  return command === undefined ? String(pid) : `${command} ${pid}`;
}
