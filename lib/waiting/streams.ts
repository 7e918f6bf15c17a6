/** Queues as streams. Both are in object mode. */

import { AsyncResource } from 'node:async_hooks';
import { Readable, Writable } from 'node:stream';
import { codecs } from '../codecs';
import type { Sendable } from '../codecs/codec';
import { DecodeError, QueueClosedError } from '../core/errors';
import { nextTick } from '../core/event-loop';
import { exactType, type Message } from '../core/message';
import { copyBytes } from '../core/primordials';
import { throwLater } from '../core/throw-later';
import { type Handle, openId } from '../messages/handle';
import type { Cancelable } from '../messages/handle-waits';
import { afterDecodeError, type OnDecodeError } from '../messages/on-decode-error';
import { messageOfBytes } from '../messages/receive';
import { checkReceiveOptions, type MessagesOptions } from '../messages/receive-options';
import type { Selection } from '../messages/selector';
import { checkSendOptions, type WritableQueueOptions } from '../messages/send-options';
import { HeldMessage, returnMessage } from '../messages/undelivered';
import { oneMessage, takeIfFirst } from './async-receive';
import { sendOne } from './async-send';
import { type Cancellation, endless, requireNotAborted, STREAM_ENDS, watchCancellation } from './cancellation';
import { deferReceive, serveDeferred } from './deferred-receives';
import { spendTurn } from './fairness';
import { MessageIterator } from './iterator';
import { enqueueReceive, type Wanted } from './pending-receive';
import { StreamIterator } from './stream-iterator';

/** A message in the stream's buffer. */
interface Unread {
  raw: Message<Buffer>;
  held: HeldMessage | undefined;
}

/**
 * A Readable of the messages that match. It takes a message when its reader wants one. A reader that listens for
 * 'readable' wants one before it reads: if the stream is then destroyed, the next receive of this process gets it. A
 * loop over the stream takes each message itself, on request.
 */
class QueueReadable<T> extends Readable {
  readonly #handle: Handle<T>;
  readonly #selection: Selection;
  readonly #onDecodeError: OnDecodeError<T> | undefined;
  readonly #wanted: Wanted<Message<Buffer>>;
  readonly #unwatch: () => void;
  /** The async context of the stream's creation: its listeners and its codec run there. */
  readonly #context = new AsyncResource('SYSVMQ_STREAM');
  #wait: Cancelable | undefined;
  #deferred = false;
  /** The messages pushed and not read, the oldest first. */
  readonly #unread: Unread[] = [];
  /** Whether read() runs, which removes the messages that it has pushed. */
  #reading = false;

  constructor(
    handle: Handle<T>,
    selection: Selection,
    cancellation: Cancellation,
    onDecodeError: OnDecodeError<T> | undefined,
  ) {
    // No message is taken in advance: an unwanted one stays in the queue.
    super({ objectMode: true, highWaterMark: 0 });
    this.#handle = handle;
    this.#selection = selection;
    this.#onDecodeError = onDecodeError;
    this.#wanted = oneMessage({ ...handle, codec: codecs.buffer }, selection);
    this.#unwatch = watchCancellation(cancellation, 'msgrcv', handle.id, {
      outcome: STREAM_ENDS,
      cancel: (reason) => this.destroy(reason),
      inContext: (call) => this.#context.runInAsyncScope(call),
    });
  }

  override _read(): void {
    if (this.#wait !== undefined || this.#deferred) return;
    if (spendTurn()) {
      this.#deferred = true;
      deferReceive(this.#handle.id, () => {
        this.#deferred = false;
        if (!this.destroyed) this.#takeOrWait();
      });
    } else {
      serveDeferred(this.#handle.id);
      this.#takeOrWait();
    }
  }

  override read(size?: number): unknown {
    // The messages in the stream's buffer then belong to another receiver.
    if (this.destroyed) return null;
    const outer = this.#reading;
    this.#reading = true;
    try {
      return super.read(size);
    } finally {
      this.#reading = outer;
      this.#holdUnread();
    }
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#unwatch();
    this.#wait?.cancel(new Error('destroyed'));
    this.#forgetRead();
    for (const { raw, held } of this.#unread.splice(0)) {
      if (held === undefined) returnMessage(this.#handle.id, raw.typeBigInt, raw.data);
      else held.putBack();
    }
    callback(error);
  }

  override iterator(options?: { destroyOnReturn?: boolean }): StreamIterator<T> {
    const messages = new MessageIterator(this.#handle, this.#selection, endless, this.#onDecodeError);
    return new StreamIterator(this, messages, options?.destroyOnReturn !== false);
  }

  override [Symbol.asyncIterator](): StreamIterator<T> {
    return this.iterator();
  }

  #takeOrWait(): void {
    this.#context.runInAsyncScope(this.#takeOrWaitInContext, this);
  }

  #takeOrWaitInContext(): void {
    try {
      const message = this.#handle.closed ? null : takeIfFirst(this.#handle.id, this.#selection, this.#wanted);
      if (message === undefined) this.#waitForOne();
      else this.#deliver(message);
    } catch (error) {
      this.destroy(error as Error);
    }
  }

  // A message is pushed in the same turn in which it was taken, so that destroy() cannot come in between.
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

  // push() may call a listener of the reader's, whose exception must not affect the line.
  #deliver(raw: Message<Buffer> | null): void {
    let message: Message<T> | null | undefined;
    try {
      message = raw === null ? null : this.#decode(raw);
    } catch (error) {
      this.destroy(error as Error);
      return;
    }
    if (message === undefined) {
      if (!this.destroyed) this._read();
      return;
    }
    if (raw !== null) {
      // The codec may have destroyed the stream.
      if (this.destroyed) {
        returnMessage(this.#handle.id, raw.typeBigInt, raw.data);
        return;
      }
      this.#unread.push({ raw, held: undefined });
    }
    try {
      this.push(message);
    } catch (error) {
      throwLater(error);
    }
    this.#holdUnread();
  }

  #forgetRead(): void {
    while (this.#unread.length > this.readableLength) this.#unread.shift()?.held?.drop();
  }

  // A message may stay in the buffer for long, and must outlive this thread.
  #holdUnread(): void {
    this.#forgetRead();
    if (this.#reading || this.destroyed) return;
    for (const unread of this.#unread) {
      unread.held ??= new HeldMessage(this.#handle.id, unread.raw.typeBigInt, unread.raw.data);
    }
  }

  // Decodes a copy, because a codec may change the bytes, and they may have to go back unchanged.
  #decode(message: Message<Buffer>): Message<T> | undefined {
    const { id, codec } = this.#handle;
    const { data, truncated } = message;
    const bytes = (codec as unknown) === codecs.buffer ? data : copyBytes(data);
    try {
      return messageOfBytes(id, exactType(message), bytes, truncated, codec);
    } catch (error) {
      if (this.#onDecodeError === undefined || !(error instanceof DecodeError)) throw error;
      return afterDecodeError(error, this.#onDecodeError);
    }
  }
}

/** A Readable of the messages that match. */
export function readableOf<T>(handle: Handle<T>, options: MessagesOptions<T> | undefined): Readable {
  const plan = checkReceiveOptions(options as MessagesOptions<never>, 'readable');
  requireNotAborted(plan.signal, 'msgrcv', handle.id);
  openId(handle);
  return new QueueReadable(handle, plan.selection, plan, plan.onDecodeError);
}

/** A Writable that sends each written value. */
export function writableOf<T>(handle: Handle<T>, options: WritableQueueOptions | undefined): Writable {
  const plan = checkSendOptions(handle, options, 'writable');
  const { type } = plan;
  requireNotAborted(plan.signal, 'msgsnd', handle.id);
  const id = openId(handle);
  const destroyed = new AbortController();
  const context = new AsyncResource('SYSVMQ_STREAM');

  const stream = new Writable({
    objectMode: true,
    write(data: Sendable<T>, _encoding, callback) {
      sendOne(handle, data, { type, signal: destroyed.signal }).then(
        () => nextTick(callback),
        (error) => nextTick(callback, error),
      );
    },
    destroy(error, callback) {
      unwatch();
      destroyed.abort(error);
      callback(error);
    },
  });
  const unwatch = watchCancellation(plan, 'msgsnd', id, {
    outcome: STREAM_ENDS,
    cancel: (reason) => stream.destroy(reason),
    inContext: (call) => context.runInAsyncScope(call),
  });
  return stream;
}
