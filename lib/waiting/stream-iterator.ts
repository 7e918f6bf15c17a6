/** A loop over a stream of messages. */

import type { Readable } from 'node:stream';
import { lazy } from '../core/lazy';
import type { Message } from '../core/message';
import type { MessageIterator } from './iterator';

const streamPromises = lazy(() => require('node:stream/promises') as typeof import('node:stream/promises'));
const ended = { done: true, value: undefined } as const;

/**
 * Like Node's own iterator of a Readable, but it takes each message when the loop asks for it. Node's listens for
 * 'readable', so a message is taken in advance, and one that the loop leaves can only go back to the end of the queue.
 */
export class StreamIterator<T> implements AsyncIterableIterator<Message<T>> {
  readonly #stream: Readable;
  readonly #messages: MessageIterator<T>;
  readonly #destroyOnReturn: boolean;
  #over: Promise<void> | undefined;
  #returned = false;

  constructor(stream: Readable, messages: MessageIterator<T>, destroyOnReturn: boolean) {
    this.#stream = stream;
    this.#messages = messages;
    this.#destroyOnReturn = destroyOnReturn;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Message<T>, undefined>> {
    this.#watch();
    // The messages that were announced to a listener of 'readable', and not read.
    const announced: Message<T> | null = this.#stream.readableLength > 0 ? this.#stream.read() : null;
    if (announced !== null) return { done: false, value: announced };
    if (this.#returned) return ended;
    if (this.#stream.destroyed || this.#stream.readableEnded) return this.#finish();
    let result: IteratorResult<Message<T>, undefined>;
    try {
      result = await this.#messages.next();
    } catch (error) {
      this.#stream.destroy(error as Error);
      throw error;
    }
    if (result.done !== true) return result;
    if (this.#returned) return ended;
    // The queue's handle was closed, which the stream finds when it reads, or the stream was destroyed.
    this.#stream.resume();
    return this.#finish();
  }

  async return(): Promise<IteratorResult<Message<T>, undefined>> {
    this.#returned = true;
    await this.#messages.return();
    if (this.#destroyOnReturn) this.#stream.destroy();
    return ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  async throw(error: unknown): Promise<IteratorResult<Message<T>, undefined>> {
    this.#returned = true;
    await this.#messages.return();
    this.#stream.destroy(error as Error);
    throw error;
  }

  // The stream's error, or that it was closed before its end, as Node words it.
  async #finish(): Promise<{ done: true; value: undefined }> {
    await this.#over;
    return ended;
  }

  #watch(): void {
    if (this.#over !== undefined) return;
    this.#over = streamPromises().finished(this.#stream);
    const cancel = (): void => void this.#messages.return();
    this.#over.then(cancel, cancel);
  }
}
