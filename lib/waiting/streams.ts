/** Queues as streams. Both are in object mode. */

import { Readable, Writable } from 'node:stream';
import type { MessagesOptions, Sendable, WritableQueueOptions } from '../../types/queue';
import { codecs } from '../codecs';
import * as errno from '../core/errno';
import { QueueClosedError, QueueRemovedError } from '../core/errors';
import type { Message } from '../core/message';
import { copyBytes } from '../core/primordials';
import { throwLater } from '../core/throw-later';
import { errorFromErrno } from '../kernel/error-from-errno';
import { type Handle, openId } from '../messages/handle';
import type { Cancelable } from '../messages/handle-waits';
import { messageOfBytes } from '../messages/receive';
import { checkReceiveOptions } from '../messages/receive-options';
import type { Selection } from '../messages/selector';
import { checkSendOptions } from '../messages/send-options';
import { oneMessage, takeIfFirst } from './async-receive';
import { sendOne } from './async-send';
import { type Cancellation, endless, requireNotAborted, watchCancellation } from './cancellation';
import { spendTurn } from './fairness';
import { MessageIterator } from './iterator';
import { enqueueReceive, type Wanted } from './pending-receive';
import { sendBack } from './senders';
import { StreamIterator } from './stream-iterator';

/**
 * A Readable of the messages that match. It takes a message when its reader wants one. A reader that listens for
 * 'readable' wants one before it reads it: if the stream is destroyed then, that goes back. A loop over the stream takes
 * each message itself, when it asks for it.
 */
class QueueReadable<T> extends Readable {
  readonly #handle: Handle<T>;
  readonly #selection: Selection;
  readonly #wanted: Wanted<Message<Buffer>>;
  readonly #unwatch: () => void;
  #wait: Cancelable | undefined;
  #deferred = false;
  /** The latest messages, among them all that nobody has read, as they came. */
  #latest: Message<Buffer>[] = [];

  constructor(handle: Handle<T>, selection: Selection, cancellation: Cancellation) {
    // None is taken in advance: what nobody wants stays in the queue.
    super({ objectMode: true, highWaterMark: 0 });
    this.#handle = handle;
    this.#selection = selection;
    this.#wanted = oneMessage({ ...handle, codec: codecs.buffer }, selection);
    this.#unwatch = watchCancellation(cancellation, 'msgrcv', handle.id, (reason) => this.destroy(reason));
  }

  override _read(): void {
    if (this.#wait !== undefined || this.#deferred) return;
    if (spendTurn()) {
      this.#deferred = true;
      setImmediate(() => {
        this.#deferred = false;
        if (!this.destroyed) this.#takeOrWait();
      });
    } else {
      this.#takeOrWait();
    }
  }

  // What is in the stream's buffer is on its way back into the queue then.
  override read(size?: number): unknown {
    return this.destroyed ? null : super.read(size);
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#unwatch();
    this.#wait?.cancel(new Error('destroyed'));
    const unread = this.readableLength === 0 ? [] : this.#latest.slice(-this.readableLength);
    callback(this.#putBack(unread) ?? error);
  }

  override iterator(options?: { destroyOnReturn?: boolean }): StreamIterator<T> {
    const messages = new MessageIterator(this.#handle, this.#selection, endless);
    return new StreamIterator(this, messages, options?.destroyOnReturn !== false);
  }

  override [Symbol.asyncIterator](): StreamIterator<T> {
    return this.iterator();
  }

  // An error carries those that can't go back: without write permission they would be lost else.
  #putBack(unread: Message<Buffer>[]): Error | undefined {
    let refused: Error | undefined;
    const messages: Message<Buffer>[] = [];
    for (const message of unread) {
      const result = sendBack(this.#handle.id, message.typeBigInt, message.data);
      if (result >= 0 || result === errno.EAGAIN) continue;
      const context = { queueId: this.#handle.id, messageType: message.typeBigInt, length: message.data.length };
      refused = errorFromErrno('msgsnd', result, context);
      // It has gone the way of all messages of its queue.
      if (!(refused instanceof QueueRemovedError)) messages.push(message);
    }
    return refused === undefined || messages.length === 0 ? undefined : Object.assign(refused, { messages });
  }

  #takeOrWait(): void {
    try {
      const message = this.#handle.closed ? null : takeIfFirst(this.#handle.id, this.#selection, this.#wanted);
      if (message === undefined) this.#waitForOne();
      else this.#deliver(message);
    } catch (error) {
      this.destroy(error as Error);
    }
  }

  // What comes is pushed in the same turn in which it was taken, so that destroy() cannot come in between.
  #waitForOne(): void {
    this.#wait = enqueueReceive(this.#handle, this.#selection, endless, this.#wanted, {
      resolve: (message) => {
        this.#wait = undefined;
        this.#deliver(message);
      },
      reject: (error) => {
        this.#wait = undefined;
        if (error instanceof QueueClosedError) this.#deliver(null);
        else this.destroy(error as Error);
      },
    });
  }

  // push() may call a listener of the reader's, and what that throws is not for the line.
  #deliver(raw: Message<Buffer> | null): void {
    let message: Message<T> | null;
    try {
      message = raw === null ? null : this.#decode(raw);
    } catch (error) {
      this.destroy(error as Error);
      return;
    }
    if (raw !== null) this.#latest = [...this.#latest.slice(-this.readableLength - 1), raw];
    try {
      this.push(message);
    } catch (error) {
      throwLater(error);
    }
  }

  // From a copy, because a codec may do with the bytes what it likes, and they may have to go back as they came.
  #decode({ typeBigInt, type, data, truncated }: Message<Buffer>): Message<T> {
    const { id, codec } = this.#handle;
    const exactType = BigInt(type) === typeBigInt ? type : typeBigInt;
    const bytes = (codec as unknown) === codecs.buffer ? data : copyBytes(data);
    return messageOfBytes(id, exactType, bytes, truncated, codec);
  }
}

/** A Readable of the messages that match. */
export function readableOf<T>(handle: Handle<T>, options: MessagesOptions | undefined): Readable {
  const plan = checkReceiveOptions(options, 'readable');
  requireNotAborted(plan.signal, 'msgrcv', handle.id);
  openId(handle);
  return new QueueReadable(handle, plan.selection, plan);
}

/** A Writable that sends what is written. */
export function writableOf<T>(handle: Handle<T>, options: WritableQueueOptions | undefined): Writable {
  const plan = checkSendOptions(handle, options, 'writable');
  const { type } = plan;
  requireNotAborted(plan.signal, 'msgsnd', handle.id);
  const id = openId(handle);
  const destroyed = new AbortController();

  const stream = new Writable({
    objectMode: true,
    write(data: Sendable<T>, _encoding, callback) {
      sendOne(handle, data, { type, signal: destroyed.signal }).then(
        () => process.nextTick(callback),
        (error) => process.nextTick(callback, error),
      );
    },
    destroy(error, callback) {
      unwatch();
      destroyed.abort(error);
      callback(error);
    },
  });
  const unwatch = watchCancellation(plan, 'msgsnd', id, (reason) => stream.destroy(reason));
  return stream;
}
