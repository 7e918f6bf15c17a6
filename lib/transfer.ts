/**
 * Sending and receiving one message, without the handle and its options: what MessageQueue and sysvmq/syscalls share.
 *
 * Every function here is given checked arguments and runs no caller's code between taking a message and copying it out.
 */

import type { Codec } from '../types/queue';
import { codecs, decodeText, requireUtf8, type TextCodec } from './codecs';
import { INT_MAX, IPC_INFO, IPC_NOWAIT, MSG_COPY, MSG_NOERROR } from './constants';
import { receiveChannel, sendChannel, tellReceived, tellSent } from './diagnostics';
import * as errno from './errno';
import { DecodeError } from './error-classes';
import { type CallContext, errorFromErrno, statusOf } from './errors';
import { Message, messageOfWideType } from './message';
import { msgrcv, msgsnd, readInfo, readMsgInfo, receivedType, receivedTypeBigInt, WAIT_FOREVER } from './native/calls';
import { allocUnsafe, isSafeInteger, typedArrayByteLength, utf8ByteLength } from './native/intrinsics';
import { growSlab, readBytes, readText, slabCapacity, trimSlab, writeBytes, writeText } from './native/slab';
import type { Selection } from './selector';

/**
 * How long a blocking call stays in the kernel before it comes back to JavaScript, in milliseconds. There a terminated
 * worker ends; without it worker.terminate(), and the end of the process, would wait for the next message.
 */
export const WAIT_SLICE_MS = 100;

// ---- sending

/**
 * Copies a payload into the slab and returns its length in bytes. One that is longer than the slab and than msgmax is
 * not copied: `sendStaged` then says what the kernel would.
 */
export function stagePayload(payload: string | Uint8Array): number {
  const isText = typeof payload === 'string';
  if ((isText ? payload.length : typedArrayByteLength(payload)) > slabCapacity()) {
    const length = isText ? utf8ByteLength(payload) : typedArrayByteLength(payload);
    if (readInfo(IPC_INFO) >= 0 && length > readMsgInfo().msgmax) return length;
  }
  const length = isText ? writeText(payload) : writeBytes(payload);
  if (length < 0) throw errorFromErrno('msgsnd', errno.ENOMEM, {});
  return length;
}

/** msgsnd of what stagePayload has put into the slab: 0, or a negative errno. */
export function sendStaged(id: number, type: number | bigint, length: number, flags: number, waitMs: number): number {
  return length > slabCapacity() ? errno.EINVAL : msgsnd(id, type, length, flags, waitMs);
}

/** Sends if there is room. False when the queue is full; an error for a message that could never fit. */
export function trySendPayload(id: number, payload: string | Uint8Array, type: number | bigint): boolean {
  const length = stagePayload(payload);
  const result = sendStaged(id, type, length, IPC_NOWAIT, WAIT_FOREVER);
  trimSlab();
  if (result >= 0 && sendChannel.hasSubscribers) tellSent(id, type, length);
  if (result >= 0) return true;
  if (result === errno.EAGAIN && !exceedsQueue(id, length)) return false;
  throw errorFromErrno('msgsnd', result, { queueId: id, messageType: type, length });
}

/** Until when a blocking call waits: a moment of performance.now(), or Infinity. */
export function deadlineOf(timeout: number | undefined): number {
  return timeout === undefined ? Number.POSITIVE_INFINITY : performance.now() + timeout;
}

// What is left until a deadline, but a slice at most; 0 when it has passed.
function sliceUntil(deadline: number): number {
  return Math.max(0, Math.min(Math.ceil(deadline - performance.now()), WAIT_SLICE_MS));
}

/** Sends, and blocks the thread until there is room. False when there is none at the deadline. */
export function sendPayloadSync(
  id: number,
  payload: string | Uint8Array,
  type: number | bigint,
  deadline: number,
): boolean {
  const length = stagePayload(payload);
  let result = sendStaged(id, type, length, IPC_NOWAIT, WAIT_FOREVER);
  // The kernel would wait for ever with a message larger than msg_qbytes, which another process may lower meanwhile:
  // hence the look before each wait.
  while (canWaitAgain(result)) {
    const slice = sliceUntil(deadline);
    if (slice === 0 || exceedsQueue(id, length)) break;
    result = sendStaged(id, type, length, 0, slice);
  }
  trimSlab();
  if (result >= 0 && sendChannel.hasSubscribers) tellSent(id, type, length);
  if (result >= 0) return true;
  if (canWaitAgain(result)) {
    if (!exceedsQueue(id, length)) return false;
    result = errno.EAGAIN;
  }
  throw errorFromErrno('msgsnd', result, { queueId: id, messageType: type, length });
}

/** The error of a send for which there is no room. */
export function queueFull(id: number, payload: string | Uint8Array, type: number | bigint): Error {
  const length = typeof payload === 'string' ? utf8ByteLength(payload) : typedArrayByteLength(payload);
  return errorFromErrno('msgsnd', errno.EAGAIN, { queueId: id, messageType: type, length });
}

function canWaitAgain(result: number): boolean {
  return result === errno.EAGAIN || result === errno.EINTR || result === errno.ETIMEDOUT;
}

function exceedsQueue(id: number, length: number): boolean {
  const status = statusOf(id);
  return status !== undefined && length > status.msg_qbytes;
}

// ---- receiving

/**
 * msgrcv of a message of at most `most` bytes, or of any length: its length, or a negative errno. The slab grows until
 * the message fits, because the kernel does not say how long it is, and because it may be longer than msgmax is now.
 */
export function receiveToSlab(
  id: number,
  type: number | bigint,
  flags: number,
  most: number | undefined,
  waitMs: number,
): number {
  for (;;) {
    const capacity = slabCapacity();
    const length = most !== undefined && most <= capacity ? most : capacity;
    // Cut at the slab's end rather than at the caller's, the message would lose bytes that were asked for.
    const result = msgrcv(id, length, type, length === most ? flags : flags & ~MSG_NOERROR, waitMs);
    if (result !== errno.E2BIG || length === most) return result;
    if (!growSlab(Math.min(likelyLength(id, capacity), most ?? INT_MAX))) return errno.ENOMEM;
  }
}

// The message is longer than `capacity`, at most as long as all messages of the queue together, and most likely no longer
// than msgmax.
function likelyLength(id: number, capacity: number): number {
  const msgmax = readInfo(IPC_INFO) >= 0 ? readMsgInfo().msgmax : 0;
  const likely = Math.max(msgmax, capacity * 2);
  const status = statusOf(id);
  return status === undefined ? likely : Math.min(likely, Math.max(status.msg_cbytes, capacity + 1));
}

/** Takes the next matching message if there is one. */
export function takeMessage<T>(id: number, selection: Selection, codec: Codec<T>): Message<T> | undefined {
  const result = receiveToSlab(
    id,
    selection.type,
    selection.flags | IPC_NOWAIT | (selection.truncate ? MSG_NOERROR : 0),
    mostBytes(selection),
    WAIT_FOREVER,
  );
  if (result === errno.ENOMSG) return undefined;
  if (result < 0) throw receiveError(id, result, selection);
  return deliver(id, result, selection, codec);
}

// With one byte more than asked for, a longer message shows itself: the kernel does not say that it has cut one.
export function mostBytes(selection: Selection): number | undefined {
  const { maxLength, truncate } = selection;
  return maxLength !== undefined && truncate ? Math.min(maxLength + 1, INT_MAX) : maxLength;
}

/**
 * Takes the next matching message, and blocks the thread until there is one; undefined at the deadline.
 *
 * It waits in msgrcv with a size of 0, which takes nothing: the call fails with E2BIG when a message is there, and the
 * message is taken then. An ordinary wait is handed the message inside the sender's call, and a process that dies just
 * then takes it along. Only an empty message is taken by the wait itself, because it fits.
 */
export function receiveMessageSync<T>(
  id: number,
  selection: Selection,
  codec: Codec<T>,
  deadline: number,
): Message<T> | undefined {
  for (;;) {
    const message = takeMessage(id, selection, codec);
    if (message !== undefined) return message;
    const slice = sliceUntil(deadline);
    if (slice === 0) return undefined;
    const result = msgrcv(id, 0, selection.type, selection.flags, slice);
    if (result >= 0) return deliver(id, result, selection, codec);
    if (result !== errno.E2BIG && result !== errno.EINTR && result !== errno.ETIMEDOUT) {
      throw receiveError(id, result, selection);
    }
  }
}

/** Copies the message at a position, counted from 0, and leaves it where it is. */
export function peekMessage<T>(id: number, index: number, codec: Codec<T>): Message<T> | undefined {
  const flags = MSG_COPY | IPC_NOWAIT;
  const result = receiveToSlab(id, index, flags, undefined, WAIT_FOREVER);
  if (result === errno.ENOMSG) return undefined;
  if (result < 0) throw errorFromErrno('msgrcv', result, { queueId: id, flags });
  return deliver(id, result, undefined, codec);
}

/** The error of a msgrcv that failed. Gives a large slab back. */
export function receiveError(id: number, result: number, selection: Selection): Error {
  trimSlab();
  const context: CallContext = { queueId: id, selector: selection.words, flags: selection.flags };
  if (selection.maxLength !== undefined) context.maxLength = selection.maxLength;
  return errorFromErrno('msgrcv', result, context);
}

// Makes a Message of the `length` bytes in the slab. The codec may be a caller's and is called last, when everything
// has been copied out.
function deliver<T>(id: number, length: number, selection: Selection | undefined, codec: Codec<T>): Message<T> {
  const type = receivedType();
  const wideType = isSafeInteger(type) ? undefined : receivedTypeBigInt();
  const truncated = selection?.truncate === true && length > (selection.maxLength as number);
  const kept = truncated ? (selection.maxLength as number) : length;
  if (selection !== undefined && receiveChannel.hasSubscribers) tellReceived(id, wideType ?? type, kept);
  const data = decode(id, wideType ?? type, kept, codec);
  return wideType === undefined ? new Message(type, data, truncated) : messageOfWideType(wideType, data, truncated);
}

/** The Message of an empty message that a wait has taken. */
export function emptyMessage<T>(id: number, type: number | bigint, codec: Codec<T>): Message<T> {
  if (receiveChannel.hasSubscribers) tellReceived(id, type, 0);
  return messageOfBytes(id, type, allocUnsafe(0), false, codec);
}

/** A Message of bytes that are its own. */
export function messageOfBytes<T>(
  id: number,
  type: number | bigint,
  bytes: Buffer,
  truncated: boolean,
  codec: Codec<T>,
): Message<T> {
  const data = decodeBytes(id, type, bytes, codec);
  return typeof type === 'bigint' ? messageOfWideType(type, data, truncated) : new Message(type, data, truncated);
}

function decodeBytes<T>(id: number, type: number | bigint, bytes: Buffer, codec: Codec<T>): T {
  if ((codec as unknown) === codecs.buffer) return bytes as T;
  try {
    return codec.decode(bytes);
  } catch (cause) {
    throw new DecodeError(id, type, bytes, cause);
  }
}

function decode<T>(id: number, type: number | bigint, length: number, codec: Codec<T>): T {
  const fromText = (codec as TextCodec<T>)[decodeText];
  if (fromText !== undefined) {
    // Once only: readBytes may hand the slab itself out.
    let bytes: Buffer | undefined;
    const rawBytes = (): Buffer => {
      bytes ??= readBytes(length);
      return bytes;
    };
    try {
      const text = readText(length);
      requireUtf8(text, rawBytes);
      return fromText(text);
    } catch (cause) {
      throw new DecodeError(id, type, rawBytes(), cause);
    } finally {
      trimSlab();
    }
  }
  const bytes = readBytes(length);
  trimSlab();
  return decodeBytes(id, type, bytes, codec);
}
