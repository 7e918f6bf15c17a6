/** Sending and receiving many messages, each call crossing into native code once or a few times. */

import type { Codec } from '../types/queue';
import { MSG_NOERROR } from './constants';
import { receiveChannel, sendChannel, tellManySent, tellReceived } from './diagnostics';
import * as errno from './errno';
import { DecodeError } from './error-classes';
import { errorFromErrno } from './errors';
import type { Message } from './message';
import { BATCH_BYTES, type BatchItem, receiveBatch, sendBatch } from './native/batch';
import { typedArrayByteLength } from './native/intrinsics';
import type { Selection } from './selector';
import { messageOfBytes, mostBytes, receiveError, takeMessage, trySendPayload } from './transfer';

/** A message of this length or more goes by itself: it would not fit into a batch with its header. */
const LARGE_BYTES = BATCH_BYTES - 64;

/** Sends items from `start` on while there is room: how many went in. An error is of the first that could not. */
export function trySendItems(id: number, items: readonly BatchItem[], start: number): number {
  let index = start;
  while (index < items.length) {
    if (typedArrayByteLength((items[index] as BatchItem).bytes) >= LARGE_BYTES) {
      if (!sendAlone(id, items[index] as BatchItem, index - start)) break;
      index += 1;
      continue;
    }
    const { count, result } = sendBatch(id, items, index);
    if (sendChannel.hasSubscribers) tellManySent(id, items, index, index + count);
    index += count;
    if (result === 0) continue;
    const stopped = items[index] as BatchItem;
    // Says what a single send says: false when the queue is full, an error for what will never fit.
    if (result !== errno.EAGAIN) {
      const length = typedArrayByteLength(stopped.bytes);
      throw Object.assign(errorFromErrno('msgsnd', result, { queueId: id, messageType: stopped.type, length }), {
        sent: index - start,
      });
    }
    if (!sendAlone(id, stopped, index - start)) break;
    index += 1;
  }
  return index - start;
}

function sendAlone(id: number, { bytes, type }: BatchItem, sent: number): boolean {
  try {
    return trySendPayload(id, bytes, type);
  } catch (error) {
    throw Object.assign(error as Error, { sent });
  }
}

/** Takes up to `max` matching messages; none: undefined. An error is of the first, and nothing was taken then. */
export function takeMessages<T>(
  id: number,
  selection: Selection,
  max: number,
  codec: Codec<T>,
): Message<T>[] | undefined {
  const collected = new Collector(id, selection, codec);
  const flags = selection.flags | (selection.truncate ? MSG_NOERROR : 0);
  const most = mostBytes(selection) ?? -1;
  while (collected.count < max) {
    const { count, result } = receiveBatch(id, selection.type, flags, most, max - collected.count, collected.take);
    if (result === 0) continue;
    // E2BIG may mean that the slab has no room for the next; a single receive makes room, or knows better.
    if (result === errno.E2BIG) {
      if (count > 0) continue;
      if (!takeLarge(collected, id, selection, codec)) break;
      continue;
    }
    if (result !== errno.ENOMSG && collected.count === 0) throw receiveError(id, result, selection);
    break;
  }
  return collected.result();
}

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
  readonly #messages: Message<T>[] = [];
  readonly #errors: DecodeError[] = [];
  readonly #id: number;
  readonly #selection: Selection;
  readonly #codec: Codec<T>;

  constructor(id: number, selection: Selection, codec: Codec<T>) {
    this.#id = id;
    this.#selection = selection;
    this.#codec = codec;
  }

  readonly take = (type: number | bigint, bytes: Buffer): void => {
    const { truncate, maxLength } = this.#selection;
    const truncated = truncate && bytes.length > (maxLength as number);
    try {
      const kept = truncated ? bytes.subarray(0, maxLength) : bytes;
      if (receiveChannel.hasSubscribers) tellReceived(this.#id, type, kept.length);
      this.add(messageOfBytes(this.#id, type, kept, truncated, this.#codec));
    } catch (error) {
      this.addError(error as DecodeError);
    }
  };

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
