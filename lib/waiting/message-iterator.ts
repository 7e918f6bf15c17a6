/** messages(): an iterator that takes each message when it is asked for one. */

import type { MessagesOptions } from '../../types/queue';
import { QueueClosedError } from '../error-classes';
import { type Handle, openId } from '../handle';
import type { Message } from '../message';
import { checkSelect, type Selection } from '../selector';
import { takeMessage } from '../transfer';
import { checkPatience, type Patience } from './give-up';
import type { GivenUp } from './handle-waits';
import { waitInLine } from './pending-receive';
import { oneMessage } from './receive';
import { receivesAreWaiting } from './receive-line';
import { nextTurn, turnIsFull } from './turns';

const ended = { done: true, value: undefined } as const;

/**
 * Not an async generator: its return() would wait for the message that a pending next() waits for. Here it gives that
 * wait up, and next() says that the iteration is done.
 */
export class MessageIterator<T> implements AsyncIterableIterator<Message<T>> {
  readonly #handle: Handle<T>;
  readonly #selection: Selection;
  readonly #patience: Patience;
  readonly #waiting = new Set<GivenUp>();
  #done = false;

  constructor(handle: Handle<T>, selection: Selection, patience: Patience) {
    this.#handle = handle;
    this.#selection = selection;
    this.#patience = patience;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Message<T>, undefined>> {
    if (turnIsFull()) return nextTurn().then(() => this.#takeOrWait());
    return this.#takeOrWait();
  }

  #takeOrWait(): Promise<IteratorResult<Message<T>, undefined>> {
    const handle = this.#handle;
    if (this.#done || handle.closed) return Promise.resolve(this.#end());
    try {
      const { signal } = this.#patience;
      if (signal?.aborted) checkPatience(undefined, signal, 'msgrcv', handle.id);
      if (!receivesAreWaiting(handle.id, this.#selection)) {
        const value = takeMessage(handle.id, this.#selection, handle.codec);
        if (value !== undefined) return Promise.resolve({ done: false, value });
      }
      return this.#wait();
    } catch (error) {
      this.#end();
      return Promise.reject(error);
    }
  }

  #wait(): Promise<IteratorResult<Message<T>, undefined>> {
    return new Promise((resolve, reject) => {
      const wanted = oneMessage(this.#handle, this.#selection);
      const wait = waitInLine(this.#handle, this.#selection, this.#patience, wanted, {
        resolve: (value) => {
          this.#waiting.delete(wait);
          resolve({ done: false, value });
        },
        reject: (error) => {
          this.#waiting.delete(wait);
          this.#end();
          if (error === givenUpByReturn || error instanceof QueueClosedError) resolve(ended);
          else reject(error);
        },
      });
      this.#waiting.add(wait);
    });
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
    for (const wait of this.#waiting) wait.giveUp(givenUpByReturn);
    return ended;
  }
}

/** MessageQueue.messages. */
export function messagesOf<T>(handle: Handle<T>, options: MessagesOptions | undefined): MessageIterator<T> {
  const selection = checkSelect(options);
  const patience = checkPatience(undefined, options?.signal, 'msgrcv', handle.id);
  openId(handle);
  return new MessageIterator(handle, selection, patience);
}

/** Told apart by identity; nobody sees it. */
const givenUpByReturn = new Error('return');
