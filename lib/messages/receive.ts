/**
 * Receiving without the event loop: one message, or many. What MessageQueue and sysvmq/syscalls share.
 *
 * Every function here is given checked arguments, and no caller's code runs between taking a message and copying it out.
 */

import { codecs, decodeText, requireUtf8, type TextCodec } from '../codecs';
import type { Codec } from '../codecs/codec';
import { INT_MAX, IPC_INFO, MSG_NOERROR } from '../core/constants';
import { publishReceived, receiveChannel } from '../core/diagnostics';
import * as errno from '../core/errno';
import { DecodeError } from '../core/errors';
import { exactType, type Message, makeMessage } from '../core/message';
import { type CallContext, errorFromErrno, statusOf } from '../kernel/error-from-errno';
import {
  arrivedBytes,
  arrivedInto,
  arrivedText,
  dropArena,
  ensureArenaRoom,
  growArena,
  receiveBatch,
  receiveIntoArena,
  trimArena,
} from '../native/arena';
import { readInfo, readMsgInfo, receivedType, WAIT_FOREVER } from '../native/calls';
import type { Handle } from './handle';
import { afterDecodeError, type OnDecodeError } from './on-decode-error';
import { type Selection, withRoomNow } from './selector';
import { sliceUntil } from './time-slices';

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
  waitMs: number,
  tries = 1,
): number {
  for (;;) {
    const room = ensureArenaRoom();
    if (room < 0) return errno.ENOMEM;
    const whole = most !== undefined && most <= room;
    // Cut at the arena's end rather than at the caller's, the message would lose bytes that were asked for.
    const cut = whole ? flags : flags & ~MSG_NOERROR;
    const result = receiveIntoArena(id, whole ? most : room, type, cut, waitMs, tries);
    if (result >= 0) return result;
    if (result === errno.EFAULT) dropArena();
    else if (result !== errno.E2BIG || whole) return result;
    else if (!growArena(() => Math.min(likelyLength(id, room), most ?? INT_MAX))) return errno.ENOMEM;
  }
}

// The message is longer than `room`, and most likely no longer than msgmax. If it is in the queue it is at most as long
// as all messages there together; else it is one that is kept (native/core/taken_messages.h).
function likelyLength(id: number, room: number): number {
  const msgmax = readInfo(IPC_INFO) >= 0 ? readMsgInfo().msgmax : 0;
  const likely = Math.min(Math.max(msgmax, room * 2), INT_MAX);
  const status = statusOf(id);
  return status === undefined || status.msg_cbytes <= room ? likely : Math.min(likely, status.msg_cbytes);
}

/** Takes the next matching message if there is one; looks so many times, and gives the processor away in between. */
export function takeMessage<T>(id: number, wanted: Selection, codec: Codec<T>, tries = 1): Message<T> | undefined {
  const selection = wanted.into === undefined ? wanted : withRoomNow(wanted, wanted.into);
  const result = receiveToArena(id, selection.type, selection.takeFlags, selection.most, WAIT_FOREVER, tries);
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
 * then takes it with it. Only an empty message is taken by the wait itself, because it fits.
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
    if (ensureArenaRoom() < 0) throw receiveError(id, errno.ENOMEM, selection);
    const result = receiveIntoArena(id, 0, selection.type, selection.flags, slice);
    if (result >= 0) return deliver(id, result, selection, codec);
    if (result !== errno.E2BIG && result !== errno.EINTR && result !== errno.ETIMEDOUT) {
      throw receiveError(id, result, selection);
    }
  }
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
export function deliver<T>(id: number, length: number, selection: Selection | undefined, codec: Codec<T>): Message<T> {
  const type = receivedType();
  const truncated = selection?.truncate === true && length > (selection.maxLength as number);
  const kept = truncated ? (selection?.maxLength as number) : length;
  if (selection !== undefined && receiveChannel.hasSubscribers) publishReceived(id, type, kept);
  const into = selection?.into;
  const data =
    into === undefined
      ? decode(id, type, kept, codec, truncated)
      : decodeBytes(id, type, arrivedInto(kept, into), codec, truncated);
  return makeMessage(type, data, truncated);
}

/** A Message of bytes that are its own. */
export function messageOfBytes<T>(
  id: number,
  type: number | bigint,
  bytes: Buffer,
  truncated: boolean,
  codec: Codec<T>,
): Message<T> {
  const data = decodeBytes(id, type, bytes, codec, truncated);
  return makeMessage(type, data, truncated);
}

function decodeBytes<T>(id: number, type: number | bigint, bytes: Buffer, codec: Codec<T>, truncated: boolean): T {
  if ((codec as unknown) === codecs.buffer) return bytes as T;
  try {
    return codec.decode(bytes, type);
  } catch (cause) {
    throw new DecodeError(id, type, bytes, cause, truncated);
  }
}

function decode<T>(id: number, type: number | bigint, length: number, codec: Codec<T>, truncated: boolean): T {
  if ((codec as unknown) === codecs.buffer) return arrivedBytes(length) as T;
  const fromText = (codec as TextCodec<T>)[decodeText];
  if (fromText !== undefined) return decodeArrivedText(id, type, length, fromText, truncated);
  return decodeBytes(id, type, arrivedBytes(length), codec, truncated);
}

function decodeArrivedText<T>(
  id: number,
  type: number | bigint,
  length: number,
  fromText: (text: string) => T,
  truncated: boolean,
): T {
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
    throw new DecodeError(id, type, rawBytes(), cause, truncated);
  } finally {
    trimArena();
  }
}

/**
 * Takes up to `max` matching messages; none: undefined. What does not decode is given to `onDecodeError`; without one its
 * error is thrown, by the next such call of the handle if this one has others to hand out. Any other error is of the first
 * message, and nothing was taken then.
 */
export function takeMessages<T>(
  handle: Handle<T>,
  selection: Selection,
  max: number,
  onDecodeError: OnDecodeError<T> | undefined,
): Message<T>[] | undefined {
  const { id, codec } = handle;
  const collected = new Collector(handle, selection, onDecodeError);
  const most = selection.most ?? -1;
  while (collected.count < max) {
    const room = max - collected.count;
    const { messages, result } = receiveBatch(id, selection.type, selection.takeFlags, most, room, messageOf);
    collected.addAll(messages);
    if (result === 0) continue;
    // E2BIG may mean that the arena has no room for the next; a single receive makes room, or knows better.
    if (result === errno.E2BIG) {
      if (messages.length > 0) continue;
      if (!takeLarge(collected, id, selection, codec)) break;
      continue;
    }
    if (result !== errno.ENOMSG && collected.count === 0) throw receiveError(id, result, selection);
    break;
  }
  return collected.result();
}

const messageOf = (type: number | bigint, bytes: Buffer): Message => makeMessage(type, bytes, false);

// False when there is nothing more to take: another was quicker, or the message is longer than wanted.
function takeLarge<T>(collected: Collector<T>, id: number, selection: Selection, codec: Codec<T>): boolean {
  try {
    const message = takeMessage(id, selection, codec);
    if (message !== undefined) collected.add(message);
    return message !== undefined;
  } catch (error) {
    if (error instanceof DecodeError) collected.onError(error);
    else if (collected.count === 0) throw error;
    return error instanceof DecodeError;
  }
}

/** Decodes what a call has taken. A message that does not decode must not lose the others. */
class Collector<T> {
  count = 0;
  #messages: Message<T>[] = [];
  readonly #errors: DecodeError[] = [];
  readonly #handle: Handle<T>;
  readonly #id: number;
  readonly #selection: Selection;
  readonly #codec: Codec<T>;
  readonly #onDecodeError: OnDecodeError<T> | undefined;
  #failure: { error: unknown } | undefined;

  constructor(handle: Handle<T>, selection: Selection, onDecodeError: OnDecodeError<T> | undefined) {
    this.#handle = handle;
    this.#id = handle.id;
    this.#selection = selection;
    this.#codec = handle.codec;
    this.#onDecodeError = onDecodeError;
  }

  addAll(messages: Message[]): void {
    if ((this.#codec as unknown) === codecs.buffer && !this.#selection.truncate && !receiveChannel.hasSubscribers) {
      this.count += messages.length;
      this.#messages = this.#messages.concat(messages as Message<T>[]);
      return;
    }
    const { truncate, maxLength } = this.#selection;
    const most = truncate ? (maxLength as number) : Number.POSITIVE_INFINITY;
    for (const message of messages) {
      const type = exactType(message);
      const bytes = message.data;
      const truncated = bytes.length > most;
      const kept = truncated ? bytes.subarray(0, most) : bytes;
      if (receiveChannel.hasSubscribers) publishReceived(this.#id, type, kept.length);
      try {
        this.add(messageOfBytes(this.#id, type, kept, truncated, this.#codec));
      } catch (error) {
        this.onError(error as DecodeError);
      }
    }
  }

  add(message: Message<T>): void {
    this.count += 1;
    this.#messages.push(message);
  }

  onError(error: DecodeError): void {
    this.count += 1;
    if (this.#onDecodeError === undefined || this.#failure !== undefined) {
      this.#errors.push(error);
      return;
    }
    try {
      const message = afterDecodeError(error, this.#onDecodeError);
      if (message !== undefined) this.#messages.push(message);
    } catch (failure) {
      // The caller's function failed: what is its error is not lost either.
      this.#failure = { error: failure };
      this.#errors.push(error);
    }
  }

  result(): Message<T>[] | undefined {
    const [first, ...others] = this.#errors;
    if (first === undefined) return this.#messages.length === 0 ? undefined : this.#messages;
    for (const other of others) first.others.push(other);
    if (this.#failure !== undefined && this.#failure.error !== first) this.#keep(first);
    const error = this.#failure === undefined ? first : this.#failure.error;
    if (this.#messages.length === 0) throw error;
    this.#keep(first);
    return this.#messages;
  }

  #keep(error: DecodeError): void {
    const kept = this.#handle.undecoded;
    if (kept === undefined) this.#handle.undecoded = error;
    else if (kept !== error) kept.others.push(error, ...error.others.splice(0));
  }
}
