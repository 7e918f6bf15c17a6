/** MessageQueue: a handle of one queue. sync-queue.ts has the methods that do not need the event loop. */

import type { Sendable } from '../codecs/codec';
import { invalidType, outOfRange } from '../core/argument-errors';
import { IPC_PRIVATE } from '../core/constants';
import { lazy } from '../core/lazy';
import type { Message } from '../core/message';
import { refuseExtra, rejectExtra } from '../core/options';
import { checkKey, checkQueueId } from '../core/validators';
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
 * The kernel owns the queue: it outlives the handle and the process, until a process removes it. Any number of handles,
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
      const message =
        'MessageQueue has no public constructor: use MessageQueue.create, open, openOrCreate, createPrivate or attach';
      throw Object.assign(new TypeError(message), { code: 'ERR_ILLEGAL_CONSTRUCTOR' });
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
   * Creates a queue. No queue may have this key yet.
   *
   * `msgget(key, IPC_CREAT | IPC_EXCL | mode)`, and with `maxBytes` a `msgctl(IPC_SET)`: if the kernel refuses that,
   * the queue is removed again.
   *
   * @throws {QueueExistsError} `EEXIST`: a queue has this key. The kernel checks this before permissions.
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
  ): MessageQueue<T, M>;
  static create<T = Buffer, M extends Message<T> = Message<T>>(
    key: number,
    options?: CreateOptions<T, M>,
    extra?: unknown,
  ): MessageQueue<T, M> {
    refuseExtra(extra, 'MessageQueue.create');
    return MessageQueue.#createQueue(requireFindable(checkKey(key)), options, 'create');
  }

  /**
   * Opens a queue that exists.
   *
   * `msgget(key, mode)`. Without `mode` it asks for no permission; the kernel checks each later call.
   *
   * @throws {QueueNotFoundError} `ENOENT`: no queue has this key.
   * @throws {QueueAccessError} `EACCES`: the queue does not grant `mode`.
   *
   * @example
   * assert.throws(() => MessageQueue.open(0x5eed0003), QueueNotFoundError);
   */
  static open<T = Buffer, M extends Message<T> = Message<T>>(
    key: number,
    options?: OpenOptions<T, M>,
  ): MessageQueue<T, M>;
  static open<T = Buffer, M extends Message<T> = Message<T>>(
    key: number,
    options?: OpenOptions<T, M>,
    extra?: unknown,
  ): MessageQueue<T, M> {
    refuseExtra(extra, 'MessageQueue.open');
    const keyT = requireFindable(checkKey(key));
    const { mode, handle } = checkQueueOptions(options, 'open');
    return new MessageQueue(constructorKey, makeHandle(openQueue(keyT, mode), keyT, handle));
  }

  /**
   * Opens the queue with this key, and creates it if there is none.
   *
   * `msgget(key, IPC_CREAT | mode)`. `maxBytes` is for a queue that this call creates; an existing one keeps its own.
   *
   * @throws {QueueAccessError} `EACCES`: the queue exists and does not grant `mode`, if given.
   * @throws {QueueCountLimitError} `ENOSPC`: no queue has this key, and MSGMNI queues exist.
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
  ): MessageQueue<T, M>;
  static openOrCreate<T = Buffer, M extends Message<T> = Message<T>>(
    key: number,
    options?: CreateOptions<T, M>,
    extra?: unknown,
  ): MessageQueue<T, M> {
    refuseExtra(extra, 'MessageQueue.openOrCreate');
    const keyT = requireFindable(checkKey(key));
    const { mode, maxBytes, handle } = checkQueueOptions(options, 'openOrCreate');
    return new MessageQueue(constructorKey, makeHandle(openOrCreateQueue(keyT, mode, maxBytes), keyT, handle));
  }

  /**
   * Creates a queue without a key. Other processes use it by its id (`attach`).
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
  ): MessageQueue<T, M>;
  static createPrivate<T = Buffer, M extends Message<T> = Message<T>>(
    options?: CreateOptions<T, M>,
    extra?: unknown,
  ): MessageQueue<T, M> {
    refuseExtra(extra, 'MessageQueue.createPrivate');
    return MessageQueue.#createQueue(IPC_PRIVATE, options, 'createPrivate');
  }

  /**
   * Creates a handle from an id: of another process, of a worker thread, or from `ipcs`.
   *
   * `msgctl(id, IPC_STAT)`, or MSG_STAT_ANY without read permission, to check that the queue exists and to read its
   * key.
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
  ): MessageQueue<T, M>;
  static attach<T = Buffer, M extends Message<T> = Message<T>>(
    id: number,
    options?: AttachOptions<T, M>,
    extra?: unknown,
  ): MessageQueue<T, M> {
    refuseExtra(extra, 'MessageQueue.attach');
    if ((id as unknown) instanceof MessageQueue) throw invalidType('id', 'of type number', id, 'Pass queue.id.');
    const queueId = checkQueueId(id, 'id');
    const { handle } = checkQueueOptions(options, 'attach');
    return new MessageQueue(constructorKey, makeHandle(queueId, keyOf(queueId), handle));
  }

  /**
   * Whether a queue has this key. Always false for IPC_PRIVATE. Needs no permission.
   *
   * `msgget(key, 0)`
   *
   * @example
   * assert.equal(MessageQueue.exists(0x5eed0006), false);
   */
  static exists(key: number): boolean;
  static exists(key: number, extra?: unknown): boolean {
    refuseExtra(extra, 'MessageQueue.exists');
    const keyT = checkKey(key);
    return keyT !== IPC_PRIVATE && queueExists(keyT);
  }

  /**
   * Sends a message, and waits until there is room.
   *
   * `msgsnd(id, { type, data }, length, …)`, immediately if there is room, otherwise on the library's thread for this
   * queue. The event loop keeps running, and libuv's pool is not used. Messages of this process to a queue arrive in
   * the order of the calls, awaited or not. The call copies the data.
   *
   * @param options.type - 1 … 2^63−1. Default: the queue's.
   * @param options.nowait - Do not wait: QueueFullError instead (IPC_NOWAIT). Default: false.
   * @param options.timeout - Milliseconds until the send is canceled, 0 … 2^31−1. Default: never.
   * @param options.signal - Cancels the send. The promise settles when the outcome is known: it resolves if the message
   *   is in the queue, and rejects if it is not.
   * @throws {QueueFullError} `EAGAIN`: full, with `nowait`; or `maxPendingSends` messages of the handle already wait.
   * @throws {TimeoutError} `ETIMEDOUT`; {AbortError} `ABORT_ERR`; {QueueClosedError} `ERR_QUEUE_CLOSED`: canceled.
   * @throws {MessageTooLargeError} `EINVAL`: longer than MSGMAX or msg_qbytes, even if msg_qbytes was lowered during
   *   the wait.
   * @throws {QueueRemovedError} `EIDRM`, `EINVAL`: the queue was removed, also while this waited.
   * @throws {QueueAccessError} `EACCES`: no write permission, even if it was revoked during the wait.
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
  send(data: Sendable<T>, options?: SendAsyncOptions, extra?: unknown): Promise<void> {
    return rejectExtra(extra, 'send') ?? sendOne(this[handleOf](), data, options);
  }

  /**
   * Takes the next matching message, and waits until there is one.
   *
   * `msgrcv(id, …, type, IPC_NOWAIT)` on the JavaScript thread when a message is there. Until then it polls on some
   * turns of the event loop (`spin`), and then a thread of the library waits without taking a message. The event loop
   * keeps running, and libuv's pool is not used.
   *
   * @param options - Which message, as for tryReceive; `nowait`: NoMessageError instead of waiting.
   * @param options - `timeout`: milliseconds until the wait is canceled, 0 … 2^31−1; default: never. `signal` cancels
   *   the wait. No message is lost: either the promise resolves with it, or it is in the queue.
   * @throws {NoMessageError} `ENOMSG`: none matches, with `nowait`.
   * @throws {TimeoutError} `ETIMEDOUT`; {AbortError} `ABORT_ERR`; {QueueClosedError} `ERR_QUEUE_CLOSED`: canceled.
   * @throws {QueueRemovedError} `EIDRM`, `EINVAL`: the queue was removed, also while this waited.
   * @throws {QueueAccessError} `EACCES`: no read permission, even if it was revoked during the wait.
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
  receive(options?: ReceiveOptions, extra?: unknown): Promise<Message<T>> {
    return rejectExtra(extra, 'receive') ?? receiveOne(this[handleOf](), options);
  }

  /**
   * Sends messages in order while there is room.
   *
   * msgsnd with IPC_NOWAIT for each, many in one native call.
   *
   * @returns How many messages, from the first on, were sent before the queue was full.
   * @throws Like trySend, for the first message that can never be sent; `error.sent` counts those sent before it.
   *
   * @example
   * const queue = MessageQueue.createPrivate({ maxBytes: 10 });
   * assert.equal(queue.trySendMany([{ data: '12345' }, { data: '67890', type: 2 }, { data: '!' }]), 2);
   * queue.remove();
   */
  trySendMany(messages: Iterable<MessageToSend<T>>): number;
  trySendMany(messages: Iterable<MessageToSend<T>>, extra?: unknown): number {
    refuseExtra(extra, 'trySendMany');
    return trySendManyNow(this[handleOf](), messages);
  }

  /**
   * Sends messages in order, and waits until there is room for all of them.
   *
   * @param options - `timeout` and `signal`, for all messages together.
   * @returns How many were sent: all of them.
   * @throws Like send; `error.sent` says how many messages, from the first on, are in the queue. The others are not.
   *
   * @example
   * const queue = MessageQueue.createPrivate();
   * assert.equal(await queue.sendMany([{ data: 'one' }, { data: 'two' }]), 2);
   * queue.remove();
   */
  sendMany(messages: Iterable<MessageToSend<T>>, options?: WaitOptions): Promise<number>;
  sendMany(messages: Iterable<MessageToSend<T>>, options?: WaitOptions, extra?: unknown): Promise<number> {
    return rejectExtra(extra, 'sendMany') ?? sendAll(this[handleOf](), messages, options);
  }

  /**
   * Takes the messages that match and are there, up to `max`.
   *
   * msgrcv with IPC_NOWAIT for each, many in one native call.
   *
   * @param select - As for tryReceive, and `max` (default 100).
   * @throws {DecodeError} `ERR_MESSAGE_DECODE`: no taken message decodes. If some do, the call returns those, and the
   *   next call throws the error. `onDecodeError` decides about each.
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
  tryReceiveMany(select?: SelectMany<T>): M[];
  tryReceiveMany(select?: SelectMany<T>, extra?: unknown): M[] {
    refuseExtra(extra, 'tryReceiveMany');
    return takeManyNow(this[handleOf](), select) as M[];
  }

  /**
   * Takes the messages that match, up to `max`, and waits until there is at least one.
   *
   * @throws Like receive and tryReceiveMany.
   *
   * @example
   * const queue = MessageQueue.createPrivate();
   * queue.trySendMany([{ data: 'a' }, { data: 'b' }]);
   * assert.equal((await queue.receiveMany({ max: 10 })).length, 2);
   * queue.remove();
   */
  receiveMany(options?: ReceiveManyOptions<T>): Promise<M[]>;
  receiveMany(options?: ReceiveManyOptions<T>, extra?: unknown): Promise<Message<T>[]> {
    return rejectExtra(extra, 'receiveMany') ?? receiveSome(this[handleOf](), options);
  }

  /**
   * Waits until a message matches, without taking it. A receive then finds it, unless another receiver is faster.
   *
   * It waits in line with the receives of this process, in the order of the calls. On Linux a thread can wait for a
   * message only in a call that takes it if it is empty. Such an empty message goes back at once if it was alone in the
   * queue. Otherwise the next receive of this process gets it, or it goes back to the end of the queue within a tenth
   * of a second.
   *
   * @param options - Which message, as for tryReceive; `maxLength` and `truncate` have no effect.
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
  waitForMessage(options?: WaitForMessageOptions, extra?: unknown): Promise<void> {
    return rejectExtra(extra, 'waitForMessage') ?? waitForMessage(this[handleOf](), options);
  }

  /**
   * Iterates over the messages that match, as they arrive. It takes each one when the loop asks for it, so `break`
   * leaves the rest in the queue and loses nothing. The iteration ends when the handle is closed.
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
  messages(options?: MessagesOptions<T>): AsyncIterableIterator<M>;
  messages(options?: MessagesOptions<T>, extra?: unknown): AsyncIterableIterator<M> {
    refuseExtra(extra, 'messages', 'an iterator');
    return messagesOf(this[handleOf](), options) as AsyncIterableIterator<unknown> as AsyncIterableIterator<M>;
  }

  /** `for await (const message of queue)`: the same as `messages()`. */
  [Symbol.asyncIterator](): AsyncIterableIterator<M> {
    return this.messages();
  }

  /**
   * Returns a Readable of the messages that match, in object mode. It takes a message when the reader wants one, so a
   * slow reader leaves the others in the queue. destroy() cancels the wait. The stream ends when the handle is closed.
   *
   * A loop (`for await`) takes each message when it asks for it. For a listener of 'readable', the stream takes one
   * message before the listener calls read(). If it never does, destroy() sends the message back to the end of the
   * queue. If that fails for lack of write permission, the stream's 'error' has it in `error.messages`.
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
  readable(options?: MessagesOptions<T>): MessageReadable<T, M>;
  readable(options?: MessagesOptions<T>, extra?: unknown): MessageReadable<T, M> {
    refuseExtra(extra, 'readable', 'a stream');
    return streams().readableOf(this[handleOf](), options) as MessageReadable<T, M>;
  }

  /**
   * Returns a Writable in object mode that sends each written value, and waits for room. destroy() cancels the wait.
   *
   * @example
   * const queue = MessageQueue.createPrivate();
   * const stream = queue.writable({ type: 5 });
   * stream.end('hello');
   * await once(stream, 'finish');
   * assert.equal(queue.tryReceive().type, 5);
   * queue.remove();
   */
  writable(options?: WritableQueueOptions): MessageWritable<T>;
  writable(options?: WritableQueueOptions, extra?: unknown): MessageWritable<T> {
    refuseExtra(extra, 'writable', 'a stream');
    return streams().writableOf(this[handleOf](), options);
  }

  /**
   * Takes messages and passes each to `handler`, at least once: a message is in hand, in memory that outlives the
   * process, until the handler has returned or its promise has resolved.
   *
   * `msgrcv(id, slot, …, type, IPC_NOWAIT)` straight into a slot on a tmpfs. When a handler throws or rejects, the
   * message is retried. When a process is killed, the next consumer of the same `name` gets its messages in hand. A
   * message is handled twice when the process dies after the work and before the note of it. A reboot loses the
   * messages in hand, as it loses the queue. docs/delivery.md lists what each promise costs.
   *
   * @param options.concurrency - Concurrent handlers, 1 … 10,000. Default: 1. Only 1 keeps the order.
   * @param options.attempts - How often the work begins, crashes included. Default: 5. After that the message is a dead
   *   letter.
   * @param options.deadLetter - A queue, or a function. Default: a dead letter stays in hand, and `sysvmq consumers`
   *   shows it.
   * @throws {UnsupportedError} `ENOTSUP`: the state folder is not on a tmpfs; `atMostOnce: true` needs none.
   * @throws {MessageQueueError} `ENOSPC`: the tmpfs has no room for the slots. `EPERM`: other users own the folder or
   *   may access it.
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
  consume(handler: ConsumeHandler<T, M>, options?: ConsumeOptions): Consumer<T>;
  consume(handler: ConsumeHandler<T, M>, options?: ConsumeOptions, extra?: unknown): Consumer<T> {
    refuseExtra(extra, 'consume', 'a consumer');
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
   * queue.receive().catch(() => undefined); // The program ends anyway.
   */
  unref(): this {
    this[handleOf]().waits.reference(false);
    return this;
  }
}

// Two programs whose common key turned out to be 0 would each get a queue, and never meet.
function requireFindable(key: number): number {
  if (key !== IPC_PRIVATE) return key;
  const range = 'a key other than IPC_PRIVATE, which is not the key of any queue';
  throw outOfRange('key', range, key, 'createPrivate creates a queue without a key.');
}
