/** send and its neighbours: tried at once, and put in line when there is no room. */

import type { MessageToSend, SendAsyncOptions, Sendable, WaitOptions } from '../../types/queue';
import { type ToldWait, tellWaitEnd, tellWaitStart } from '../diagnostics';
import { TimeoutError } from '../error-classes';
import { type AnyHandle, encode, type Handle, openId, typeOf } from '../handle';
import { copyBytes, encodeText } from '../native/intrinsics';
import { Staging } from '../native/staging';
import { checkNowait, checkObject, checkOptions, invalidType } from '../options';
import { queueFull, trySendPayload } from '../transfer';
import { trySendStaged } from '../transfer-many';
import { checkPatience, endless, type Patience, watchPatience } from './give-up';
import type { GivenUp } from './handle-waits';
import { sendInLine, sendsAreWaiting } from './send-line';
import { nextTurn, turnIsFull } from './turns';

const noOptions: SendAsyncOptions = {};

// Not an async function, which would cost a third of a send that finds room: the promises are made by hand.
/** MessageQueue.send. */
export function sendOne<T>(handle: Handle<T>, data: Sendable<T>, options: SendAsyncOptions | undefined): Promise<void> {
  try {
    const { type, nowait, timeout, signal } = options === undefined ? noOptions : checkObject(options, 'options');
    const checkedType = typeOf(handle, type);
    const checkedNowait = checkNowait(nowait);
    const patience = options === undefined ? endless : checkPatience(timeout, signal, 'msgsnd', handle.id);
    const payload = encode(handle, data);
    const id = openId(handle);
    if (!sendsAreWaiting(id) && trySendPayload(id, payload, checkedType)) {
      return turnIsFull() ? nextTurn() : Promise.resolve();
    }
    if (checkedNowait) throw queueFull(id, payload, checkedType);
    if (patience.timeout === 0) throw new TimeoutError('msgsnd', id, 0);
    return waitForRoom(handle, { type: checkedType, bytes: copyOf(payload) }, patience);
  } catch (error) {
    return Promise.reject(error);
  }
}

function waitForRoom(handle: AnyHandle, item: Item, patience: Patience): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    const settle = (error: Error | undefined): void => (error === undefined ? resolve() : reject(error));
    new WaitingSends(handle, [item], patience, settle);
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
  const { timeout, signal } = checkOptions(options) ?? noOptions;
  const patience = checkPatience(timeout, signal, 'msgsnd', handle.id);
  const staging = new Staging();
  try {
    stageAll(handle, messages, staging);
    const id = openId(handle);
    const sent = sendsAreWaiting(id) ? 0 : trySendStaged(id, staging);
    if (sent === staging.count) return turnIsFull(sent) ? nextTurn().then(() => sent) : sent;
    if (patience.timeout === 0) throw Object.assign(new TimeoutError('msgsnd', id, 0), { sent });
    return waitForAll(handle, itemsLeft(staging), patience, sent);
  } finally {
    staging.release();
  }
}

function waitForAll(handle: AnyHandle, items: Item[], patience: Patience, sent: number): Promise<number> {
  return new Promise<number>((resolve, reject) => {
    new WaitingSends(handle, items, patience, (error, more) => {
      if (error === undefined) resolve(sent + items.length);
      else reject(Object.assign(error, { sent: sent + more }));
    });
  });
}

function stageAll<T>(handle: Handle<T>, messages: Iterable<MessageToSend<T>>, staging: Staging): void {
  if (typeof messages !== 'object' || messages === null || typeof messages[Symbol.iterator] !== 'function') {
    throw invalidType('messages', 'an iterable of { data, type }', messages);
  }
  for (const message of messages) {
    const { data, type } = checkObject(message, 'messages[…]');
    const checkedType = typeOf(handle, type);
    staging.add(checkedType, encode(handle, data));
  }
}

/** A message that waits for room, with bytes of its own. */
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

/** Messages of one call that wait for room, in order. Settled when what became of each is known. */
class WaitingSends implements GivenUp {
  readonly #handle: AnyHandle;
  readonly #settle: (error: Error | undefined, sent: number) => void;
  readonly #unwatch: () => void;
  readonly #givers: ((reason: Error) => void)[];
  readonly #told: ToldWait | undefined;
  #left: number;
  #sent = 0;
  #error: Error | undefined;

  constructor(
    handle: AnyHandle,
    items: readonly Item[],
    patience: Patience,
    settle: (error: Error | undefined, sent: number) => void,
  ) {
    this.#handle = handle;
    this.#settle = settle;
    this.#left = items.length;
    this.#told = tellWaitStart(handle.id, 'send');
    this.#unwatch = watchPatience(patience, 'msgsnd', handle.id, (reason) => this.giveUp(reason));
    handle.waits.add(this);
    this.#givers = [];
    for (const { type, bytes } of items) {
      if (this.#error !== undefined) {
        this.#onSettled(this.#error);
        continue;
      }
      const settle = (error: Error | undefined): void => this.#onSettled(error);
      this.#givers.push(sendInLine(handle.id, { type, payload: bytes, spin: handle.spin, settle }));
    }
  }

  // The last first, so that none of them slips into the place of one before it.
  giveUp(reason: Error): void {
    for (const giveUp of this.#givers.splice(0).reverse()) giveUp(reason);
  }

  #onSettled(error: Error | undefined): void {
    this.#left -= 1;
    if (error === undefined) {
      this.#sent += 1;
    } else if (this.#error === undefined) {
      this.#error = error;
      this.giveUp(error); // What follows must not arrive without it.
    }
    if (this.#left > 0) return;
    this.#unwatch();
    tellWaitEnd(this.#told);
    this.#handle.waits.delete(this);
    this.#settle(this.#error, this.#sent);
  }
}
