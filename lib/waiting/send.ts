/** send and its neighbours: tried at once, and put in line when there is no room. */

import type { MessageToSend, SendAsyncOptions, Sendable, WaitOptions } from '../../types/queue';
import { type ToldWait, tellWaitEnd, tellWaitStart } from '../diagnostics';
import { TimeoutError } from '../error-classes';
import { type AnyHandle, encode, type Handle, openId, typeOf } from '../handle';
import type { BatchItem } from '../native/batch';
import { copyBytes, encodeText } from '../native/intrinsics';
import { checkNowait, checkObject, checkOptions, invalidType } from '../options';
import { queueFull, trySendPayload } from '../transfer';
import { trySendItems } from '../transfer-many';
import { checkPatience, type Patience, watchPatience } from './give-up';
import type { GivenUp } from './handle-waits';
import { sendInLine, sendsAreWaiting } from './send-line';
import { nextTurn, turnIsFull } from './turns';

/** MessageQueue.send. */
export async function sendOne<T>(
  handle: Handle<T>,
  data: Sendable<T>,
  options: SendAsyncOptions | undefined,
): Promise<void> {
  const { type, nowait, timeout, signal } = checkOptions(options) ?? {};
  const checkedType = typeOf(handle, type);
  const checkedNowait = checkNowait(nowait);
  const patience = checkPatience(timeout, signal, 'msgsnd', handle.id);
  const payload = encode(handle, data);
  const id = openId(handle);
  if (!sendsAreWaiting(id) && trySendPayload(id, payload, checkedType)) return turnIsFull() ? nextTurn() : undefined;
  if (checkedNowait) throw queueFull(id, payload, checkedType);
  if (patience.timeout === 0) throw new TimeoutError('msgsnd', id, 0);
  return new Promise<void>((resolve, reject) => {
    const settle = (error: Error | undefined): void => (error === undefined ? resolve() : reject(error));
    new WaitingSends(handle, [{ type: checkedType, bytes: copyOf(payload) }], patience, settle);
  });
}

/** MessageQueue.trySendMany. */
export function trySendManyNow<T>(handle: Handle<T>, messages: Iterable<MessageToSend<T>>): number {
  const items = itemsOf(handle, messages);
  const id = openId(handle);
  return sendsAreWaiting(id) ? 0 : trySendItems(id, items, 0);
}

/** MessageQueue.sendMany. */
export async function sendAll<T>(
  handle: Handle<T>,
  messages: Iterable<MessageToSend<T>>,
  options: WaitOptions | undefined,
): Promise<number> {
  const { timeout, signal } = checkOptions(options) ?? {};
  const patience = checkPatience(timeout, signal, 'msgsnd', handle.id);
  const items = itemsOf(handle, messages);
  const id = openId(handle);
  const sent = sendsAreWaiting(id) ? 0 : trySendItems(id, items, 0);
  if (sent === items.length) {
    if (turnIsFull(sent)) await nextTurn();
    return sent;
  }
  if (patience.timeout === 0) throw Object.assign(new TimeoutError('msgsnd', id, 0), { sent });
  return new Promise<number>((resolve, reject) => {
    new WaitingSends(handle, items.slice(sent), patience, (error, more) => {
      if (error === undefined) resolve(items.length);
      else reject(Object.assign(error, { sent: sent + more }));
    });
  });
}

function itemsOf<T>(handle: Handle<T>, messages: Iterable<MessageToSend<T>>): BatchItem[] {
  if (typeof messages !== 'object' || messages === null || typeof messages[Symbol.iterator] !== 'function') {
    throw invalidType('messages', 'an iterable of { data, type }', messages);
  }
  const items: BatchItem[] = [];
  for (const message of messages) {
    const { data, type } = checkObject(message, 'messages[…]');
    const checkedType = typeOf(handle, type);
    const payload = encode(handle, data);
    // A caller's next value may be made in the memory of this one.
    items.push({ type: checkedType, bytes: copyOf(payload) });
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
    items: readonly BatchItem[],
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
      this.#givers.push(sendInLine(handle.id, { type, payload: bytes, settle: (error) => this.#onSettled(error) }));
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
