/** messages(): an iterator that takes each message on request. */

import { DecodeError, QueueClosedError } from '../core/errors';
import type { Message } from '../core/message';
import { takeDecoded } from '../messages/decode-errors';
import { type Handle, openId } from '../messages/handle';
import type { Cancelable } from '../messages/handle-waits';
import type { OnDecodeError } from '../messages/on-decode-error';
import { checkReceiveOptions, type MessagesOptions } from '../messages/receive-options';
import type { Selection } from '../messages/selector';
import { oneMessage } from './async-receive';
import { rejectionOf } from './caller-frames';
import { type Cancellation, requireNotAborted } from './cancellation';
import { deferReceive, serveDeferred } from './deferred-receives';
import { spendTurn } from './fairness';
import { enqueueReceive } from './pending-receive';
import { receivesAreWaiting } from './receivers';

const ended = { done: true, value: undefined } as const;

/**
 * Not an async generator: its return() would wait for the message of a pending next(). Here return() cancels that wait,
 * and next() reports the end of the iteration.
 */
export class MessageIterator<T> implements AsyncIterableIterator<Message<T>> {
  readonly #handle: Handle<T>;
  readonly #selection: Selection;
  readonly #cancellation: Cancellation;
  readonly #onDecodeError: OnDecodeError<T> | undefined;
  readonly #waiting = new Set<Cancelable>();
  #done = false;

  constructor(handle: Handle<T>, selection: Selection, cancellation: Cancellation, onDecodeError?: OnDecodeError<T>) {
    this.#handle = handle;
    this.#selection = selection;
    this.#cancellation = cancellation;
    this.#onDecodeError = onDecodeError;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Message<T>, undefined>> {
    const { id } = this.#handle;
    if (spendTurn()) return new Promise((resolve) => deferReceive(id, () => resolve(this.#takeOrWait())));
    serveDeferred(id);
    return this.#takeOrWait();
  }

  #takeOrWait(): Promise<IteratorResult<Message<T>, undefined>> {
    const handle = this.#handle;
    if (this.#done || handle.closed) return Promise.resolve(this.#end());
    try {
      requireNotAborted(this.#cancellation.signal, 'msgrcv', handle.id);
      if (!receivesAreWaiting(handle.id, this.#selection)) {
        const value = takeDecoded(handle, this.#selection, this.#onDecodeError);
        if (value !== undefined) return Promise.resolve({ done: false, value });
      }
      return this.#wait();
    } catch (error) {
      this.#endUnlessUndecodable(error);
      return Promise.reject(error);
    }
  }

  #wait(): Promise<IteratorResult<Message<T>, undefined>> {
    return new Promise((resolve) => {
      const wanted = oneMessage(this.#handle, this.#selection, this.#onDecodeError);
      const wait = enqueueReceive(this.#handle, this.#selection, this.#cancellation, wanted, {
        resolve: (value) => {
          this.#waiting.delete(wait);
          resolve({ done: false, value });
        },
        reject: (error) => {
          this.#waiting.delete(wait);
          this.#endUnlessUndecodable(error);
          if (error === canceledByReturn || error instanceof QueueClosedError) resolve(ended);
          else resolve(rejectionOf(error));
        },
      });
      this.#waiting.add(wait);
    });
  }

  // The loop can still ask for the messages after one that does not decode.
  #endUnlessUndecodable(error: unknown): void {
    if (!(error instanceof DecodeError)) this.#end();
  }

  async return(): Promise<IteratorResult<Message<T>, undefined>> {
    return this.#end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end();
  }

  async throw(error: unknown): Promise<IteratorResult<Message<T>, undefined>> {
    this.#end();
    throw error;
  }

  #end(): { done: true; value: undefined } {
    this.#done = true;
    for (const wait of this.#waiting) wait.cancel(canceledByReturn);
    return ended;
  }
}

/** MessageQueue.messages. */
export function messagesOf<T>(handle: Handle<T>, options: MessagesOptions<T> | undefined): MessageIterator<T> {
  const plan = checkReceiveOptions(options as MessagesOptions<never>, 'messages');
  requireNotAborted(plan.signal, 'msgrcv', handle.id);
  openId(handle);
  return new MessageIterator(handle, plan.selection, plan, plan.onDecodeError);
}

/** Recognized by identity; no caller sees it. */
const canceledByReturn = new Error('return');
