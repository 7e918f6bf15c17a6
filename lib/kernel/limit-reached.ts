/** The errors of a limit that a call has reached, with its value now. */

import { IPC_INFO, MSG_INFO } from '../core/constants';
import * as errno from '../core/errno';
import {
  type ErrorDetails,
  LimitError,
  type LimitErrorDetails,
  type MessageQueueError,
  MessageTooLargeError,
  QueueBytesLimitError,
  QueueCountLimitError,
  QueueFullError,
} from '../core/errors';
import { formatCount } from '../core/format';
import { type LimitField, limitFact, limitTable } from '../core/limit-table';
import { readInfo, readMsgInfo } from '../native/calls';
import { type CallContext, nameFirstOf, nameOf } from './call-context';
import { statusOf } from './status-of';

/** A limit's current value; undefined when the kernel did not report it. */
export function limitNow(field: LimitField): number | undefined {
  return readInfo(IPC_INFO) >= 0 ? readMsgInfo()[field] : undefined;
}

export function messageTooLarge(details: ErrorDetails, length: number): MessageTooLargeError {
  const { name, procPath, remedy } = limitFact('MSGMAX');
  const limitValue = limitNow('msgmax');
  return new MessageTooLargeError(
    `A message of ${formatCount(length, 'byte')} is longer than MSGMAX, which is ${limitValue} (${procPath}). ${remedy}`,
    { ...details, limit: name, limitValue, requested: length, procPath: procPath as string, remedy },
  );
}

export function tooManyQueues(details: ErrorDetails): QueueCountLimitError {
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
export function noRoom(details: ErrorDetails, context: CallContext): MessageQueueError {
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

export function aboveMsgmnb(
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
