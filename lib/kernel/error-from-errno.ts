/**
 * Creates an error from an errno: the one place that decides on the class of a failed call's error, and that asks the
 * kernel for the details of the cause. The classes are in lib/core/errors.ts.
 *
 * docs/errors.md lists the causes of each errno and the order of the kernel's checks, measured on Linux 6.1 and 6.18.
 */

import { INT_MAX, IPC_NOWAIT, IPC_SET, IPC_STAT, MSG_COPY, MSG_EXCEPT } from '../core/constants';
import * as errno from '../core/errno';
import {
  BufferTooSmallError,
  type ErrorDetails,
  InterruptedError,
  MessageQueueError,
  NoMessageError,
  QueueExistsError,
  QueueNotFoundError,
  QueueRemovedError,
  UnsupportedError,
} from '../core/errors';
import { formatCount, formatKey } from '../core/format';
import { knownKey } from '../core/known-queues';
import { msgget, readStatus } from '../native/calls';
import { accessDenied, notPermitted } from './access-refused';
import { type CallContext, nameFirstOf, nameOf, type Syscall } from './call-context';
import { limitNow, messageTooLarge, noRoom, tooManyQueues } from './limit-reached';
import { statusOf } from './status-of';

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
      return interrupted(details);
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
      return queueNotFound(details);
    case errno.EEXIST:
      return queueExists(details);
    case errno.ENOMSG:
      return noMessage(details, context);
    case errno.E2BIG:
      return bufferTooSmall(details, context);
    case errno.ENOMEM:
      return new MessageQueueError(`There is not enough memory for ${syscall}.`, details);
    default:
      return new MessageQueueError(`${syscall} failed with ${details.code}.`, details);
  }
}

function interrupted(details: ErrorDetails): InterruptedError {
  return new InterruptedError(
    `${details.syscall} was interrupted by a signal. Nothing was sent or taken: call it again.`,
    details,
  );
}

function queueNotFound(details: ErrorDetails): QueueNotFoundError {
  return new QueueNotFoundError(
    `No queue of this IPC namespace has the key ${formatKey(details.key as number)}. Create it (create, openOrCreate), or check how the key is made. A queue of another container is in an IPC namespace of its own, unless that is shared.`,
    details,
  );
}

function queueExists(details: ErrorDetails): QueueExistsError {
  return new QueueExistsError(
    `A queue has the key ${formatKey(details.key as number)} already. Open it (open, openOrCreate), or remove it first.`,
    details,
  );
}

function noMessage(details: ErrorDetails, context: CallContext): NoMessageError {
  const selector = context.selector ?? 'any type';
  const which = `${copying(details.syscall, context) ? 'at' : 'of'} ${selector}`;
  return new NoMessageError(`${nameFirstOf(details)} holds no message ${which} now.`, { ...details, selector });
}

function bufferTooSmall(details: ErrorDetails, context: CallContext): BufferTooSmallError {
  const maxLength = context.maxLength ?? 0;
  const larger = context.limitedByInto === true ? 'into a larger Buffer (into)' : 'with a larger maxLength';
  return new BufferTooSmallError(
    `The message in ${nameOf(details)} is longer than ${formatCount(maxLength, 'byte')}. It is still there: take it ${larger}, or cut it with truncate: true (MSG_NOERROR).`,
    { ...details, maxLength },
  );
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

/** Whether the queue exists, whatever its permissions. */
function exists(queueId: number): boolean {
  const result = readStatus(queueId, IPC_STAT);
  return result >= 0 || result === errno.EACCES;
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
