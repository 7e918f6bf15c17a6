/**
 * The limits of System V message queues: the one place that describes them. describeLimits(), the errors and the table
 * in docs/limits.md repeat these texts.
 *
 * Sources: msgget(2), msgop(2), msgctl(2), proc(5); Linux ipc/msg.c and ipc/ipc_sysctl.c; docs/limits.md has the
 * measurements.
 */

import { INT_MAX } from './constants';

/** A limit, as the manual pages name it. */
export type LimitName = 'MSGMNI' | 'MSGMAX' | 'MSGMNB' | 'MSGTQL' | 'MSGPOOL';

/** The limits that have a file in /proc/sys/kernel and can be set. */
export type LimitField = 'msgmni' | 'msgmax' | 'msgmnb';

/** A limit, its current value, and the remedy. */
export interface LimitDescription {
  /** Its name in the manual pages. */
  name: LimitName;
  /** Its name in `getLimits()`. */
  field: 'msgmni' | 'msgmax' | 'msgmnb' | 'msgtql' | 'msgpool';
  /** Its value now, from IPC_INFO. */
  value: number;
  /** The unit that it counts. */
  unit: 'queues' | 'bytes' | 'messages' | 'KiB';
  /** The kernel's default. */
  default: number;
  /** The highest value that the kernel accepts; null for a limit that cannot be set. */
  ceiling: number | null;
  /** Its effect, in a sentence. */
  limits: string;
  /** How a call fails at this limit; null for a limit that the kernel does not enforce. */
  error: {
    /** The errno's name. */
    code: string;
    /** The call that fails. */
    syscall: string;
    /** The class of the error that this library throws. */
    className: string;
  } | null;
  /** The remedy when it is reached. */
  remedy: string;
  /** The file that shows and sets it; null without a file. */
  procPath: string | null;
  /** Whether Linux enforces it. */
  enforced: boolean;
}

/** The most queues: the index part of an id has no room for more. */
export const MAX_QUEUES = 32768;
/** The same for a kernel started with ipcmni_extend. */
export const MAX_QUEUES_EXTENDED = 16777216;

/** A limit without its value, which only the running kernel knows. */
type LimitFact = Omit<LimitDescription, 'value'>;

export const limitTable: readonly LimitFact[] = [
  {
    name: 'MSGMNI',
    field: 'msgmni',
    unit: 'queues',
    default: 32000,
    ceiling: MAX_QUEUES,
    limits: 'How many queues the IPC namespace may have. Opening an existing queue is not limited.',
    error: { code: 'ENOSPC', syscall: 'msgget', className: 'QueueCountLimitError' },
    remedy:
      'Remove stale queues (sysvmq prune or removeStaleQueues() finds them; sysvmq remove or queue.remove() removes one), or raise the limit: setLimits({ msgmni: N }), or sysctl -w kernel.msgmni=N.',
    procPath: '/proc/sys/kernel/msgmni',
    enforced: true,
  },
  {
    name: 'MSGMAX',
    field: 'msgmax',
    unit: 'bytes',
    default: 8192,
    ceiling: INT_MAX,
    limits: 'How many bytes one message may have. A change acts at once, on every queue.',
    error: { code: 'EINVAL', syscall: 'msgsnd', className: 'MessageTooLargeError' },
    remedy:
      'Send less at once, or raise the limit: setLimits({ msgmax: N }), or sysctl -w kernel.msgmax=N. msg_qbytes of the queue must be as large: queue.set({ maxBytes: N }).',
    procPath: '/proc/sys/kernel/msgmax',
    enforced: true,
  },
  {
    name: 'MSGMNB',
    field: 'msgmnb',
    unit: 'bytes',
    default: 16384,
    ceiling: INT_MAX,
    limits:
      'How many bytes a new queue takes (its first msg_qbytes), and the most that its owner may give it later. Existing queues keep theirs. msg_qbytes also limits the number of messages in a queue, whatever their size.',
    error: { code: 'EPERM', syscall: 'msgctl', className: 'QueueBytesLimitError' },
    remedy:
      'Ask for less, or raise the limit: setLimits({ msgmnb: N }), or sysctl -w kernel.msgmnb=N. A process with CAP_SYS_RESOURCE in the initial user namespace may exceed it.',
    procPath: '/proc/sys/kernel/msgmnb',
    enforced: true,
  },
  {
    name: 'MSGTQL',
    field: 'msgtql',
    unit: 'messages',
    default: 16384,
    ceiling: null,
    limits: 'Nothing on Linux. Elsewhere: how many messages all queues may hold together.',
    error: null,
    remedy: 'Nothing to do: Linux does not enforce it.',
    procPath: null,
    enforced: false,
  },
  {
    name: 'MSGPOOL',
    field: 'msgpool',
    unit: 'KiB',
    default: 512000,
    ceiling: null,
    limits: 'Nothing on Linux. Elsewhere: the memory for all messages together.',
    error: null,
    remedy: 'Nothing to do: Linux does not enforce it.',
    procPath: null,
    enforced: false,
  },
];

/** The facts of one limit. */
export function limitFact(name: LimitName): LimitFact {
  return limitTable.find((fact) => fact.name === name) as LimitFact;
}

/** The settable limits, in the order of writing. */
export const settableFields: readonly LimitField[] = ['msgmni', 'msgmax', 'msgmnb'];

/** The file of a settable limit. */
export function procPathOf(field: LimitField): string {
  return `/proc/sys/kernel/${field}`;
}
