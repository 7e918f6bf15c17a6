/** MessageQueue: a handle of one queue. What does without the event loop is in sync-queue.ts. */

import type { Sendable } from '../codecs/codec';
import { IPC_PRIVATE } from '../core/constants';
import { lazy } from '../core/lazy';
import type { Message } from '../core/message';
import { refuseCallback } from '../core/options';
import { checkKey, checkQueueId, outOfRange } from '../core/validators';
import { createQueue, keyOf, openOrCreateQueue, openQueue, queueExists } from '../kernel/queues';
import { type Handle, makeHandle } from '../messages/handle';
import {
  type AttachOptions,
  type CreateOptions,
  checkQueueOptions,
  type OpeningCall,
  type OpenOptions,
} from '../messages/handle-options';
import type {
  MessagesOptions,
  ReceiveManyOptions,
  ReceiveOptions,
  SelectMany,
  WaitForMessageOptions,
} from '../messages/receive-options';
import type { MessageToSend, SendAsyncOptions, WritableQueueOptions } from '../messages/send-options';
import type { WaitOptions } from '../messages/wait-options';
import { receiveOne, receiveSome, takeManyNow } from '../waiting/async-receive';
import { sendAll, sendOne, trySendManyNow } from '../waiting/async-send';
import { messagesOf } from '../waiting/iterator';
import type { MessageReadable, MessageWritable } from '../waiting/message-streams';
import { waitForMessage } from '../waiting/wait-for-message';
import { removeAtEnd } from './close';
import { type ConsumeHandler, type ConsumeOptions, type Consumer, startConsumer } from './consumers';
import { handleOf, SyncQueue } from './sync-queue';

const streams = lazy(() => require('../waiting/streams') as typeof import('../waiting/streams'));

const constructorKey = Symbol('MessageQueue');

/**
 * A handle of a System V message queue.
 *
 * The queue is the kernel's: it outlives the handle, and the process, until a process removes it. Any number of handles,
 * in any number of processes, may use it.
 *
 * `try…` methods never wait. `…Sync` methods block the thread, and with it the event loop. The others wait without
 * blocking it.
 *
 * @example
 * const queue = MessageQueue.openOrCreate(0x5eed0001, { codec: codecs.json() });
 * queue.trySend({ hello: 'world' }, { type: 7 });
 * const message = queue.tryReceive({ type: 7 });
 * assert.deepEqual(message.data, { hello: 'world' });
 * queue.remove();
 */
export class MessageQueue<T = Buffer, M extends Message<T> = Message<T>>
  extends SyncQueue<T, M>
  implements AsyncIterable<M>
{
  private constructor(token: symbol, handle: Handle<T>) {
    if (token !== constructorKey) {
      throw new TypeError(
        'MessageQueue has no public constructor: use create, open, openOrCreate, createPrivate or attach',
      );
    }
    super(handle);
    if (handle.autoRemove) removeAtEnd(handle);
  }

  static #createQueue<T, M extends Message<T>>(
    key: number,
    options: CreateOptions<T, M> | undefined,
    call: OpeningCall,
  ): MessageQueue<T, M> {
    const { mode, maxBytes, handle } = checkQueueOptions(options, call);
    return new MessageQueue(constructorKey, makeHandle(createQueue(key, mode, maxBytes), key, handle));
  }

  /**
   * Creates a queue; there must be none with this key.
   *
   * `msgget(key, IPC_CREAT | IPC_EXCL | mode)`, and with `maxBytes` a `msgctl(IPC_SET)`: when that is refused, the queue
   * is removed again.
   *
   * @throws {QueueExistsError} `EEXIST`: there is one. This is said before permissions are looked at.
   * @throws {QueueCountLimitError} `ENOSPC`: MSGMNI queues exist.
   * @throws {QueueBytesLimitError} `EPERM`: `maxBytes` is above MSGMNB, and this process lacks CAP_SYS_RESOURCE.
   *
   * @example
   * const queue = MessageQueue.create(0x5eed0002, { mode: 0o660, maxBytes: 4096 });
   * assert.throws(() => MessageQueue.create(0x5eed0002), QueueExistsError);
   * queue.remove();
   */
  static create<T = Buffer, M extends Message<T> = Message<T>>(
    key: number,
    options?: CreateOptions<T, M>,
  ): MessageQueue<T, M> {
    return MessageQueue.#createQueue(requireFindable(checkKey(key)), options, 'create');
  }

  /**
   * Opens a queue that exists.
   *
   * `msgget(key, mode)`. Without `mode` no permission is asked for here; each call is checked by itself.
   *
   * @throws {QueueNotFoundError} `ENOENT`: there is none.
   * @throws {QueueAccessError} `EACCES`: it does not grant `mode`.
   *
   * @example
   * assert.throws(() => MessageQueue.open(0x5eed0003), QueueNotFoundError);
   */
  static open<T = Buffer, M extends Message<T> = Message<T>>(
    key: number,
    options?: OpenOptions<T, M>,
  ): MessageQueue<T, M> {
    const keyT = requireFindable(checkKey(key));
    const { mode, handle } = checkQueueOptions(options, 'open');
    return new MessageQueue(constructorKey, makeHandle(openQueue(keyT, mode), keyT, handle));
  }

  /**
   * Opens the queue with this key, and creates it if there is none.
   *
   * `msgget(key, IPC_CREAT | mode)`. `maxBytes` is for a queue that this call creates; an existing one keeps its own.
   *
   * @throws {QueueAccessError} `EACCES`: it exists and does not grant `mode`, if that was given.
   * @throws {QueueCountLimitError} `ENOSPC`: there is none, and MSGMNI queues exist.
   *
   * @example
   * const one = MessageQueue.openOrCreate(0x5eed0004);
   * const other = MessageQueue.openOrCreate(0x5eed0004);
   * assert.equal(one.id, other.id);
   * one.remove();
   */
  static openOrCreate<T = Buffer, M extends Message<T> = Message<T>>(
    key: number,
    options?: CreateOptions<T, M>,
  ): MessageQueue<T, M> {
    const keyT = requireFindable(checkKey(key));
    const { mode, maxBytes, handle } = checkQueueOptions(options, 'openOrCreate');
    return new MessageQueue(constructorKey, makeHandle(openOrCreateQueue(keyT, mode, maxBytes), keyT, handle));
  }

  /**
   * Creates a queue that no key finds. Others use it by its id (`attach`).
   *
   * `msgget(IPC_PRIVATE, mode)`
   *
   * @throws {QueueCountLimitError} `ENOSPC`: MSGMNI queues exist.
   *
   * @example
   * const queue = MessageQueue.createPrivate();
   * assert.equal(queue.key, 0);
   * queue.remove();
   */
  static createPrivate<T = Buffer, M extends Message<T> = Message<T>>(
    options?: CreateOptions<T, M>,
  ): MessageQueue<T, M> {
    return MessageQueue.#createQueue(IPC_PRIVATE, options, 'createPrivate');
  }

  /**
   * Makes a handle of an id that came from elsewhere: another process, a worker thread, `ipcs`.
   *
   * `msgctl(id, IPC_STAT)`, or MSG_STAT_ANY where read permission lacks, to see that it is there and which key it has.
   *
   * @throws {QueueRemovedError} `EINVAL`: there is no such queue.
   *
   * @example
   * const queue = MessageQueue.create(0x5eed0005);
   * assert.equal(MessageQueue.attach(queue.id).key, 0x5eed0005);
   * queue.remove();
   */
  static attach<T = Buffer, M extends Message<T> = Message<T>>(
    id: number,
    options?: AttachOptions<T, M>,
  ): MessageQueue<T, M> {
    const queueId = checkQueueId(id, 'id');
    const { handle } = checkQueueOptions(options, 'attach');
    return new MessageQueue(constructorKey, makeHandle(queueId, keyOf(queueId), handle));
  }

  /**
   * Whether there is a queue with this key. Never for IPC_PRIVATE, and no permission is needed.
   *
   * `msgget(key, 0)`
   *
   * @example
   * assert.equal(MessageQueue.exists(0x5eed0006), false);
   */
  static exists(key: number): boolean {
    const keyT = checkKey(key);
    return keyT !== IPC_PRIVATE && queueExists(keyT);
  }

  /**
   * Sends a message, waiting until there is room.
   *
   * `msgsnd(id, { type, data }, length, …)`, at once if there is room, else on a thread of ours for this queue. The event
   * loop goes on meanwhile, and libuv's pool is not used. Messages of this process to a queue arrive in the order of the
   * calls, awaited or not. The data is copied at the call.
   *
   * @param options.type - 1 … 2^63−1. Default: the queue's.
   * @param options.nowait - Do not wait: QueueFullError instead (IPC_NOWAIT). Default: false.
   * @param options.timeout - Milliseconds after which to give up, 0 … 2^31−1. Default: never.
   * @param options.signal - Cancels. The promise is settled when it is known what became of the message: it resolves if
   *   the message is in the queue, and rejects if it is not.
   * @throws {QueueFullError} `EAGAIN`: full, with `nowait`; or `maxPendingSends` messages of the handle wait already.
   * @throws {TimeoutError} `ETIMEDOUT`; {AbortError} `ABORT_ERR`; {QueueClosedError} `ERR_QUEUE_CLOSED`: canceled.
   * @throws {MessageTooLargeError} `EINVAL`: longer than MSGMAX, or than msg_qbytes is, also if that is lowered meanwhile.
   * @throws {QueueRemovedError} `EIDRM`, `EINVAL`: the queue was removed, also while this waited.
   * @throws {QueueAccessError} `EACCES`: no write permission, also if it was taken away meanwhile.
   *
   * @example
   * const queue = MessageQueue.createPrivate({ maxBytes: 10 });
   * await queue.send('ten bytes!');
   * const second = queue.send('waits');
   * queue.tryReceive();
   * await second;
   * queue.remove();
   */
  send(data: Sendable<T>, options?: SendAsyncOptions): Promise<void>;
  send(data: Sendable<T>, options?: SendAsyncOptions, callback?: unknown): Promise<void> {
    if (callback !== undefined) return noCallback('send', callback) ?? sendOne(this[handleOf](), data, options);
    return sendOne(this[handleOf](), data, options);
  }

  /**
   * Takes the next matching message, waiting until there is one.
   *
   * `msgrcv(id, …, type, IPC_NOWAIT)` on the JavaScript thread when a message is there. Until then it is tried on some
   * turns of the event loop (`spin`), and then a thread of ours waits without taking anything. The event loop goes on,
   * and libuv's pool is not used.
   *
   * @param options - Which message, as for tryReceive; `nowait`: NoMessageError instead of waiting.
   * @param options - `timeout`: milliseconds after which to cancel, 0 … 2^31−1; default: never. `signal` cancels. No
   *   message is lost: either the promise resolves with it, or it is in the queue.
   * @throws {NoMessageError} `ENOMSG`: none matches, with `nowait`.
   * @throws {TimeoutError} `ETIMEDOUT`; {AbortError} `ABORT_ERR`; {QueueClosedError} `ERR_QUEUE_CLOSED`: canceled.
   * @throws {QueueRemovedError} `EIDRM`, `EINVAL`: the queue was removed, also while this waited.
   * @throws {QueueAccessError} `EACCES`: no read permission, also if it was taken away meanwhile.
   * @throws {BufferTooSmallError} `E2BIG` and {DecodeError} `ERR_MESSAGE_DECODE`: as for tryReceive.
   *
   * @example
   * const queue = MessageQueue.createPrivate({ codec: codecs.utf8 });
   * const received = queue.receive({ type: 2, timeout: 5000 });
   * await queue.send('hello', { type: 2 });
   * assert.equal((await received).data, 'hello');
   * queue.remove();
   */
  receive(options?: ReceiveOptions): Promise<M>;
  receive(options?: ReceiveOptions, callback?: unknown): Promise<Message<T>> {
    if (callback !== undefined) return noCallback('receive', callback) ?? receiveOne(this[handleOf](), options);
    return receiveOne(this[handleOf](), options);
  }

  /**
   * Sends messages in order while there is room.
   *
   * msgsnd with IPC_NOWAIT for each, in one native call for many.
   *
   * @returns How many went in, from the first on, before the queue was full.
   * @throws As trySend, for the first message that can't be sent at all; `error.sent` says how many went in before it.
   *
   * @example
   * const queue = MessageQueue.createPrivate({ maxBytes: 10 });
   * assert.equal(queue.trySendMany([{ data: '12345' }, { data: '67890', type: 2 }, { data: '!' }]), 2);
   * queue.remove();
   */
  trySendMany(messages: Iterable<MessageToSend<T>>): number {
    return trySendManyNow(this[handleOf](), messages);
  }

  /**
   * Sends messages in order, waiting until there is room for them all.
   *
   * @param options - `timeout` and `signal`, for all of them together.
   * @returns How many were sent: all of them.
   * @throws As send; `error.sent` says how many are in the queue, from the first on. The others are not.
   *
   * @example
   * const queue = MessageQueue.createPrivate();
   * assert.equal(await queue.sendMany([{ data: 'one' }, { data: 'two' }]), 2);
   * queue.remove();
   */
  sendMany(messages: Iterable<MessageToSend<T>>, options?: WaitOptions): Promise<number>;
  sendMany(messages: Iterable<MessageToSend<T>>, options?: WaitOptions, callback?: unknown): Promise<number> {
    if (callback !== undefined) return noCallback('sendMany', callback) ?? sendAll(this[handleOf](), messages, options);
    return sendAll(this[handleOf](), messages, options);
  }

  /**
   * Takes the messages that match, up to `max`, as far as there are any.
   *
   * msgrcv with IPC_NOWAIT for each, in one native call for many.
   *
   * @param select - As for tryReceive, and `max` (default 100).
   * @throws {DecodeError} `ERR_MESSAGE_DECODE`: none that was taken decodes. Where others do, they are handed out, and the
   *   next call throws the error; `onDecodeError` decides of each.
   *
   * @example
   * const queue = MessageQueue.createPrivate({ codec: codecs.utf8 });
   * queue.trySendMany([{ data: 'a' }, { data: 'b' }, { data: 'c' }]);
   * assert.deepEqual(queue.tryReceiveMany({ max: 2 }).map(({ data }) => data), ['a', 'b']);
   * queue.remove();
   *
   * @example
   * const queue = MessageQueue.createPrivate({ codec: codecs.json() });
   * MessageQueue.attach(queue.id).trySendMany([{ data: '{}' }, { data: 'no JSON' }, { data: '[]' }]);
   * const refused = [];
   * const onDecodeError = (error) => { refused.push(error.raw.toString()); }; // Skips the message.
   * assert.deepEqual(queue.tryReceiveMany({ onDecodeError }).map(({ data }) => data), [{}, []]);
   * assert.deepEqual(refused, ['no JSON']);
   * queue.remove();
   */
  tryReceiveMany(select?: SelectMany<T>): M[] {
    return takeManyNow(this[handleOf](), select) as M[];
  }

  /**
   * Takes the messages that match, up to `max`, waiting until there is at least one.
   *
   * @throws As receive, and as tryReceiveMany.
   *
   * @example
   * const queue = MessageQueue.createPrivate();
   * queue.trySendMany([{ data: 'a' }, { data: 'b' }]);
   * assert.equal((await queue.receiveMany({ max: 10 })).length, 2);
   * queue.remove();
   */
  receiveMany(options?: ReceiveManyOptions<T>): Promise<M[]>;
  receiveMany(options?: ReceiveManyOptions<T>, callback?: unknown): Promise<Message<T>[]> {
    if (callback !== undefined) return noCallback('receiveMany', callback) ?? receiveSome(this[handleOf](), options);
    return receiveSome(this[handleOf](), options);
  }

  /**
   * Waits until there is a message that matches, and takes nothing: a receive would find it, if nobody else is quicker.
   *
   * It waits in line with the receives of this process, in the order of the calls. Linux lets a thread wait for a message
   * only by taking one if it is empty: an empty message that is seen goes back at once when it was alone in the queue, and
   * otherwise is the next that this process receives, or back at the end of the queue within a tenth of a second.
   *
   * @param options - Which message, as for tryReceive; `maxLength` and `truncate` are of no account.
   * @param options - `timeout` and `signal`, as for receive.
   * @throws {TimeoutError} `ETIMEDOUT`; {AbortError} `ABORT_ERR`; {QueueClosedError} `ERR_QUEUE_CLOSED`: canceled.
   * @throws {QueueRemovedError} `EIDRM`, `EINVAL`; {QueueAccessError} `EACCES`: as for receive.
   *
   * @example
   * const queue = MessageQueue.createPrivate();
   * const there = queue.waitForMessage({ type: 2, timeout: 5000 });
   * queue.trySend('hello', { type: 2 });
   * await there;
   * assert.equal(queue.stat().messageCount, 1);
   * queue.remove();
   */
  waitForMessage(options?: WaitForMessageOptions): Promise<void>;
  waitForMessage(options?: WaitForMessageOptions, callback?: unknown): Promise<void> {
    if (callback !== undefined) {
      return noCallback('waitForMessage', callback) ?? waitForMessage(this[handleOf](), options);
    }
    return waitForMessage(this[handleOf](), options);
  }

  /**
   * The messages that match, one after the other, as they come. Each is taken when it is asked for, so `break` leaves the
   * rest in the queue and loses nothing. It ends when the handle is closed.
   *
   * @param options - Which messages, as for tryReceive, and `signal`.
   * @throws {QueueRemovedError} `EIDRM`, `EINVAL`: the queue was removed. The rest is as for receive.
   *
   * @example
   * const queue = MessageQueue.createPrivate({ codec: codecs.utf8 });
   * queue.trySendMany([{ data: 'a' }, { data: 'b' }, { data: 'stop' }, { data: 'c' }]);
   * for await (const { data } of queue.messages()) {
   *   if (data === 'stop') break;
   * }
   * assert.equal(queue.tryReceive().data, 'c');
   * queue.remove();
   */
  messages(options?: MessagesOptions<T>): AsyncIterableIterator<M> {
    return messagesOf(this[handleOf](), options) as AsyncIterableIterator<unknown> as AsyncIterableIterator<M>;
  }

  /** `for await (const message of queue)`: as `messages()`. */
  [Symbol.asyncIterator](): AsyncIterableIterator<M> {
    return this.messages();
  }

  /**
   * A Readable of the messages that match, in object mode. A message is taken when the reader wants one, so those that a
   * slow reader does not want yet stay in the queue; destroy() cancels the wait. It ends when the handle is closed.
   *
   * A loop over it (`for await`) takes each message when it asks for it. A reader that listens for 'readable' has one
   * taken before it calls read(): if it never does, destroy() sends it back, to the end of the queue. Where that is
   * refused, for want of write permission, the stream's 'error' has it in `error.messages`.
   *
   * @example
   * const queue = MessageQueue.createPrivate({ codec: codecs.utf8 });
   * queue.trySend('hello');
   * const stream = queue.readable();
   * const [message] = await once(stream, 'data');
   * assert.equal(message.data, 'hello');
   * stream.destroy();
   * queue.remove();
   */
  readable(options?: MessagesOptions<T>): MessageReadable<T, M> {
    return streams().readableOf(this[handleOf](), options) as MessageReadable<T, M>;
  }

  /**
   * A Writable in object mode that sends what is written to it, waiting for room; destroy() cancels the wait.
   *
   * @example
   * const queue = MessageQueue.createPrivate();
   * const stream = queue.writable({ type: 5 });
   * stream.end('hello');
   * await once(stream, 'finish');
   * assert.equal(queue.tryReceive().type, 5);
   * queue.remove();
   */
  writable(options?: WritableQueueOptions): MessageWritable<T> {
    return streams().writableOf(this[handleOf](), options);
  }

  /**
   * Takes messages and hands each to `handler`, at least once: a message is in hand, in memory that outlives the process,
   * until the handler has returned or its promise has resolved.
   *
   * `msgrcv(id, slot, …, type, IPC_NOWAIT)` straight into a slot on a tmpfs. A handler that throws or rejects is tried
   * again. A process that is killed leaves what it had in hand to the next consumer of the same `name`. A message is
   * handled twice when the process dies after the work and before the note of it. A reboot loses what is in hand, as it
   * loses the queue. docs/delivery.md says what each promise costs.
   *
   * @param options.concurrency - Handlers at once, 1 … 10,000. Default: 1, which alone keeps the order.
   * @param options.attempts - How often the work is begun, crashes included. Default: 5. Then the message is a dead letter.
   * @param options.deadLetter - A queue, or a function. Default: it stays in hand, and `sysvmq consumers` shows it.
   * @throws {UnsupportedError} `ENOTSUP`: the state folder is not on a tmpfs; `atMostOnce: true` needs none.
   * @throws {MessageQueueError} `ENOSPC`: the tmpfs has no room for the slots. `EPERM`: the folder is not this user's alone.
   *
   * @example
   * const queue = MessageQueue.createPrivate({ codec: codecs.json() });
   * queue.trySend({ invoice: 7 });
   * const consumer = queue.consume(async ({ data }) => {
   *   assert.equal(data.invoice, 7);
   *   void consumer.close();
   * });
   * await consumer.finished;
   * queue.remove();
   */
  consume(handler: ConsumeHandler<T, M>, options?: ConsumeOptions): Consumer<T> {
    return startConsumer(this[handleOf](), handler as ConsumeHandler<T>, options);
  }

  /** Pending waits of this handle keep the process alive, as they do by default. */
  ref(): this {
    this[handleOf]().waits.reference(true);
    return this;
  }

  /**
   * Pending waits of this handle do not keep the process alive.
   *
   * @example
   * const queue = MessageQueue.createPrivate({ autoRemove: true }).unref();
   * queue.receive().catch(() => undefined); // The program ends all the same.
   */
  unref(): this {
    this[handleOf]().waits.reference(false);
    return this;
  }
}

// Two programs whose common key came out as 0 would have a queue each, and never meet.
function requireFindable(key: number): number {
  if (key !== IPC_PRIVATE) return key;
  const range = 'a key other than IPC_PRIVATE, which no queue is found by';
  throw outOfRange('key', range, key, 'createPrivate makes a queue without a key.');
}

// Behind the last argument a callback would never be called, and the program would wait for it in silence.
function noCallback(call: string, callback: unknown): Promise<never> | undefined {
  try {
    refuseCallback(callback, call);
    return undefined;
  } catch (error) {
    return Promise.reject(error);
  }
}
