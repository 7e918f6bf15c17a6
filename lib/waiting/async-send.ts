/** send, sendMany and trySendMany: they try at once, and join the line when there is no room. */

import { AsyncResource } from 'node:async_hooks';
import type { Sendable } from '../codecs/codec';
import { invalidType } from '../core/argument-errors';
import { type PublishedWait, publishWaitEnd, publishWaitStart } from '../core/diagnostics';
import { TimeoutError, withSentCount } from '../core/errors';
import { copyBytes, encodeText } from '../core/primordials';
import { type AnyHandle, encode, type Handle, openId } from '../messages/handle';
import type { Cancelable } from '../messages/handle-waits';
import {
  lengthOf,
  queueFull,
  requireSendable,
  sendError,
  tooManyPendingSends,
  trySendPayload,
  trySendStaged,
} from '../messages/send';
import {
  checkMessageToSend,
  checkSendOptions,
  type MessageToSend,
  type SendAsyncOptions,
} from '../messages/send-options';
import type { WaitOptions } from '../messages/wait-options';
import { Staging } from '../native/staging';
import { rejectionOf } from './caller-frames';
import { type Cancellation, requireNotAborted, watchCancellation } from './cancellation';
import { nextTurn, spendTurn } from './fairness';
import { enqueueSend, sendsAreWaiting } from './senders';

// Not an async function, which would add a third to the cost of a send that finds room: the code creates the promises
// itself.
/** MessageQueue.send. */
export function sendOne<T>(handle: Handle<T>, data: Sendable<T>, options: SendAsyncOptions | undefined): Promise<void> {
  try {
    const plan = checkSendOptions(handle, options, 'send');
    const { type } = plan;
    requireNotAborted(plan.signal, 'msgsnd', handle.id);
    const payload = encode(handle, data, type);
    const id = openId(handle);
    if (!sendsAreWaiting(id) && trySendPayload(id, payload, type)) {
      return spendTurn() ? nextTurn() : Promise.resolve();
    }
    if (plan.nowait) throw queueFull(id, payload, type);
    if (plan.timeout === 0) throw new TimeoutError('msgsnd', id, 0);
    requireSendable(id, type, payload);
    requirePlaces(handle, 1, type, lengthOf(payload));
    return waitForRoom(handle, { type, bytes: copyOf(payload) }, plan);
  } catch (error) {
    return Promise.reject(error);
  }
}

function waitForRoom(handle: AnyHandle, item: Item, cancellation: Cancellation): Promise<void> {
  return new Promise<void>((resolve) => {
    const settle = (error: Error | undefined): void => resolve(error === undefined ? undefined : rejectionOf(error));
    new WaitingSends(handle, [item], cancellation, settle);
  });
}

/** MessageQueue.trySendMany. */
export function trySendManyNow<T>(handle: Handle<T>, messages: Iterable<MessageToSend<T>>): number {
  const staging = new Staging();
  try {
    stageAll(handle, messages, staging);
    const id = openId(handle);
    return sendsAreWaiting(id) ? 0 : trySendStaged(id, staging);
  } finally {
    staging.release();
  }
}

/** MessageQueue.sendMany. */
export async function sendAll<T>(
  handle: Handle<T>,
  messages: Iterable<MessageToSend<T>>,
  options: WaitOptions | undefined,
): Promise<number> {
  const plan = checkSendOptions(handle, options, 'sendMany');
  requireNotAborted(plan.signal, 'msgsnd', handle.id);
  const staging = new Staging();
  try {
    stageAll(handle, messages, staging);
    const id = openId(handle);
    const sent = sendsAreWaiting(id) ? 0 : trySendStaged(id, staging);
    if (sent === staging.count) return spendTurn(sent) ? nextTurn().then(() => sent) : sent;
    if (plan.timeout === 0) throw withSentCount(new TimeoutError('msgsnd', id, 0), sent, staging.count);
    const items = itemsLeft(staging);
    try {
      const { type, bytes } = items[0] as Item;
      requirePlaces(handle, items.length, type, bytes.length);
    } catch (error) {
      throw withSentCount(error as Error, sent, staging.count);
    }
    return waitForAll(handle, items, plan, sent);
  } finally {
    staging.release();
  }
}

function waitForAll(handle: AnyHandle, items: Item[], cancellation: Cancellation, sent: number): Promise<number> {
  return new Promise<number>((resolve) => {
    new WaitingSends(handle, items, cancellation, (error, more) => {
      if (error === undefined) resolve(sent + items.length);
      else resolve(rejectionOf(withSentCount(error, sent + more, sent + items.length)));
    });
  });
}

function stageAll<T>(handle: Handle<T>, messages: Iterable<MessageToSend<T>>, staging: Staging): void {
  if (typeof messages !== 'object' || messages === null || typeof messages[Symbol.iterator] !== 'function') {
    const isAsync = typeof (messages as object | null)?.[Symbol.asyncIterator as never] === 'function';
    const hint = isAsync ? 'An async iterable goes through a stream: pipeline(iterable, queue.writable()).' : undefined;
    throw invalidType('messages', 'an iterable of { data, type }', messages, hint);
  }
  for (const message of messages) {
    const { data, type } = checkMessageToSend(handle, message);
    const payload = encode(handle, data, type);
    const result = staging.add(type, payload);
    if (result !== 0) throw sendError(handle.id, type, lengthOf(payload), result);
  }
}

// A program that sends faster than others receive would otherwise keep all its messages in memory.
function requirePlaces(handle: AnyHandle, wanted: number, type: number | bigint, length: number): void {
  const { id, pendingSends, maxPendingSends } = handle;
  if (pendingSends + wanted > maxPendingSends)
    throw tooManyPendingSends(id, type, length, pendingSends, wanted, maxPendingSends);
}

/** A message that waits for room, with its own copy of the bytes. */
interface Item {
  type: number | bigint;
  bytes: Uint8Array;
}

function itemsLeft(staging: Staging): Item[] {
  const items: Item[] = [];
  for (; staging.index < staging.count; staging.skip()) {
    const { type, bytes } = staging.next();
    items.push({ type, bytes: copyBytes(bytes) });
  }
  return items;
}

function copyOf(payload: string | Uint8Array): Buffer {
  return typeof payload === 'string' ? encodeText(payload) : copyBytes(payload);
}

/** The messages of one call that wait for room, in order. Settles when the outcome of each is known. */
class WaitingSends extends AsyncResource implements Cancelable {
  readonly #handle: AnyHandle;
  readonly #settle: (error: Error | undefined, sent: number) => void;
  readonly #unwatch: () => void;
  readonly #givers: ((reason: Error) => void)[];
  readonly #told: PublishedWait | undefined;
  #left: number;
  #sent = 0;
  #settled = false;
  #error: Error | undefined;

  constructor(
    handle: AnyHandle,
    items: readonly Item[],
    cancellation: Cancellation,
    settle: (error: Error | undefined, sent: number) => void,
  ) {
    super('SYSVMQ_SEND');
    this.#handle = handle;
    this.#settle = settle;
    this.#left = items.length;
    // First, because it may throw.
    handle.waits.add(this);
    this.#told = publishWaitStart(handle.id, 'send');
    this.#unwatch = watchCancellation(cancellation, 'msgsnd', handle.id, this);
    handle.pendingSends += items.length;
    this.#givers = [];
    for (const { type, bytes } of items) {
      if (this.#error !== undefined) {
        this.#onSettled(this.#error);
        continue;
      }
      const settle = (error: Error | undefined): void => this.runInAsyncScope(this.#onSettled, this, error);
      const { inContext } = this;
      this.#givers.push(enqueueSend(handle.id, { type, payload: bytes, spin: handle.spin, settle, inContext }));
    }
  }

  readonly inContext = <R>(call: () => R): R => this.runInAsyncScope(call);

  // Cancels the last message first, so that none takes the place of an earlier one.
  cancel(reason: Error): void {
    for (const cancel of this.#givers.splice(0).reverse()) cancel(reason);
  }

  #onSettled(error: Error | undefined): void {
    this.#left -= 1;
    this.#handle.pendingSends -= 1;
    if (error === undefined) {
      this.#sent += 1;
    } else if (this.#error === undefined) {
      this.#error = error;
      this.cancel(error); // Later messages must not arrive without this one.
    }
    // By now the cancellation of the later messages has passed through here.
    if (this.#left > 0 || this.#settled) return;
    this.#settled = true;
    this.#unwatch();
    publishWaitEnd(this.#told);
    this.#handle.waits.delete(this);
    this.#settle(this.#error, this.#sent);
  }
}
