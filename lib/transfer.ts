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
import { type Message, makeMessage } from './message';
import {
  arenaRoom,
  arrivedBytes,
  arrivedText,
  dropArena,
  growArena,
  receiveIntoArena,
  trimArena,
} from './native/arena';
import { msgsnd, readInfo, readMsgInfo, receivedType, WAIT_FOREVER } from './native/calls';
import { allocUnsafe, typedArrayByteLength, utf8ByteLength } from './native/intrinsics';
import { INITIAL_SLAB_BYTES, reserveSlab, trimSlab, writeBytes, writeLongText, writeText } from './native/slab';
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
  const length = typeof payload === 'string' ? writeText(payload) : writeBytes(payload);
  return length >= 0 ? length : stageLong(payload);
}

function stageLong(payload: string | Uint8Array): number {
  const length = lengthOf(payload);
  if (length > INITIAL_SLAB_BYTES && readInfo(IPC_INFO) >= 0 && length > readMsgInfo().msgmax) return length;
  if (!reserveSlab(length)) throw errorFromErrno('msgsnd', errno.ENOMEM, {});
  if (typeof payload === 'string') writeLongText(payload, length);
  else writeBytes(payload);
  return length;
}

function lengthOf(payload: string | Uint8Array): number {
  return typeof payload === 'string' ? utf8ByteLength(payload) : typedArrayByteLength(payload);
}

/** msgsnd of what stagePayload has put into the slab: 0, or a negative errno. */
export function sendStaged(id: number, type: number | bigint, length: number, flags: number, waitMs: number): number {
  const result = msgsnd(id, type, length, flags, waitMs);
  // It was too long to be copied.
  return result === errno.EFAULT ? errno.EINVAL : result;
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
  return errorFromErrno('msgsnd', errno.EAGAIN, { queueId: id, messageType: type, length: lengthOf(payload) });
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
 * msgrcv of a message of at most `most` bytes, or of any length: its length, or a negative errno. Where the message is
 * longer than there is room for, the arena grows until it fits, because the kernel does not say how long it is, and
 * because it may be longer than msgmax is now.
 */
export function receiveToArena(
  id: number,
  type: number | bigint,
  flags: number,
  most: number | undefined,
  waitMsOrTries: number,
): number {
  for (;;) {
    const room = arenaRoom();
    if (room < 0) return errno.ENOMEM;
    const whole = most !== undefined && most <= room;
    // Cut at the arena's end rather than at the caller's, the message would lose bytes that were asked for.
    const result = receiveIntoArena(id, whole ? most : room, type, whole ? flags : flags & ~MSG_NOERROR, waitMsOrTries);
    if (result >= 0) return result;
    if (result === errno.EFAULT) dropArena();
    else if (result !== errno.E2BIG || whole) return result;
    else if (!growArena(() => Math.min(likelyLength(id, room), most ?? INT_MAX))) return errno.ENOMEM;
  }
}

// The message is longer than `room`, at most as long as all messages of the queue together, and most likely no longer
// than msgmax.
function likelyLength(id: number, room: number): number {
  const msgmax = readInfo(IPC_INFO) >= 0 ? readMsgInfo().msgmax : 0;
  const likely = Math.min(Math.max(msgmax, room * 2), INT_MAX);
  const status = statusOf(id);
  return status === undefined ? likely : Math.min(likely, Math.max(status.msg_cbytes, room + 1));
}

/** Takes the next matching message if there is one; looks so many times, and gives the processor away in between. */
export function takeMessage<T>(id: number, selection: Selection, codec: Codec<T>, tries = 1): Message<T> | undefined {
  const result = receiveToArena(id, selection.type, selection.takeFlags, selection.most, tries);
  if (result >= 0) return deliver(id, result, selection, codec);
  if (result !== errno.ENOMSG) throw receiveError(id, result, selection);
  // Another may have taken the message for which the arena was made larger.
  trimArena();
  return undefined;
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
    if (arenaRoom() < 0) throw receiveError(id, errno.ENOMEM, selection);
    const result = receiveIntoArena(id, 0, selection.type, selection.flags, slice);
    if (result >= 0) return deliver(id, result, selection, codec);
    if (result !== errno.E2BIG && result !== errno.EINTR && result !== errno.ETIMEDOUT) {
      throw receiveError(id, result, selection);
    }
  }
}

/** Copies the message at a position, counted from 0, and leaves it where it is. */
export function peekMessage<T>(id: number, index: number, codec: Codec<T>): Message<T> | undefined {
  const flags = MSG_COPY | IPC_NOWAIT;
  const result = receiveToArena(id, index, flags, undefined, WAIT_FOREVER);
  if (result >= 0) return deliver(id, result, undefined, codec);
  trimArena();
  if (result === errno.ENOMSG) return undefined;
  throw errorFromErrno('msgrcv', result, { queueId: id, flags });
}

/** The error of a msgrcv that failed. Lets a large arena go. */
export function receiveError(id: number, result: number, selection: Selection): Error {
  trimArena();
  const context: CallContext = { queueId: id, selector: selection.words, flags: selection.flags };
  if (selection.maxLength !== undefined) context.maxLength = selection.maxLength;
  return errorFromErrno('msgrcv', result, context);
}

// Makes a Message of the `length` bytes that have arrived. The codec may be a caller's and is called last, when everything
// has been copied out.
function deliver<T>(id: number, length: number, selection: Selection | undefined, codec: Codec<T>): Message<T> {
  const type = receivedType();
  const truncated = selection?.truncate === true && length > (selection.maxLength as number);
  const kept = truncated ? (selection?.maxLength as number) : length;
  if (selection !== undefined && receiveChannel.hasSubscribers) tellReceived(id, type, kept);
  const data = decode(id, type, kept, codec);
  return makeMessage(type, data, truncated);
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
  return makeMessage(type, data, truncated);
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
  if ((codec as unknown) === codecs.buffer) return arrivedBytes(length) as T;
  const fromText = (codec as TextCodec<T>)[decodeText];
  if (fromText !== undefined) return decodeArrivedText(id, type, length, fromText);
  return decodeBytes(id, type, arrivedBytes(length), codec);
}

function decodeArrivedText<T>(id: number, type: number | bigint, length: number, fromText: (text: string) => T): T {
  // Once only, because the bytes are the caller's from then on.
  let bytes: Buffer | undefined;
  const rawBytes = (): Buffer => {
    bytes ??= arrivedBytes(length);
    return bytes;
  };
  try {
    const text = arrivedText(length);
    requireUtf8(text, rawBytes);
    return fromText(text);
  } catch (cause) {
    throw new DecodeError(id, type, rawBytes(), cause);
  } finally {
    trimArena();
  }
}
