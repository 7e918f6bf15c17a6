/**
 * Sends one message or many without the event loop, for MessageQueue and sysvmq/syscalls.
 *
 * Every function here receives checked arguments, and no caller's code runs between copying a message in and sending
 * it.
 */

import { INT_MAX, IPC_INFO, IPC_NOWAIT } from '../core/constants';
import { publishSent, sendChannel } from '../core/diagnostics';
import * as errno from '../core/errno';
import { type MessageQueueError, QueueFullError } from '../core/errors';
import { formatCount } from '../core/format';
import { queueNameFirst } from '../core/known-queues';
import { limitFact } from '../core/limit-table';
import { typedArrayByteLength, utf8ByteLength } from '../core/primordials';
import { errorFromErrno } from '../kernel/error-from-errno';
import { statusOf } from '../kernel/status-of';
import { msgsnd, readInfo, readMsgInfo, WAIT_FOREVER } from '../native/calls';
import { INITIAL_TEXT_BYTES } from '../native/message-memory';
import { reserveSlab, trimSlab, writeBytes, writeLongText, writeText } from '../native/slab';
import type { Staging } from '../native/staging';
import { sliceUntil } from './time-slices';

/**
 * Copies a payload into the slab and returns its length in bytes. Refuses one that is longer than both the slab and
 * msgmax, as the kernel would.
 */
export function stagePayload(id: number, type: number | bigint, payload: string | Uint8Array): number {
  const length = typeof payload === 'string' ? writeText(payload) : writeBytes(payload);
  return length >= 0 ? length : stageLong(id, type, payload);
}

function stageLong(id: number, type: number | bigint, payload: string | Uint8Array): number {
  const length = requireSendable(id, type, payload);
  if (!reserveSlab(length)) throw sendError(id, type, length, errno.ENOMEM);
  if (typeof payload === 'string') writeLongText(payload, length);
  else writeBytes(payload);
  return length;
}

/** The length of a payload in bytes; a MessageTooLargeError when no queue accepts this length now. */
export function requireSendable(id: number, type: number | bigint, payload: string | Uint8Array): number {
  const length = lengthOf(payload);
  if (length <= INITIAL_TEXT_BYTES) return length;
  const msgmax = readInfo(IPC_INFO) >= 0 ? readMsgInfo().msgmax : INT_MAX;
  if (length > msgmax) throw sendError(id, type, length, errno.EINVAL);
  return length;
}

/** The error of a msgsnd that has failed or would fail. */
export function sendError(id: number, type: number | bigint, length: number, result: number): MessageQueueError {
  return errorFromErrno('msgsnd', result, { queueId: id, messageType: type, length });
}

/** The bytes of a payload. */
export function lengthOf(payload: string | Uint8Array): number {
  return typeof payload === 'string' ? utf8ByteLength(payload) : typedArrayByteLength(payload);
}

/** Sends if there is room. False when the queue is full; an error for a message that could never fit. */
export function trySendPayload(id: number, payload: string | Uint8Array, type: number | bigint): boolean {
  const length = stagePayload(id, type, payload);
  const result = msgsnd(id, type, length, IPC_NOWAIT, WAIT_FOREVER);
  trimSlab();
  if (result >= 0 && sendChannel.hasSubscribers) publishSent(id, type, length);
  if (result >= 0) return true;
  if (result === errno.EAGAIN && !exceedsQueue(id, length)) return false;
  throw sendError(id, type, length, result);
}

/** Sends, and blocks the thread until there is room. False at the deadline. */
export function sendPayloadSync(
  id: number,
  payload: string | Uint8Array,
  type: number | bigint,
  deadline: number,
): boolean {
  const length = stagePayload(id, type, payload);
  let result = msgsnd(id, type, length, IPC_NOWAIT, WAIT_FOREVER);
  // The kernel would wait forever with a message larger than msg_qbytes, which another process may lower meanwhile. So
  // this checks it before each wait.
  while (canWaitAgain(result)) {
    if (exceedsQueue(id, length)) break;
    const slice = sliceUntil(deadline);
    if (slice === 0) break;
    result = msgsnd(id, type, length, 0, slice);
  }
  trimSlab();
  if (result >= 0 && sendChannel.hasSubscribers) publishSent(id, type, length);
  if (result >= 0) return true;
  if (canWaitAgain(result)) {
    if (!exceedsQueue(id, length)) return false;
    result = errno.EAGAIN;
  }
  throw sendError(id, type, length, result);
}

/** The error of a send without room in the queue. */
export function queueFull(id: number, payload: string | Uint8Array, type: number | bigint): Error {
  return sendError(id, type, lengthOf(payload), errno.EAGAIN);
}

/** The error of a send that exceeds the handle's number of pending sends. */
export function tooManyPendingSends(
  id: number,
  type: number | bigint,
  length: number,
  pending: number,
  wanted: number,
  limitValue: number,
): QueueFullError {
  const status = statusOf(id);
  const remedy = 'Await the sends before it, receive faster, or allow more: the option maxPendingSends of the handle.';
  const waiting =
    pending === 0
      ? `${formatCount(wanted, 'message')} would wait for room`
      : `${formatCount(pending, 'message')} ${pending === 1 ? 'waits' : 'wait'} for room already`;
  return new QueueFullError(
    `${queueNameFirst(id)} is full, and ${waiting}: the handle's maxPendingSends is ${limitValue}. The message was not sent. ${remedy}`,
    {
      code: 'EAGAIN',
      errno: errno.EAGAIN,
      syscall: 'msgsnd',
      queueId: id,
      messageType: type,
      limit: 'maxPendingSends',
      limitValue,
      requested: length,
      procPath: limitFact('MSGMNB').procPath as string,
      remedy,
      usedBytes: status?.msg_cbytes,
      messageCount: status?.msg_qnum,
    },
  );
}

function canWaitAgain(result: number): boolean {
  return result === errno.EAGAIN || result === errno.EINTR || result === errno.ETIMEDOUT;
}

function exceedsQueue(id: number, length: number): boolean {
  const status = statusOf(id);
  return status !== undefined && length > status.msg_qbytes;
}

/**
 * Sends staged messages while there is room, and returns their number. An error is that of the first message that
 * failed.
 */
export function trySendStaged(id: number, staging: Staging): number {
  while (staging.index < staging.count) {
    const onSent = sendChannel.hasSubscribers ? publishSent.bind(undefined, id) : undefined;
    const { count, result } = staging.send(id, onSent);
    if (result !== 0 && result !== errno.EAGAIN) {
      const { type, bytes } = staging.next();
      throw Object.assign(sendError(id, type, lengthOf(bytes), result), { sent: staging.index });
    }
    if (result === 0 && count > 0) continue;
    // The message is too long for a batch; or the queue has no room, and a single send finds out whether it ever will.
    if (!sendNextAlone(id, staging)) break;
  }
  return staging.index;
}

function sendNextAlone(id: number, staging: Staging): boolean {
  const { type, bytes } = staging.next();
  try {
    if (!trySendPayload(id, bytes, type)) return false;
  } catch (error) {
    throw Object.assign(error as Error, { sent: staging.index });
  }
  staging.skip();
  return true;
}
