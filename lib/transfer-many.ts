/** Sending and receiving many messages, each call crossing into native code once or a few times. */

import type { Codec } from '../types/queue';
import { codecs } from './codecs';
import { receiveChannel, sendChannel, tellReceived, tellSent } from './diagnostics';
import * as errno from './errno';
import { DecodeError } from './error-classes';
import { errorFromErrno } from './errors';
import { exactType, type Message, makeMessage } from './message';
import { receiveBatch } from './native/arena';
import { typedArrayByteLength } from './native/intrinsics';
import type { Staging } from './native/staging';
import type { Selection } from './selector';
import { messageOfBytes, receiveError, takeMessage, trySendPayload } from './transfer';

/** Sends staged messages while there is room: how many went in. An error is of the first that could not. */
export function trySendStaged(id: number, staging: Staging): number {
  while (staging.index < staging.count) {
    const onSent = sendChannel.hasSubscribers ? tellSent.bind(undefined, id) : undefined;
    const { count, result } = staging.send(id, onSent);
    if (result !== 0 && result !== errno.EAGAIN) {
      const { type, bytes } = staging.next();
      const context = { queueId: id, messageType: type, length: typedArrayByteLength(bytes) };
      throw Object.assign(errorFromErrno('msgsnd', result, context), { sent: staging.index });
    }
    if (result === 0 && count > 0) continue;
    // Too long to go with others; or there is no room, and a single send says whether there ever will be.
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

/** Takes up to `max` matching messages; none: undefined. An error is of the first, and nothing was taken then. */
export function takeMessages<T>(
  id: number,
  selection: Selection,
  max: number,
  codec: Codec<T>,
): Message<T>[] | undefined {
  const collected = new Collector(id, selection, codec);
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

// False when there is nothing more to be had: another was quicker, or the message is longer than wanted.
function takeLarge<T>(collected: Collector<T>, id: number, selection: Selection, codec: Codec<T>): boolean {
  try {
    const message = takeMessage(id, selection, codec);
    if (message !== undefined) collected.add(message);
    return message !== undefined;
  } catch (error) {
    if (error instanceof DecodeError) collected.addError(error);
    else if (collected.count === 0) throw error;
    return error instanceof DecodeError;
  }
}

/** Decodes what a call has taken. A message that does not decode must not take the others along. */
class Collector<T> {
  count = 0;
  #messages: Message<T>[] = [];
  readonly #errors: DecodeError[] = [];
  readonly #id: number;
  readonly #selection: Selection;
  readonly #codec: Codec<T>;

  constructor(id: number, selection: Selection, codec: Codec<T>) {
    this.#id = id;
    this.#selection = selection;
    this.#codec = codec;
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
      if (receiveChannel.hasSubscribers) tellReceived(this.#id, type, kept.length);
      try {
        this.add(messageOfBytes(this.#id, type, kept, truncated, this.#codec));
      } catch (error) {
        this.addError(error as DecodeError);
      }
    }
  }

  add(message: Message<T>): void {
    this.count += 1;
    this.#messages.push(message);
  }

  addError(error: DecodeError): void {
    this.count += 1;
    this.#errors.push(error);
  }

  result(): Message<T>[] | undefined {
    const [first, ...others] = this.#errors;
    if (first === undefined) return this.count === 0 ? undefined : this.#messages;
    for (const message of this.#messages) first.messages.push(message);
    for (const other of others) first.others.push(other);
    throw first;
  }
}
