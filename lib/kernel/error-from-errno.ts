/**
 * Creates an error from an errno: the one place that decides on the class of a failed call's error, and that asks the
 * kernel for the details of the cause. The classes are in lib/core/errors.ts.
 *
 * docs/errors.md lists the causes of each errno and the order of the kernel's checks, measured on Linux 6.1 and 6.18.
 */

import {
  INT_MAX,
  IPC_INFO,
  IPC_NOWAIT,
  IPC_RMID,
  IPC_SET,
  IPC_STAT,
  MSG_COPY,
  MSG_EXCEPT,
  MSG_INFO,
  MSG_STAT_ANY,
} from '../core/constants';
import * as errno from '../core/errno';
import {
  BufferTooSmallError,
  type ErrorDetails,
  InterruptedError,
  LimitError,
  type LimitErrorDetails,
  MessageQueueError,
  MessageTooLargeError,
  NoMessageError,
  QueueAccessError,
  QueueBytesLimitError,
  QueueCountLimitError,
  QueueExistsError,
  QueueFullError,
  QueueNotFoundError,
  type QueueOwner,
  QueueRemovedError,
  UnsupportedError,
} from '../core/errors';
import { formatCount, formatKey, formatMode } from '../core/format';
import { knownKey, queueName, queueNameFirst } from '../core/known-queues';
import { type LimitField, limitFact, limitTable } from '../core/limit-table';
import { msgget, readInfo, readMsgInfo, readMsqidDs, readStatus } from '../native/calls';
import type { MsqidDs } from '../native/structs';
import { effectiveGid, effectiveUid, hasCapSysAdmin } from './credentials';

type Syscall = 'msgget' | 'msgsnd' | 'msgrcv' | 'msgctl';

/** The caller's details of the failed call. */
export interface CallContext {
  queueId?: number;
  key?: number;
  messageType?: number | bigint;
  /** msgflg. */
  flags?: number;
  /** msgctl's cmd. */
  command?: number;
  /** The index for MSG_STAT or MSG_STAT_ANY. */
  index?: number;
  /** The length of the message for msgsnd, in bytes. */
  length?: number;
  /** msgrcv's selector, in words. */
  selector?: string;
  /** The maximum length for msgrcv, in bytes. */
  maxLength?: number;
  /** The msg_qbytes for IPC_SET. */
  maxBytes?: number;
  /** Whether the queue already has this msg_qbytes: the caller wanted to change something else. */
  keepsMaxBytes?: boolean;
}

/** The error for `result`, the negative errno that `syscall` returned. */
export function errorFromErrno(syscall: Syscall, result: number, context: CallContext): MessageQueueError {
  const queueId = context.queueId ?? idOf(context.key, result);
  const details: ErrorDetails = {
    code: errno.errnoName(result),
    errno: result,
    syscall,
    queueId,
    key: context.key ?? keyOf(queueId, result),
    messageType: context.messageType,
  };
  switch (result) {
    case errno.EIDRM:
      return queueRemoved(details);
    case errno.EINTR:
      return new InterruptedError(
        `${syscall} was interrupted by a signal. Nothing was sent or taken: call it again.`,
        details,
      );
    case errno.ENOSYS:
      return unsupported(details, context);
    case errno.EACCES:
      return accessDenied(details);
    case errno.EPERM:
      return notPermitted(details, context);
    case errno.EINVAL:
      return invalid(details, context);
    case errno.ENOSPC:
      return tooManyQueues(details);
    case errno.EAGAIN:
      return noRoom(details, context);
    case errno.ENOENT:
      return new QueueNotFoundError(
        `No queue of this IPC namespace has the key ${formatKey(context.key as number)}. Create it (create, openOrCreate), or check how the key is made. A queue of another container is in an IPC namespace of its own, unless that is shared.`,
        details,
      );
    case errno.EEXIST:
      return new QueueExistsError(
        `A queue has the key ${formatKey(context.key as number)} already. Open it (open, openOrCreate), or remove it first.`,
        details,
      );
    case errno.ENOMSG: {
      const selector = context.selector ?? 'any type';
      return new NoMessageError(
        `${queueNameFirst(context.queueId, details.key)} holds no message ${copying(syscall, context) ? 'at' : 'of'} ${selector} now.`,
        {
          ...details,
          selector,
        },
      );
    }
    case errno.E2BIG: {
      const maxLength = context.maxLength ?? 0;
      return new BufferTooSmallError(
        `The message in ${queueName(context.queueId, details.key)} is longer than ${formatCount(maxLength, 'byte')}. It is still there: take it with a larger length, or cut (truncate, MSG_NOERROR).`,
        { ...details, maxLength },
      );
    }
    case errno.ENOMEM:
      return new MessageQueueError(`There is not enough memory for ${syscall}.`, details);
    default:
      return new MessageQueueError(`${syscall} failed with ${details.code}.`, details);
  }
}

function copying(syscall: string | undefined, { flags }: CallContext): boolean {
  return syscall === 'msgrcv' && ((flags ?? 0) & MSG_COPY) !== 0;
}

// The kernel never refuses a msgget that asks for no permission.
function idOf(key: number | undefined, result: number): number | undefined {
  if (key === undefined || (result !== errno.EEXIST && result !== errno.EACCES)) return undefined;
  const id = msgget(key, 0);
  return id < 0 ? undefined : id;
}

// If this thread has not opened the queue, the kernel knows its key, as long as the queue exists.
function keyOf(queueId: number | undefined, result: number): number | undefined {
  if (queueId === undefined) return undefined;
  const known = knownKey(queueId);
  return known === undefined && result !== errno.EIDRM ? statusOf(queueId)?.msg_perm.key : known;
}

const nameOf = ({ queueId, key }: ErrorDetails): string => queueName(queueId, key);
const nameFirstOf = ({ queueId, key }: ErrorDetails): string => queueNameFirst(queueId, key);

// EIDRM comes from a call during which the queue was removed. A later call fails with EINVAL, as for an id that never
// existed.
function queueRemoved(details: ErrorDetails): QueueRemovedError {
  const existed = details.errno === errno.EIDRM || details.key !== undefined;
  const when = details.errno === errno.EIDRM ? 'was removed during this call' : 'was removed';
  return new QueueRemovedError(
    existed
      ? `${nameFirstOf(details)} ${when}. Its messages are gone with it; open or create the queue again.`
      : `No queue of this IPC namespace has the id ${details.queueId}: it was removed, never existed, or belongs to another container, which has an IPC namespace of its own.`,
    details,
  );
}

function unsupported(details: ErrorDetails, context: CallContext): UnsupportedError {
  return new UnsupportedError(
    copying(details.syscall, context)
      ? 'This kernel cannot peek at messages: MSG_COPY needs CONFIG_CHECKPOINT_RESTORE.'
      : `This system has no ${details.syscall}: the kernel was built without CONFIG_SYSVIPC, is WSL 1 or a sandbox such as gVisor, or a seccomp profile hides it. Run this on another system, or allow the call in the profile. A program can check isSupported() first.`,
    details,
  );
}

/**
 * Reads the status with IPC_STAT, or without read permission with MSG_STAT_ANY, which needs none; undefined when both
 * fail.
 */
export function statusOf(queueId: number): MsqidDs | undefined {
  if (readStatus(queueId, IPC_STAT) >= 0) return readMsqidDs();
  // MSG_STAT_ANY takes an index and ignores the higher bits, so an id works; the result contains the id that it found.
  return readStatus(queueId, MSG_STAT_ANY) === queueId ? readMsqidDs() : undefined;
}

/** Whether the queue exists, whatever its permissions. */
function exists(queueId: number): boolean {
  const result = readStatus(queueId, IPC_STAT);
  return result >= 0 || result === errno.EACCES;
}

/** A limit's current value; undefined when the kernel did not report it. */
function limitNow(field: LimitField): number | undefined {
  return readInfo(IPC_INFO) >= 0 ? readMsgInfo()[field] : undefined;
}

// EINVAL has many causes, and the validators have excluded invalid arguments. The remaining causes: the queue is gone,
// the message is longer than msgmax, or the call is impossible for this message or these ids.
function invalid(details: ErrorDetails, context: CallContext): MessageQueueError {
  if (context.index !== undefined) {
    return new QueueRemovedError(`There is no queue at index ${context.index}.`, details);
  }
  const queueId = context.queueId as number;
  // No msgmax allows this length, so the kernel would not look for the queue.
  if (details.syscall === 'msgsnd' && (context.length ?? 0) > INT_MAX) {
    return messageTooLarge(details, context.length as number);
  }
  if (copying(details.syscall, context)) return invalidCopy(details, context);
  if (!exists(queueId)) return queueRemoved(details);
  if (details.syscall === 'msgsnd') return messageTooLarge(details, context.length ?? 0);
  if (context.command === IPC_SET) {
    return new MessageQueueError(
      `${nameFirstOf(details)} cannot be given to that user or group: the id is not mapped in this user namespace.`,
      details,
    );
  }
  // The queue was removed and its id reused in between.
  return queueRemoved(details);
}

function invalidCopy(details: ErrorDetails, context: CallContext): MessageQueueError {
  const flags = context.flags ?? 0;
  if ((flags & IPC_NOWAIT) === 0 || (flags & MSG_EXCEPT) !== 0) {
    return new MessageQueueError('MSG_COPY takes IPC_NOWAIT with it, and does not go with MSG_EXCEPT.', details);
  }
  if (!exists(context.queueId as number)) return queueRemoved(details);
  return new MessageQueueError(
    `The message cannot be copied: it is longer than msgmax is now (${limitNow('msgmax')}), or than the length asked for with MSG_NOERROR. It can still be received.`,
    details,
  );
}

function messageTooLarge(details: ErrorDetails, length: number): MessageTooLargeError {
  const { name, procPath, remedy } = limitFact('MSGMAX');
  const limitValue = limitNow('msgmax');
  return new MessageTooLargeError(
    `A message of ${formatCount(length, 'byte')} is longer than MSGMAX, which is ${limitValue} (${procPath}). ${remedy}`,
    { ...details, limit: name, limitValue, requested: length, procPath: procPath as string, remedy },
  );
}

function tooManyQueues(details: ErrorDetails): QueueCountLimitError {
  const { name, procPath, remedy } = limitFact('MSGMNI');
  const limitValue = limitNow('msgmni');
  const queueCount = readInfo(MSG_INFO) >= 0 ? readMsgInfo().msgpool : 0;
  return new QueueCountLimitError(
    `There ${queueCount === 1 ? 'is' : 'are'} ${formatCount(queueCount, 'queue')}, and MSGMNI allows ${limitValue} (${procPath}). ${remedy}`,
    {
      ...details,
      limit: name,
      limitValue,
      requested: queueCount + 1,
      procPath: procPath as string,
      remedy,
      queueCount,
    },
  );
}

// The kernel also returns EAGAIN for a message that could never fit; POSIX specifies EINVAL for that, as does this
// library.
function noRoom(details: ErrorDetails, context: CallContext): MessageQueueError {
  const length = context.length ?? 0;
  const status = statusOf(context.queueId as number);
  const limitValue = status?.msg_qbytes;
  const limit = { limit: 'msg_qbytes', limitValue, procPath: limitFact('MSGMNB').procPath as string } as const;
  if (limitValue !== undefined && length > limitValue) {
    const remedy =
      'Send less at once, or let its owner enlarge the queue: queue.set({ maxBytes: N }), up to MSGMNB without CAP_SYS_RESOURCE.';
    return new MessageTooLargeError(
      `A message of ${formatCount(length, 'byte')} can never fit ${nameOf(details)}, whose msg_qbytes is ${limitValue}. ${remedy}`,
      { ...details, code: 'EINVAL', errno: errno.EINVAL, ...limit, requested: length, remedy },
    );
  }
  const remedy =
    'Wait until a receiver has made room (send, sendSync), receive faster, or enlarge the queue: queue.set({ maxBytes: N }), up to MSGMNB without CAP_SYS_RESOURCE.';
  return new QueueFullError(
    `${nameFirstOf(details)} is full: ${status?.msg_cbytes} of ${formatCount(limitValue, 'byte')} (msg_qbytes) and ${formatCount(status?.msg_qnum, 'message')}; ${formatMore(length)} not fit. ${remedy}`,
    {
      ...details,
      ...limit,
      requested: length,
      remedy,
      usedBytes: status?.msg_cbytes,
      messageCount: status?.msg_qnum,
    },
  );
}

const formatMore = (length: number): string => (length === 1 ? '1 more byte does' : `${length} more bytes do`);

// The permission that a call needs, in an error's words; msgctl's depends on the command.
const neededBy: Record<Syscall, string> = {
  msgget: 'the permissions asked for',
  msgsnd: 'write permission',
  msgrcv: 'read permission',
  msgctl: 'read permission',
};

function accessDenied(details: ErrorDetails): QueueAccessError {
  return queueAccess(details, neededBy[details.syscall as Syscall], ownerOf(details.queueId));
}

// EPERM has two causes in msgctl, in this order: the caller is not the owner, or msg_qbytes is above MSGMNB. In other
// calls the kernel never returns it, but a security module or a seccomp profile does.
function notPermitted(details: ErrorDetails, context: CallContext): MessageQueueError {
  if (details.syscall !== 'msgctl' || (context.command !== IPC_SET && context.command !== IPC_RMID)) {
    return queueAccess(
      details,
      `${details.syscall} to be allowed by the seccomp profile or security module`,
      undefined,
    );
  }
  const owner = ownerOf(details.queueId);
  const limitValue = limitNow('msgmnb');
  const requested = context.maxBytes ?? 0;
  if (context.command === IPC_SET && limitValue !== undefined && requested > limitValue && mayChange(owner)) {
    return aboveMsgmnb(details, requested, limitValue, context.keepsMaxBytes === true);
  }
  return queueAccess(details, 'to be the owner or the creator, or to have CAP_SYS_ADMIN', owner);
}

function aboveMsgmnb(
  details: ErrorDetails,
  requested: number,
  limitValue: number,
  isKept: boolean,
): QueueBytesLimitError {
  const { name, procPath, remedy } = limitFact('MSGMNB');
  // IPC_SET writes all fields, so the kernel may refuse a field that the caller did not change.
  const what = isKept
    ? `${nameFirstOf(details)} cannot be changed as it is: its own msg_qbytes, ${requested}, which IPC_SET writes with the rest, is above MSGMNB, which is ${limitValue} by now (${procPath}), and that takes CAP_SYS_RESOURCE. Give a maxBytes up to ${limitValue} in the same call.`
    : `msg_qbytes of ${nameOf(details)} (maxBytes) cannot be ${requested}: above MSGMNB, which is ${limitValue} (${procPath}), it takes CAP_SYS_RESOURCE.`;
  return new QueueBytesLimitError(`${what} ${remedy}`, {
    ...details,
    limit: name,
    limitValue,
    requested,
    procPath: procPath as string,
    remedy,
  });
}

function mayChange(owner: QueueOwner | undefined): boolean {
  const euid = effectiveUid();
  return (
    owner === undefined || euid === undefined || owner.uid === euid || owner.creatorUid === euid || hasCapSysAdmin()
  );
}

function ownerOf(queueId: number | undefined): QueueOwner | undefined {
  const status = queueId === undefined ? undefined : statusOf(queueId);
  if (status === undefined) return undefined;
  const { uid, gid, cuid, cgid, mode } = status.msg_perm;
  return { uid, gid, creatorUid: cuid, creatorGid: cgid, mode };
}

function queueAccess(details: ErrorDetails, needed: string, owner: QueueOwner | undefined): QueueAccessError {
  const who =
    owner === undefined
      ? ''
      : ` It belongs to uid ${owner.uid}, gid ${owner.gid} (created by ${owner.creatorUid}, ${owner.creatorGid}), mode ${formatMode(owner.mode)}; this process is uid ${effectiveUid()}, gid ${effectiveGid()}.`;
  return new QueueAccessError(`${details.syscall} on ${nameOf(details)} needs ${needed}.${who}`, {
    ...details,
    needed,
    owner,
  });
}

/** The error of a failed file operation, for limits or ftok: the same classes and properties as for a queue. */
export function errorFromFile(error: unknown, needed: string): Error {
  const failure = error as NodeJS.ErrnoException;
  if (typeof failure.errno !== 'number' || failure.code === undefined) return error as Error;
  const details = { code: failure.code, errno: failure.errno, syscall: failure.syscall, cause: error };
  if (failure.code === 'EACCES' || failure.code === 'EPERM' || failure.code === 'EROFS') {
    return new QueueAccessError(`${failure.message}: this needs ${needed}.`, { ...details, needed });
  }
  return new MessageQueueError(failure.message, details);
}

/** The error for a value that the kernel refused in a limit's file. */
export function limitRefused(field: LimitField, limitValue: number, requested: number, cause: unknown): LimitError {
  const fact = limitTable.find((row) => row.field === field);
  const { name, procPath, ceiling } = fact as typeof fact & object;
  const remedy = `Ask for a value from 0 to ${ceiling}.`;
  const details: LimitErrorDetails = {
    code: 'EINVAL',
    errno: errno.EINVAL,
    syscall: 'write',
    limit: name,
    limitValue,
    requested,
    procPath: procPath as string,
    remedy,
    cause,
  };
  return new LimitError(
    `The kernel refused ${requested} for ${name} (${procPath}), which stays ${limitValue}. ${remedy}`,
    details,
  );
}
