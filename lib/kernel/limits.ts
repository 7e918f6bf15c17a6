/** The kernel's limits: their values, their use, and their meaning. set-limits.ts sets them. */

import { readFileSync } from 'node:fs';
import { IPC_INFO, MSG_INFO } from '../core/constants';
import {
  type LimitDescription,
  type LimitField,
  limitTable,
  MAX_QUEUES,
  MAX_QUEUES_EXTENDED,
  procPathOf,
  settableFields,
} from '../core/limit-table';
import { refuseExtra } from '../core/options';
import { readInfo, readMsgInfo } from '../native/calls';
import { requireKernel } from '../native/require-kernel';
import { errorFromErrno } from './error-from-errno';
import { errorFromFile } from './error-from-file';
import { listQueues } from './queues';

/** The result of `msgctl(IPC_INFO)`. */
export interface Limits {
  /** The most queues of this IPC namespace. */
  msgmni: number;
  /** The most bytes of one message. */
  msgmax: number;
  /** msg_qbytes of a new queue, and the most that msgctl(IPC_SET) gives without CAP_SYS_RESOURCE. */
  msgmnb: number;
  /** Not enforced by Linux. */
  msgpool: number;
  /** Not used by Linux. */
  msgmap: number;
  /** Not used by Linux. */
  msgssz: number;
  /** Not enforced by Linux. */
  msgtql: number;
  /** Not used by Linux. */
  msgseg: number;
  /** The highest index in use; 0 also when there is no queue at all. */
  highestIndex: number;
}

/** The limits that can be set. */
export type SettableLimits = Record<LimitField, number>;

/** How much of something is used. */
export interface UsageShare {
  /** How much of it is used, in the limit's unit. */
  used: number;
  /** The limit now. */
  limit: number;
  /** used / limit; 0 when the limit is 0 and nothing is used, Infinity when something is. */
  ratio: number;
}

/** The total use of all queues of the IPC namespace. */
export interface Usage {
  /** How many queues exist. */
  queues: number;
  /** How many messages they hold. */
  messages: number;
  /** Bytes of text, exact above 2 GiB, where msgctl(MSG_INFO) overflows. */
  bytes: number;
  /** The highest index in use; 0 also when there is no queue at all. */
  highestIndex: number;
  /** Each against its limit: queues against MSGMNI, messages and bytes against the msg_qbytes of all queues together. */
  against: {
    /** Against MSGMNI. */
    queues: UsageShare;
    /** Against the msg_qbytes of all queues. */
    messages: UsageShare;
    /** Against the msg_qbytes of all queues. */
    bytes: UsageShare;
  };
}

/**
 * Reads the current limits of this IPC namespace.
 *
 * `msgctl(0, IPC_INFO)`. Needs no permission and no queue. The kernel enforces msgmni, msgmax and msgmnb; the rest are
 * constants that Linux reports but does not use (ipc/msg.c).
 *
 * @throws {UnsupportedError} `ENOSYS`: this system has no message queues.
 *
 * @example
 * const { msgmni, msgmax, msgmnb } = getLimits();
 * assert.deepEqual({ msgmni, msgmax, msgmnb }, readProcLimits());
 */
export function getLimits(): Limits;
export function getLimits(extra?: unknown): Limits {
  refuseExtra(extra, 'getLimits');
  const highestIndex = readInfo(IPC_INFO);
  if (highestIndex < 0) throw errorFromErrno('msgctl', highestIndex, { command: IPC_INFO });
  const { msgmni, msgmax, msgmnb, msgpool, msgmap, msgssz, msgtql, msgseg } = readMsgInfo();
  return { msgmni, msgmax, msgmnb, msgpool, msgmap, msgssz, msgtql, msgseg, highestIndex };
}

/**
 * Reads the total use of all queues of this IPC namespace, including those that this process may not read.
 *
 * `msgctl(0, MSG_INFO)` for the counts. The kernel's sum of bytes is a C int that overflows above 2 GiB, so this adds
 * the bytes and the msg_qbytes of each queue (`MSG_STAT_ANY`); with 32,000 queues that takes some 50 ms.
 *
 * @throws {UnsupportedError} `ENOSYS`: this system has no message queues.
 *
 * @example
 * const queue = MessageQueue.createPrivate();
 * queue.trySend('twelve bytes');
 * const usage = getUsage();
 * assert.ok(usage.queues >= 1 && usage.bytes >= 12);
 * assert.equal(usage.against.queues.limit, getLimits().msgmni);
 * queue.remove();
 */
export function getUsage(): Usage;
export function getUsage(extra?: unknown): Usage {
  refuseExtra(extra, 'getUsage');
  const { msgmni } = getLimits();
  const highestIndex = readInfo(MSG_INFO);
  if (highestIndex < 0) throw errorFromErrno('msgctl', highestIndex, { command: MSG_INFO });
  const { msgpool: queues, msgmap: messages } = readMsgInfo();
  let bytes = 0;
  let room = 0;
  for (const queue of listQueues()) {
    bytes += queue.usedBytes;
    room += queue.maxBytes;
  }
  return {
    queues,
    messages,
    bytes,
    highestIndex,
    against: { queues: share(queues, msgmni), messages: share(messages, room), bytes: share(bytes, room) },
  };
}

function share(used: number, limit: number): UsageShare {
  return { used, limit, ratio: used === 0 ? 0 : used / limit };
}

/**
 * Describes each limit: its current value, what it limits, how a call fails at it, and the remedy.
 *
 * @throws {UnsupportedError} `ENOSYS`: this system has no message queues.
 *
 * @example
 * const msgmax = describeLimits().find(({ name }) => name === 'MSGMAX');
 * assert.equal(msgmax.error.code, 'EINVAL');
 * assert.equal(msgmax.procPath, '/proc/sys/kernel/msgmax');
 */
export function describeLimits(): LimitDescription[] {
  const limits = getLimits();
  return limitTable.map((fact) => ({
    ...fact,
    value: limits[fact.field],
    ceiling: fact.field === 'msgmni' ? queueCountCeiling() : fact.ceiling,
  }));
}

/** The highest msgmni that this kernel accepts. */
export function queueCountCeiling(): number {
  try {
    return /(^|\s)ipcmni_extend(\s|$)/.test(readFileSync('/proc/cmdline', 'latin1')) ? MAX_QUEUES_EXTENDED : MAX_QUEUES;
  } catch {
    return MAX_QUEUES;
  }
}

/**
 * Reads the limits from /proc/sys/kernel: the values of `getLimits()`, from the files that set them.
 *
 * @throws {MessageQueueError} `ENOENT`: /proc is not mounted, or the kernel has no message queues.
 *
 * @example
 * assert.equal(readProcLimits().msgmax, getLimits().msgmax);
 */
export function readProcLimits(): SettableLimits {
  requireKernel('Reading or setting the limits in /proc/sys/kernel');
  const limits = {} as SettableLimits;
  for (const field of settableFields) {
    try {
      limits[field] = Number(readFileSync(procPathOf(field), 'latin1'));
    } catch (error) {
      throw errorFromFile(error, `permission to read ${procPathOf(field)}`);
    }
  }
  return limits;
}
