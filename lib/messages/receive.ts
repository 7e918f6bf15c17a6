/**
 * Receives one message or many without the event loop, for MessageQueue and sysvmq/syscalls.
 *
 * Every function here receives checked arguments, and no caller's code runs between taking a message and copying it
 * out.
 */

import { codecs, decodeText, isDoubtful, requireUtf8, type TextCodec } from '../codecs';
import type { Codec } from '../codecs/codec';
import { INT_MAX, IPC_INFO, MSG_NOERROR } from '../core/constants';
import { publishReceived, receiveChannel } from '../core/diagnostics';
import * as errno from '../core/errno';
import { DecodeError } from '../core/errors';
import { exactType, type Message, makeMessage } from '../core/message';
import { encodeText } from '../core/primordials';
import type { CallContext } from '../kernel/call-context';
import { errorFromErrno } from '../kernel/error-from-errno';
import { statusOf } from '../kernel/status-of';
import { msgrcv, readInfo, readMsgInfo, receivedType, WAIT_FOREVER } from '../native/calls';
import {
  arrivedBytes,
  arrivedInto,
  arrivedText,
  ensureInboxRoom,
  growInbox,
  receiveBatch,
  trimInbox,
} from '../native/inbox';
import type { Handle } from './handle';
import { afterDecodeError, type OnDecodeError } from './on-decode-error';
import { type Selection, selectionContext, withRoomNow } from './selector';
import { sliceUntil } from './time-slices';

/**
 * Receives a message of at most `most` bytes, or of any length: its length, or a negative errno. When a message is
 * longer than the inbox, the inbox grows until it fits, because the kernel does not report the length, which may even
 * exceed the current msgmax.
 */
export function receiveToInbox(
  id: number,
  type: number | bigint,
  flags: number,
  most: number | undefined,
  waitMs: number,
  tries = 1,
): number {
  for (;;) {
    const room = ensureInboxRoom();
    if (room < 0) return errno.ENOMEM;
    const whole = most !== undefined && most <= room;
    // Truncating at the inbox's end instead of the caller's maximum would lose bytes that the caller asked for.
    const cut = whole ? flags : flags & ~MSG_NOERROR;
    const result = msgrcv(id, whole ? most : room, type, cut, waitMs, tries);
    if (result !== errno.E2BIG || whole) return result;
    if (!growInbox(Math.min(likelyLength(id, room), most ?? INT_MAX))) return errno.ENOMEM;
  }
}

// The message is longer than `room`, and most likely at most msgmax. A message in the queue is at most as long as all
// messages there together; otherwise it is a kept one (native/core/taken_messages.h).
function likelyLength(id: number, room: number): number {
  const msgmax = readInfo(IPC_INFO) >= 0 ? readMsgInfo().msgmax : 0;
  const likely = Math.min(Math.max(msgmax, room * 2), INT_MAX);
  const status = statusOf(id);
  return status === undefined || status.msg_cbytes <= room ? likely : Math.min(likely, status.msg_cbytes);
}

/** Takes the next matching message if there is one. Tries this many times, and yields the processor in between. */
export function takeMessage<T>(id: number, wanted: Selection, codec: Codec<T>, tries = 1): Message<T> | undefined {
  const selection = wanted.into === undefined ? wanted : withRoomNow(wanted, wanted.into);
  const result = receiveToInbox(id, selection.type, selection.takeFlags, selection.most, WAIT_FOREVER, tries);
  if (result >= 0) return deliver(id, result, selection, codec);
  if (result !== errno.ENOMSG) throw receiveError(id, result, selection);
  // Another receiver may have taken the message for which the inbox has grown.
  trimInbox();
  return undefined;
}

/**
 * Takes the next matching message, and blocks the thread until there is one. Returns undefined at the deadline.
 *
 * It waits in msgrcv with a size of 0: the call fails with E2BIG when a message is there, and a second call takes the
 * message. An ordinary wait receives the message within the sender's call, and a process that dies at that moment loses
 * it. The wait itself takes only an empty message, because that fits.
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
    if (ensureInboxRoom() < 0) throw receiveError(id, errno.ENOMEM, selection);
    const result = msgrcv(id, 0, selection.type, selection.flags, slice);
    if (result >= 0) return deliver(id, result, selection, codec);
    if (result !== errno.E2BIG && result !== errno.EINTR && result !== errno.ETIMEDOUT) {
      throw receiveError(id, result, selection);
    }
  }
}

/** The error of a failed msgrcv. Releases a large inbox. */
export function receiveError(id: number, result: number, selection: Selection): Error {
  trimInbox();
  const context: CallContext = { queueId: id, ...selectionContext(selection) };
  if (selection.maxLength !== undefined) context.maxLength = selection.maxLength;
  if (selection.limitedByInto) context.limitedByInto = true;
  return errorFromErrno('msgrcv', result, context);
}

// Creates a Message from the `length` bytes that have arrived. The codec, which may be a caller's, runs last, when all
// bytes are copied out.
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

/** Creates a Message from bytes that it owns. */
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
  const text = arrivedText(length);
  // The bytes are copied out before a caller's code, a schema say, can receive another message.
  const bytes = isDoubtful(text) ? arrivedBytes(length) : undefined;
  trimInbox();
  try {
    if (bytes !== undefined) requireUtf8(bytes);
    return fromText(text);
  } catch (cause) {
    throw new DecodeError(id, type, bytes ?? encodeText(text), cause, truncated);
  }
}

/**
 * Takes up to `max` matching messages; undefined when there is none. A message that does not decode goes to
 * `onDecodeError`. Without one this call throws its error, or, if it has other messages to return, the handle's next
 * such call does. Any other error concerns the first message, and nothing was taken.
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
    // E2BIG may mean that the inbox has no room for the next message; a single receive makes room, or finds the cause.
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

// False when there is nothing more to take: another receiver took the message, or it is longer than wanted.
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

/** Decodes the messages that a call has taken. One that does not decode must not lose the others. */
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
      // The caller's function failed, but the decode error must not be lost either.
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
