/** Stale queues: finding them and removing them. stale-reasons.ts has the reasons, processes.ts the users of a queue. */

import { type QueueInHand, queuesInHand } from '../consume/inspect';
import { invalidType } from '../core/argument-errors';
import { IPC_RMID } from '../core/constants';
import * as errno from '../core/errno';
import { clockNow } from '../core/event-loop';
import { checkOptions, type OptionNames, optionNames } from '../core/options';
import { checkBoolean, checkChoice, checkFunction, checkInteger, refusePromise } from '../core/validators';
import { errorFromErrno } from '../kernel/error-from-errno';
import { listQueues, type QueueStatus, toQueueStatus } from '../kernel/queues';
import { statusOf } from '../kernel/status-of';
import { removeQueue } from '../native/calls';
import { findLastUser, findWaiters, type LastUser, type QueueWaiter, type Waiters } from './processes';
import {
  aliveReason,
  consumerReason,
  type Doubt,
  doubtNames,
  doubtsAbout,
  recentUse,
  staleReasons,
  waiterReason,
} from './stale-reasons';

/** Whether a queue is in use, as far as that can be known, and why. */
export interface QueueVerdict {
  /** The queue's state at the check. */
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
  /** The remaining doubts, in sentences. */
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
  /** Remove also those with messages, and the messages with them. Default: false. */
  withMessages?: boolean | undefined;
}

/** The fate of the stale queues. */
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
  /** The kernel's error. */
  error: Error;
}

const DAY_MS = 86_400_000;
/** How long a search of /proc and of the consumers' files stays valid while queues are removed one after the other. */
const USERS_AGE_MS = 50;

const stale = { olderThan: true, filter: true, despite: true } as const;
const ofJudgeQueues = optionNames<StaleOptions>('judgeQueues', stale);
const ofFindStaleQueues = optionNames<StaleOptions>('findStaleQueues', stale);
const ofRemoveStaleQueues = optionNames<RemoveStaleOptions>('removeStaleQueues', { ...stale, withMessages: true });

/**
 * Judges for each queue of the IPC namespace whether a process uses it, with the reasons.
 *
 * A queue is stale when all of this holds: it was not used, created or changed for `olderThan`; its last sender and its
 * last receiver, if any, have ended; no thread waits for it, and no consumer of this user takes from it; and there is no
 * doubt about any of that, except those that `despite` names. A process of an invisible pid namespace counts as alive.
 *
 * The kernel does not record which process created a queue, or which one polls it without finding a message: choose an
 * `olderThan` that is long enough for that. The queue does not record a waiting thread either; the function finds it in
 * /proc, if that is readable. For a receive that had blocked, the kernel records the thread, which may end before its
 * process.
 *
 * @throws {UnsupportedError} `ENOSYS`: this system has no message queues.
 *
 * @example
 * const queue = MessageQueue.createPrivate();
 * queue.trySend('hello');
 * const verdict = judgeQueues().find((each) => each.queue.id === queue.id);
 * assert.equal(verdict.stale, false);
 * assert.equal(verdict.lastSender.state, 'alive'); // This process.
 * queue.remove();
 */
export function judgeQueues(options?: StaleOptions): QueueVerdict[] {
  return judgeAll(checkStaleOptions(options, ofJudgeQueues));
}

function judgeAll({ filter, ...wanted }: CheckedStaleOptions): QueueVerdict[] {
  const queues = listQueues().filter((queue) => filter === undefined || accepts(filter, queue));
  return judge(queues, wanted, once(findUsers));
}

// A promise would accept every queue, and removeStaleQueues would remove them.
function accepts(filter: NonNullable<StaleOptions['filter']>, queue: QueueStatus): boolean {
  const accepted = filter(queue);
  refusePromise(accepted, 'options.filter');
  return accepted;
}

/**
 * Finds the stale queues, each with the reasons. `judgeQueues` lists the criteria.
 *
 * @param options.olderThan - Milliseconds for which a queue must have been idle, 0 or more. Default: a day.
 * @param options.despite - Names of doubts that do not keep a queue. Default: each keeps it.
 * @throws {UnsupportedError} `ENOSYS`: this system has no message queues.
 *
 * @example
 * for (const { queue, reasons, doubts } of findStaleQueues({ olderThan: 3_600_000 })) {
 *   console.log(queue.id, queue.messageCount, reasons.join('; '), doubts.join('; '));
 * }
 */
export function findStaleQueues(options?: StaleOptions): QueueVerdict[] {
  return findStale(checkStaleOptions(options, ofFindStaleQueues));
}

/**
 * Removes the stale queues: the empty ones, and with `withMessages` the others, too.
 *
 * It judges each queue again right before `msgctl(id, IPC_RMID)`, and keeps one that is in use by then, or no longer
 * empty. The kernel has no call that does both at once: a process that starts to use a queue in the microseconds
 * between finds it removed, as after any `remove()`.
 *
 * @returns The removed queues, the kept queues, and those that the kernel refused to remove, with the QueueAccessError.
 * @throws {UnsupportedError} `ENOSYS`: this system has no message queues.
 *
 * @example
 * const { removed, kept } = removeStaleQueues({ olderThan: 7 * 86_400_000, filter: ({ uid }) => uid === process.getuid() });
 * console.log(`${removed.length} removed, ${kept.length} kept`);
 */
export function removeStaleQueues(options?: RemoveStaleOptions): RemovedStaleQueues {
  const checked = checkStaleOptions(options, ofRemoveStaleQueues);
  const withMessages = checkBoolean(options?.withMessages ?? false, 'options.withMessages');
  const result: RemovedStaleQueues = { removed: [], kept: [], failed: [] };
  const users = refreshed(findUsers, USERS_AGE_MS);
  for (const found of findStale(checked)) {
    const ds = statusOf(found.queue.id);
    if (ds === undefined) continue; // Another process has removed it.
    const [verdict] = judge([toQueueStatus(found.queue.id, ds)], checked, users) as [QueueVerdict];
    if (!verdict.stale || (verdict.queue.messageCount > 0 && !withMessages)) {
      result.kept.push(verdict);
      continue;
    }
    const code = removeQueue(found.queue.id);
    if (code >= 0) result.removed.push(verdict);
    else if (code !== errno.EINVAL && code !== errno.EIDRM) {
      const error = errorFromErrno('msgctl', code, { queueId: found.queue.id, command: IPC_RMID });
      result.failed.push({ verdict, error });
    }
  }
  return result;
}

function findStale(checked: CheckedStaleOptions): QueueVerdict[] {
  return judgeAll(checked).filter((verdict) => verdict.stale);
}

interface Wanted {
  olderThan: number;
  despite: readonly Doubt[];
}

interface CheckedStaleOptions extends Wanted {
  filter: StaleOptions['filter'];
}

function checkStaleOptions(options: StaleOptions | undefined, known: OptionNames): CheckedStaleOptions {
  const { olderThan = DAY_MS, despite = [], filter } = checkOptions(options, known) ?? {};
  if (filter !== undefined) checkFunction(filter, 'options.filter');
  if (!Array.isArray(despite)) throw invalidType('options.despite', 'an array of names', despite);
  return {
    olderThan: checkInteger(olderThan, 'options.olderThan', 0, Number.MAX_SAFE_INTEGER),
    despite: despite.map((name: unknown, index) => checkDoubt(name, `options.despite[${index}]`)),
    filter,
  };
}

function checkDoubt(name: unknown, argument: string): Doubt {
  if (name === undefined) throw invalidType(argument, 'of type string', name);
  return checkChoice(name, argument, doubtNames);
}

function once<T>(make: () => T): () => T {
  let value: { made: T } | undefined;
  return () => {
    value ??= { made: make() };
    return value.made;
  };
}

function refreshed<T>(make: () => T, ageMs: number): () => T {
  let value: { made: T; at: number } | undefined;
  return () => {
    if (value === undefined || clockNow() - value.at > ageMs) value = { made: make(), at: clockNow() };
    return value.made;
  };
}

interface Users extends Waiters {
  inHandOf: (queue: QueueStatus) => QueueInHand;
}

const findUsers = (): Users => ({ ...findWaiters(), inHandOf: queuesInHand() });

// Searching /proc is the expensive part, so only queues that nothing else keeps reach it.
function judge(queues: QueueStatus[], { olderThan, despite }: Wanted, usersNow: () => Users): QueueVerdict[] {
  const now = Date.now();
  return queues.map((queue) => {
    const idleFor = Math.max(0, now - lastUse(queue));
    const lastSender = findLastUser(queue.lastSenderPid, queue.lastSentAt);
    const lastReceiver = findLastUser(queue.lastReceiverPid, queue.lastReceivedAt);
    const grounds = [
      ...(idleFor < olderThan ? [recentUse(idleFor)] : []),
      ...aliveReason('send to it', lastSender),
      ...aliveReason('receive from it', lastReceiver),
    ];
    if (grounds.length > 0) {
      return {
        queue,
        stale: false,
        idleFor,
        lastSender,
        lastReceiver,
        waiters: [],
        reasons: grounds,
        doubts: [],
        doubtNames: [],
      };
    }
    const { byQueue, unseen, inHandOf } = usersNow();
    const waiters = byQueue.get(queue.id) ?? [];
    const inHand = inHandOf(queue);
    const uses = [...waiters.map(waiterReason), ...inHand.consumers.map(consumerReason)];
    const unused = uses.length === 0;
    const reasons = unused ? staleReasons(idleFor, lastSender, lastReceiver) : uses;
    const found = unused ? doubtsAbout(idleFor, unseen, inHand, lastSender, lastReceiver) : [];
    const names = found.map(([name]) => name);
    const stale = unused && names.every((name) => despite.includes(name));
    const doubts = found.map(([, sentence]) => sentence);
    return { queue, stale, idleFor, lastSender, lastReceiver, waiters, reasons, doubts, doubtNames: names };
  });
}

function lastUse({ lastSentAt, lastReceivedAt, changedAt }: QueueStatus): number {
  return Math.max(...[lastSentAt, lastReceivedAt, changedAt].map((moment) => moment?.getTime() ?? 0));
}
