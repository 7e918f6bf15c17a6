/**
 * The part of MessageQueue that does not need the event loop: methods that never wait, and methods that block the
 * thread.
 */

import { inspect } from 'node:util';
import type { Sendable } from '../codecs/codec';
import { invalidValue } from '../core/argument-errors';
import { IPC_RMID } from '../core/constants';
import * as errno from '../core/errno';
import { TimeoutError } from '../core/errors';
import { formatKey } from '../core/format';
import type { Message } from '../core/message';
import { refuseExtra } from '../core/options';
import { checkInteger } from '../core/validators';
import { errorFromErrno } from '../kernel/error-from-errno';
import { changeQueue, type QueueChange, type QueueStatus, readQueueStatus } from '../kernel/queues';
import { encode, type Handle, openId } from '../messages/handle';
import { peekMessage, peekSelected } from '../messages/peek';
import { receiveError, receiveMessageSync, takeMessage } from '../messages/receive';
import { checkReceiveOptions, type ReceiveSyncOptions, type TryReceiveOptions } from '../messages/receive-options';
import type { Select } from '../messages/selector';
import { queueFull, requireSendable, sendPayloadSync, trySendPayload } from '../messages/send';
import { checkSendOptions, type SendOptions, type SendSyncOptions } from '../messages/send-options';
import { deadlineOf } from '../messages/time-slices';
import { removeQueue } from '../native/calls';
import { serveDeferred } from '../waiting/deferred-receives';
import { sendsAreWaiting, sendWaitingSync } from '../waiting/senders';
import { closeHandle, forgetRemoval } from './close';

const LAST_INDEX = Number.MAX_SAFE_INTEGER;
const CLOSE_HINT = 'It releases the handle only: queue.remove() removes the queue.';

const indexHint = (index: unknown): string | undefined =>
  typeof index === 'function' ? 'peek returns its result. Use the returned value.' : undefined;

/** Gives the library's own modules a queue's handle. @internal */
export const handleOf = Symbol('handleOf');

/** The methods of MessageQueue that do not wait on the event loop. Only MessageQueue creates it. */
export abstract class SyncQueue<T = Buffer, M extends Message<T> = Message<T>> implements Disposable {
  readonly #handle: Handle<T>;

  /** @internal */
  protected constructor(handle: Handle<T>) {
    this.#handle = handle;
  }

  /** The queue's id (msqid): the same in every process, until the queue is removed. May be 0. */
  get id(): number {
    return this.#handle.id;
  }

  /** The queue's key as a `key_t`, a signed 32-bit integer; 0 (IPC_PRIVATE) for a queue without a key. */
  get key(): number {
    return this.#handle.key;
  }

  /**
   * The number of messages of this handle that wait for room: those of send, sendMany and writable() that are not in
   * the queue yet.
   *
   * @example
   * const queue = MessageQueue.createPrivate({ maxBytes: 4, maxPendingSends: 1 });
   * await queue.send('full');
   * const second = queue.send('more');
   * assert.equal(queue.pendingSends, 1);
   * await assert.rejects(queue.send('even more'), QueueFullError);
   * queue.tryReceive();
   * await second;
   * queue.remove();
   */
  get pendingSends(): number {
    return this.#handle.pendingSends;
  }

  /** Whether this handle was closed. */
  get closed(): boolean {
    return this.#handle.closed;
  }

  /**
   * Sends a message if there is room for it.
   *
   * `msgsnd(id, { type, data }, length, IPC_NOWAIT)`. The call copies the data.
   *
   * @param options.type - 1 … 2^63−1. Default: the queue's.
   * @returns false when the queue is full: it holds msg_qbytes bytes, or as many messages.
   * @throws {MessageTooLargeError} `EINVAL`: longer than MSGMAX or this queue's msg_qbytes, so that it would never fit.
   * @throws {QueueRemovedError} `EINVAL`, `EIDRM`: the queue was removed.
   * @throws {QueueAccessError} `EACCES`: no write permission.
   *
   * @example
   * const queue = MessageQueue.createPrivate({ maxBytes: 10 });
   * assert.equal(queue.trySend('ten bytes!'), true);
   * assert.equal(queue.trySend('more'), false);
   * queue.remove();
   */
  trySend(data: Sendable<T>, options?: SendOptions): boolean;
  trySend(data: Sendable<T>, options?: SendOptions, extra?: unknown): boolean {
    refuseExtra(extra, 'trySend');
    const type = options === undefined ? this.#handle.type : checkSendOptions(this.#handle, options, 'trySend').type;
    const payload = encode(this.#handle, data, type);
    const id = openId(this.#handle);
    if (!sendsAreWaiting(id)) return trySendPayload(id, payload, type);
    requireSendable(id, type, payload);
    return false;
  }

  /**
   * Sends a message, and blocks the thread until there is room.
   *
   * `msgsnd(id, { type, data }, length, 0)`, called again when a signal interrupts it.
   *
   * @param options.nowait - Do not wait: throw instead (IPC_NOWAIT). Default: false.
   * @throws {QueueFullError} `EAGAIN`: full, with `nowait`.
   * @param options.timeout - Milliseconds until the call times out. Default: never.
   * @throws {TimeoutError} `ETIMEDOUT`: the timeout has passed; nothing was sent.
   * @throws {MessageTooLargeError} `EINVAL`: as for trySend; the call never waits with such a message.
   * @throws {QueueRemovedError} `EIDRM`, `EINVAL`: the queue was removed, also while this waited.
   * @throws {QueueAccessError} `EACCES`: no write permission.
   *
   * @example
   * const queue = MessageQueue.createPrivate({ maxBytes: 10 });
   * queue.sendSync('ten bytes!', { type: 3 });
   * assert.throws(() => queue.sendSync('more', { nowait: true }), QueueFullError);
   * queue.remove();
   */
  sendSync(data: Sendable<T>, options?: SendSyncOptions): void;
  sendSync(data: Sendable<T>, options?: SendSyncOptions, extra?: unknown): void {
    refuseExtra(extra, 'sendSync', 'nothing');
    const { type, nowait, timeout } = checkSendOptions(this.#handle, options, 'sendSync');
    const payload = encode(this.#handle, data, type);
    const id = openId(this.#handle);
    if (nowait) {
      if (sendsAreWaiting(id) || !trySendPayload(id, payload, type)) throw queueFull(id, payload, type);
      return;
    }
    const deadline = deadlineOf(timeout);
    if (!sendWaitingSync(id, deadline) || !sendPayloadSync(id, payload, type, deadline)) {
      throw new TimeoutError('msgsnd', id, timeout as number);
    }
  }

  /**
   * Takes the next matching message if there is one.
   *
   * `msgrcv(id, …, type, IPC_NOWAIT)`. It takes a message of any length, unless `maxLength` is set.
   *
   * @param select - Which message: at most one of `type`, `except` and `upTo`; none: the oldest. `into`: memory that
   *   receives the bytes, instead of new memory; `data` is a view of it.
   * @returns undefined when no message matches.
   * @throws {BufferTooSmallError} `E2BIG`: longer than `maxLength`, without `truncate`. The message stays.
   * @throws {DecodeError} `ERR_MESSAGE_DECODE`: the codec could not decode the message; the error has its bytes.
   * @throws {QueueRemovedError} `EINVAL`, `EIDRM`: the queue was removed.
   * @throws {QueueAccessError} `EACCES`: no read permission.
   *
   * @example
   * const queue = MessageQueue.createPrivate({ codec: codecs.utf8 });
   * for (const type of [5, 3, 9]) queue.trySend(`of type ${type}`, { type });
   * assert.equal(queue.tryReceive({ type: 9 }).data, 'of type 9');
   * assert.equal(queue.tryReceive({ upTo: 5 }).data, 'of type 3');
   * assert.equal(queue.tryReceive({ except: 5 }), undefined);
   * queue.remove();
   *
   * @example
   * const queue = MessageQueue.createPrivate();
   * const memory = Buffer.alloc(100); // Used again for every message.
   * queue.trySend('hello');
   * const { data } = queue.tryReceive({ into: memory });
   * assert.equal(data.toString(), 'hello');
   * assert.equal(data.buffer, memory.buffer);
   * queue.remove();
   */
  tryReceive(select?: TryReceiveOptions): M | undefined;
  tryReceive(select?: TryReceiveOptions, extra?: unknown): M | undefined {
    refuseExtra(extra, 'tryReceive');
    const { selection } = checkReceiveOptions(select, 'tryReceive');
    const id = openId(this.#handle);
    serveDeferred(id);
    return takeMessage(id, selection, this.#handle.codec) as M | undefined;
  }

  /**
   * Takes the next matching message, and blocks the thread until there is one.
   *
   * Node.js runs signal listeners on the event loop, which this call blocks: with a listener for SIGTERM, the process
   * does not end on SIGTERM before the call returns. Set a `timeout`, and let the event loop run between two calls, or
   * use `receive` (docs/guide.md, Shutting down).
   *
   * @param options - `nowait`: throw instead of waiting (IPC_NOWAIT); default: false. `timeout`: milliseconds until the
   *   call times out; default: never. The rest is as for tryReceive.
   * @throws {NoMessageError} `ENOMSG`: none matches, with `nowait`.
   * @throws {TimeoutError} `ETIMEDOUT`: the timeout has passed; nothing was taken.
   * @throws {QueueRemovedError} `EIDRM`, `EINVAL`: the queue was removed, also while this waited.
   * @throws {BufferTooSmallError} {@link tryReceive}, as {@link DecodeError} and {@link QueueAccessError}.
   *
   * @example
   * const queue = MessageQueue.createPrivate();
   * assert.throws(() => queue.receiveSync({ nowait: true }), NoMessageError);
   * queue.trySend('here');
   * assert.equal(queue.receiveSync().data.toString(), 'here');
   * queue.remove();
   */
  receiveSync(options?: ReceiveSyncOptions): M;
  receiveSync(options?: ReceiveSyncOptions, extra?: unknown): M {
    refuseExtra(extra, 'receiveSync');
    const { selection, nowait, timeout } = checkReceiveOptions(options, 'receiveSync');
    const id = openId(this.#handle);
    const { codec } = this.#handle;
    serveDeferred(id);
    const message = nowait
      ? takeMessage(id, selection, codec)
      : receiveMessageSync(id, selection, codec, deadlineOf(timeout));
    if (message !== undefined) return message as M;
    throw nowait ? receiveError(id, errno.ENOMSG, selection) : new TimeoutError('msgrcv', id, timeout as number);
  }

  /**
   * Returns a message without taking it: the one at a position, or the one that a receive with this selection would
   * take.
   *
   * `msgrcv(id, …, index, MSG_COPY | IPC_NOWAIT)`. Positions shift when other receivers take messages. The kernel takes
   * positions only, so a selection copies each message until one matches; among thousands that takes milliseconds.
   *
   * @param index - From 0, the oldest, on. Default: 0. Or `type`, `except` or `upTo`, as for tryReceive.
   * @returns undefined when the queue has fewer messages, or none matches.
   * @throws {BufferTooSmallError} `E2BIG`: longer than `maxLength`, without `truncate`.
   * @throws {MessageQueueError} `EINVAL`: longer than the current msgmax: it can be received but not peeked.
   * @throws {UnsupportedError} `ENOSYS`: the kernel was built without CONFIG_CHECKPOINT_RESTORE.
   * @throws {QueueAccessError} `EACCES`: no read permission.
   *
   * @example
   * const queue = MessageQueue.createPrivate({ codec: codecs.utf8 });
   * queue.trySend('first');
   * queue.trySend('second');
   * assert.equal(queue.peek(1).data, 'second');
   * queue.trySend('third', { type: 3 });
   * assert.equal(queue.peek({ type: 3 }).data, 'third');
   * assert.equal(queue.stat().messageCount, 3);
   * queue.remove();
   */
  peek(index?: number | Select): M | undefined;
  peek(index: number | Select = 0, extra?: unknown): M | undefined {
    refuseExtra(extra, 'peek');
    if (typeof index === 'object' && index !== null) {
      const { selection } = checkReceiveOptions(index, 'peek');
      return peekSelected(openId(this.#handle), selection, this.#handle.codec) as M | undefined;
    }
    const position = checkInteger(index, 'index', 0, LAST_INDEX, String, indexHint);
    return peekMessage(openId(this.#handle), position, this.#handle.codec) as M | undefined;
  }

  /**
   * Returns the queue's state.
   *
   * `msgctl(id, IPC_STAT)`
   *
   * @throws {QueueAccessError} `EACCES`: no read permission; `listQueues()` needs none.
   * @throws {QueueRemovedError} `EINVAL`, `EIDRM`: the queue was removed.
   *
   * @example
   * const queue = MessageQueue.createPrivate({ mode: 0o640 });
   * queue.trySend('five!');
   * const { messageCount, usedBytes, mode, lastSenderPid } = queue.stat();
   * assert.deepEqual([messageCount, usedBytes, mode, lastSenderPid], [1, 5, 0o640, process.pid]);
   * queue.remove();
   */
  stat(): QueueStatus;
  stat(extra?: unknown): QueueStatus {
    refuseExtra(extra, 'stat');
    return readQueueStatus(openId(this.#handle));
  }

  /**
   * Changes the queue. Settings that you leave out stay.
   *
   * `msgctl(id, IPC_STAT)`, then `msgctl(id, IPC_SET)`. An owner without read permission on the queue can change it, too.
   *
   * @param change.maxBytes - msg_qbytes, 0 … 2^31−1; 0 pauses the queue. A lower value drops no message.
   * @throws {QueueBytesLimitError} `EPERM`: msg_qbytes above MSGMNB without CAP_SYS_RESOURCE, even an unchanged one if
   *   MSGMNB was lowered below it: set a smaller `maxBytes` in the same call.
   * @throws {QueueAccessError} `EPERM`: neither owner nor creator, and no CAP_SYS_ADMIN.
   * @throws {QueueRemovedError} `EINVAL`, `EIDRM`: the queue was removed.
   *
   * @example
   * const queue = MessageQueue.createPrivate();
   * queue.set({ maxBytes: 1000 });
   * assert.equal(queue.stat().maxBytes, 1000);
   * queue.remove();
   */
  set(change: QueueChange): void;
  set(change: QueueChange, extra?: unknown): void {
    refuseExtra(extra, 'set', 'nothing');
    changeQueue(() => openId(this.#handle), change);
  }

  /**
   * Removes the queue and every message in it, for all processes; a waiting call fails with EIDRM. The handle stays
   * open, and further calls throw QueueRemovedErrors.
   *
   * `msgctl(id, IPC_RMID)`
   *
   * @throws {QueueAccessError} `EPERM`: neither owner nor creator, and no CAP_SYS_ADMIN.
   * @throws {QueueRemovedError} `EINVAL`: another process has already removed it.
   *
   * @example
   * const queue = MessageQueue.createPrivate();
   * queue.remove();
   * assert.throws(() => queue.trySend('too late'), QueueRemovedError);
   */
  remove(): void;
  remove(extra?: unknown): void {
    refuseExtra(extra, 'remove', 'nothing');
    const id = openId(this.#handle);
    const result = removeQueue(id);
    if (result < 0) throw errorFromErrno('msgctl', result, { queueId: id, command: IPC_RMID });
    forgetRemoval(this.#handle);
  }

  /**
   * Closes the handle. The queue stays, with its messages, unless the handle has `autoRemove`. Pending waits are
   * canceled: they reject with a QueueClosedError, and `messages()` and streams end. Closing twice is harmless; every
   * other call on a closed handle throws a QueueClosedError.
   *
   * @example
   * const queue = MessageQueue.create(0x5eed0007);
   * queue.close();
   * assert.equal(MessageQueue.exists(0x5eed0007), true);
   * MessageQueue.open(0x5eed0007).remove();
   */
  close(): void;
  close(given?: unknown): void {
    refuseExtra(given, 'close', 'nothing', CLOSE_HINT);
    if (typeof given === 'object' && given !== null && Object.hasOwn(given, 'remove')) {
      throw invalidValue('options.remove', `is not an option of close. ${CLOSE_HINT}`);
    }
    closeHandle(this.#handle);
  }

  /** `using queue = MessageQueue.open(key)` closes it at the end of the block. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** @internal */
  [handleOf](): Handle<T> {
    return this.#handle;
  }

  /** @internal */
  [inspect.custom](): string {
    return `MessageQueue { id: ${this.id}, key: ${formatKey(this.key)}, closed: ${this.#handle.closed} }`;
  }
}
