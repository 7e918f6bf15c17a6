/** One pending receive: it is in a line, its cancellation watches it, and its handle counts it. */

import { AsyncResource } from 'node:async_hooks';
import { debug, isDebugging } from '../core/debug';
import { type PublishedWait, publishWaitEnd, publishWaitStart } from '../core/diagnostics';
import { queueName } from '../core/known-queues';
import type { Cancelable, HandleWaits } from '../messages/handle-waits';
import { type Selection, selectorWords } from '../messages/selector';
import { type Cancellation, watchCancellation } from './cancellation';
import { type PendingReceive, type ReceiverList, receiverList } from './receivers';

/** The wish of a receive: one message, or several. */
export interface Wanted<R> {
  /** Takes the available messages; undefined when none matches. It may try this many times. */
  take(tries?: number): R | undefined;
}

/** The callbacks for the result. Exactly one of the two is called, once, on the event loop. */
interface Settle<R> {
  resolve(value: R): void;
  reject(error: unknown): void;
}

/** The owner of the receive. */
interface Receiver {
  id: number;
  spin: number;
  waits: HandleWaits;
}

/**
 * It has the async context of the call: the codec, subscribers and stream run in it, whatever context the event loop
 * has when the message comes.
 */
class Pending<R> extends AsyncResource implements PendingReceive, Cancelable {
  readonly spin: number;
  readonly #receiver: Receiver;
  readonly #line: ReceiverList;
  readonly #wanted: Wanted<R>;
  readonly #settle: Settle<R>;
  readonly #unwatch: () => void;
  readonly #told: PublishedWait | undefined;
  #taking = false;
  #settled = false;

  constructor(
    receiver: Receiver,
    selection: Selection,
    cancellation: Cancellation,
    wanted: Wanted<R>,
    settle: Settle<R>,
  ) {
    super('SYSVMQ_RECEIVE');
    this.spin = receiver.spin;
    this.#receiver = receiver;
    this.#line = receiverList(receiver.id, selection);
    this.#wanted = wanted;
    this.#settle = settle;
    // First, because it may throw.
    receiver.waits.add(this);
    this.#told = publishWaitStart(receiver.id, 'receive');
    this.#unwatch = watchCancellation(cancellation, 'msgrcv', receiver.id, this);
    if (isDebugging)
      debug('%s: a receive of %s waits', queueName(receiver.id), selectorWords(selection.type, selection.flags));
    this.#line.add(this);
  }

  get taking(): boolean {
    return this.#taking;
  }

  take(tries: number): boolean {
    return this.runInAsyncScope(this.#take, this, tries);
  }

  // A codec runs here once the message is taken. If it closes the queue or aborts the signal, that is too late for this
  // receive.
  #take(tries: number): boolean {
    if (this.#settled) return true;
    let value: R | undefined;
    this.#taking = true;
    try {
      value = this.#wanted.take(tries);
    } catch (error) {
      this.#end();
      this.#settle.reject(error);
      return true;
    } finally {
      this.#taking = false;
    }
    if (value === undefined) return false;
    this.#end();
    this.#settle.resolve(value);
    return true;
  }

  fail(error: Error): void {
    if (this.#taking || this.#settled) return;
    if (isDebugging) debug('%s: a receive ends: %s', queueName(this.#receiver.id), error.message);
    this.#end();
    this.runInAsyncScope(this.#settle.reject, this.#settle, error);
  }

  cancel(reason: Error): void {
    if (this.#taking || this.#settled) return;
    this.#line.remove(this);
    this.fail(reason);
  }

  inContext<T>(call: () => T): T {
    return this.runInAsyncScope(call);
  }

  #end(): void {
    this.#settled = true;
    publishWaitEnd(this.#told);
    this.#unwatch();
    this.#receiver.waits.delete(this);
  }
}

/** Joins the line, and returns a function that cancels the wait. */
export function enqueueReceive<R>(
  receiver: Receiver,
  selection: Selection,
  cancellation: Cancellation,
  wanted: Wanted<R>,
  settle: Settle<R>,
): Cancelable {
  return new Pending(receiver, selection, cancellation, wanted, settle);
}
