/** MessageQueue: a handle of one queue. */

import { inspect } from 'node:util';
import type {
  AttachOptions,
  Codec,
  CreateOptions,
  OpenOptions,
  QueueChange,
  QueueStatus,
  ReceiveSyncOptions,
  Select,
  Sendable,
  SendOptions,
  SendSyncOptions,
} from '../types/queue';
import { codecs } from './codecs';
import { IPC_PRIVATE, IPC_RMID } from './constants';
import * as errno from './errno';
import { QueueClosedError } from './error-classes';
import { errorFromErrno } from './errors';
import type { Message } from './message';
import { removeQueue } from './native/calls';
import {
  checkBoolean,
  checkInteger,
  checkKey,
  checkMessageType,
  checkObject,
  checkOptions,
  checkPayload,
  checkQueueId,
  outOfRange,
} from './options';
import { changeQueue, createQueue, keyOf, openOrCreateQueue, openQueue, queueExists } from './queue-lifecycle';
import { checkHandleOptions, checkQueueOptions, type HandleOptions } from './queue-options';
import { readQueueStatus } from './queue-status';
import { anyMessage, checkSelect } from './selector';
import {
  peekMessage,
  receiveError,
  receiveMessageSync,
  sendPayloadSync,
  takeMessage,
  trySendPayload,
} from './transfer';

const LAST_INDEX = Number.MAX_SAFE_INTEGER;
const constructorKey = Symbol('MessageQueue');

/**
 * A handle of a System V message queue.
 *
 * The queue is the kernel's: it outlives the handle, and the process, until somebody removes it. Any number of handles,
 * in any number of processes, may use it.
 *
 * `try…` methods never wait. `…Sync` methods block the thread, and with it the event loop.
 *
 * @example
 * const queue = MessageQueue.openOrCreate(0x5eed0001, { codec: codecs.json() });
 * queue.trySend({ hello: 'world' }, { type: 7 });
 * const message = queue.tryReceive({ type: 7 });
 * assert.deepEqual(message.data, { hello: 'world' });
 * queue.remove();
 */
export class MessageQueue<T = Buffer> implements Disposable {
  readonly #id: number;
  readonly #key: number;
  readonly #codec: Codec<T>;
  readonly #type: number | bigint;
  #closed = false;

  /** @internal */
  constructor(token: symbol, id: number, key: number, options: HandleOptions<T>) {
    if (token !== constructorKey) {
      throw new TypeError(
        'MessageQueue has no public constructor: use create, open, openOrCreate, createPrivate or attach',
      );
    }
    this.#id = id;
    this.#key = key;
    this.#codec = options.codec;
    this.#type = options.type;
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
  static create<T = Buffer>(key: number, options?: CreateOptions<T>): MessageQueue<T> {
    const keyT = checkKey(key);
    const { mode, maxBytes, handle } = checkQueueOptions(options);
    return new MessageQueue(constructorKey, createQueue(keyT, mode, maxBytes), keyT, handle);
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
  static open<T = Buffer>(key: number, options?: OpenOptions<T>): MessageQueue<T> {
    const keyT = checkKey(key);
    if (keyT === IPC_PRIVATE) throw outOfRange('key', 'a key other than IPC_PRIVATE, which no queue is found by', key);
    const { mode, handle } = checkQueueOptions(options);
    return new MessageQueue(constructorKey, openQueue(keyT, mode), keyT, handle);
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
  static openOrCreate<T = Buffer>(key: number, options?: CreateOptions<T>): MessageQueue<T> {
    const keyT = checkKey(key);
    const { mode, maxBytes, handle } = checkQueueOptions(options);
    return new MessageQueue(constructorKey, openOrCreateQueue(keyT, mode, maxBytes), keyT, handle);
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
  static createPrivate<T = Buffer>(options?: CreateOptions<T>): MessageQueue<T> {
    return MessageQueue.create(IPC_PRIVATE, options);
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
  static attach<T = Buffer>(id: number, options?: AttachOptions<T>): MessageQueue<T> {
    const queueId = checkQueueId(id, 'id');
    const handle = checkHandleOptions(options);
    return new MessageQueue(constructorKey, queueId, keyOf(queueId), handle);
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

  /** The queue's id (msqid): the same in every process, until the queue is removed. May be 0. */
  get id(): number {
    return this.#id;
  }

  /** The queue's key as `key_t` has it, a signed 32-bit integer; 0 (IPC_PRIVATE) for a queue that no key finds. */
  get key(): number {
    return this.#key;
  }

  /** Whether this handle was closed. */
  get closed(): boolean {
    return this.#closed;
  }

  /**
   * Sends a message if there is room for it.
   *
   * `msgsnd(id, { type, data }, length, IPC_NOWAIT)`. The data is copied at the call.
   *
   * @param options.type - 1 … 2^63−1. Default: the queue's.
   * @returns false when the queue is full: it holds msg_qbytes bytes, or as many messages.
   * @throws {MessageTooLargeError} `EINVAL`: longer than MSGMAX, or than this queue's msg_qbytes: it would never fit.
   * @throws {QueueRemovedError} `EINVAL`, `EIDRM`: the queue was removed.
   * @throws {QueueAccessError} `EACCES`: no write permission.
   *
   * @example
   * const queue = MessageQueue.createPrivate({ maxBytes: 10 });
   * assert.equal(queue.trySend('ten bytes!'), true);
   * assert.equal(queue.trySend('more'), false);
   * queue.remove();
   */
  trySend(data: Sendable<T>, options?: SendOptions): boolean {
    const type = options === undefined ? this.#type : this.#checkType(checkObject(options, 'options').type);
    return trySendPayload(this.#openId(), this.#encode(data), type);
  }

  /**
   * Sends a message, and blocks the thread until there is room.
   *
   * `msgsnd(id, { type, data }, length, 0)`, called again when a signal interrupts it.
   *
   * @param options.nowait - Do not wait: throw instead (IPC_NOWAIT). Default: false.
   * @throws {QueueFullError} `EAGAIN`: full, with `nowait`.
   * @throws {MessageTooLargeError} `EINVAL`: as for trySend; such a message is never waited with.
   * @throws {QueueRemovedError} `EIDRM`, `EINVAL`: the queue was removed, also while this waited.
   * @throws {QueueAccessError} `EACCES`: no write permission.
   *
   * @example
   * const queue = MessageQueue.createPrivate({ maxBytes: 10 });
   * queue.sendSync('ten bytes!', { type: 3 });
   * assert.throws(() => queue.sendSync('more', { nowait: true }), QueueFullError);
   * queue.remove();
   */
  sendSync(data: Sendable<T>, options?: SendSyncOptions): void {
    const { type, nowait } = checkOptions(options) ?? {};
    const checkedType = this.#checkType(type);
    const checkedNowait = nowait === undefined ? false : checkBoolean(nowait, 'options.nowait');
    sendPayloadSync(this.#openId(), this.#encode(data), checkedType, checkedNowait);
  }

  /**
   * Takes the next matching message if there is one.
   *
   * `msgrcv(id, …, type, IPC_NOWAIT)`. A message of any length is taken whole, unless `maxLength` is set.
   *
   * @param select - Which message: at most one of `type`, `except` and `upTo`; none: the oldest.
   * @returns undefined when no message matches.
   * @throws {BufferTooSmallError} `E2BIG`: longer than `maxLength`, without `truncate`. The message stays.
   * @throws {DecodeError} `ERR_MESSAGE_DECODE`: the codec could not read it; the error has its bytes.
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
   */
  tryReceive(select?: Select): Message<T> | undefined {
    const selection = select === undefined ? anyMessage : checkSelect(select);
    return takeMessage(this.#openId(), selection, this.#codec);
  }

  /**
   * Takes the next matching message, and blocks the thread until there is one.
   *
   * @param options.nowait - Do not wait: throw instead (IPC_NOWAIT). Default: false. The rest is as for tryReceive.
   * @throws {NoMessageError} `ENOMSG`: none matches, with `nowait`.
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
  receiveSync(options?: ReceiveSyncOptions): Message<T> {
    const selection = checkSelect(options);
    const nowait = options?.nowait === undefined ? false : checkBoolean(options.nowait, 'select.nowait');
    const id = this.#openId();
    if (!nowait) return receiveMessageSync(id, selection, this.#codec);
    const message = takeMessage(id, selection, this.#codec);
    if (message === undefined) throw receiveError(id, errno.ENOMSG, selection);
    return message;
  }

  /**
   * Looks at the message at a position without taking it.
   *
   * `msgrcv(id, …, index, MSG_COPY | IPC_NOWAIT)`. Positions shift when others receive.
   *
   * @param index - From 0, the oldest, on. Default: 0.
   * @returns undefined when there are not that many messages.
   * @throws {MessageQueueError} `EINVAL`: longer than msgmax is now: it can be received but not looked at.
   * @throws {UnsupportedError} `ENOSYS`: the kernel was built without CONFIG_CHECKPOINT_RESTORE.
   * @throws {QueueAccessError} `EACCES`: no read permission.
   *
   * @example
   * const queue = MessageQueue.createPrivate({ codec: codecs.utf8 });
   * queue.trySend('first');
   * queue.trySend('second');
   * assert.equal(queue.peek(1).data, 'second');
   * assert.equal(queue.stat().messageCount, 2);
   * queue.remove();
   */
  peek(index = 0): Message<T> | undefined {
    return peekMessage(this.#openId(), checkInteger(index, 'index', 0, LAST_INDEX), this.#codec);
  }

  /**
   * The queue's state.
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
  stat(): QueueStatus {
    return readQueueStatus(this.#openId());
  }

  /**
   * Changes the queue; what is left out stays.
   *
   * `msgctl(id, IPC_STAT)`, then `msgctl(id, IPC_SET)`. An owner without read permission on the queue can change it, too.
   *
   * @param change.maxBytes - msg_qbytes, 0 … 2^31−1; 0 pauses the queue. A lower value drops no message.
   * @throws {QueueBytesLimitError} `EPERM`: msg_qbytes above MSGMNB without CAP_SYS_RESOURCE, also one that stays as it
   *   is because MSGMNB was lowered below it: give a smaller `maxBytes` at the same time.
   * @throws {QueueAccessError} `EPERM`: neither owner nor creator, and no CAP_SYS_ADMIN.
   * @throws {QueueRemovedError} `EINVAL`, `EIDRM`: the queue was removed.
   *
   * @example
   * const queue = MessageQueue.createPrivate();
   * queue.set({ maxBytes: 1000 });
   * assert.equal(queue.stat().maxBytes, 1000);
   * queue.remove();
   */
  set(change: QueueChange): void {
    changeQueue(() => this.#openId(), change);
  }

  /**
   * Removes the queue and every message in it, for all processes; who waits for it fails with EIDRM. The handle stays
   * open, and further calls are QueueRemovedErrors.
   *
   * `msgctl(id, IPC_RMID)`
   *
   * @throws {QueueAccessError} `EPERM`: neither owner nor creator, and no CAP_SYS_ADMIN.
   * @throws {QueueRemovedError} `EINVAL`: somebody has removed it already.
   *
   * @example
   * const queue = MessageQueue.createPrivate();
   * queue.remove();
   * assert.throws(() => queue.trySend('too late'), QueueRemovedError);
   */
  remove(): void {
    const id = this.#openId();
    const result = removeQueue(id);
    if (result < 0) throw errorFromErrno('msgctl', result, { queueId: id, command: IPC_RMID });
  }

  /**
   * Lets go of the queue, which lives on with its messages. Closing twice is fine; every other call on a closed handle
   * is a QueueClosedError.
   *
   * @example
   * const queue = MessageQueue.create(0x5eed0007);
   * queue.close();
   * assert.equal(MessageQueue.exists(0x5eed0007), true);
   * MessageQueue.open(0x5eed0007).remove();
   */
  close(): void {
    this.#closed = true;
  }

  /** `using queue = MessageQueue.open(key)` closes it at the end of the block. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** @internal */
  [inspect.custom](): string {
    return `MessageQueue { id: ${this.id}, key: ${this.key}, closed: ${this.#closed} }`;
  }

  #openId(): number {
    if (this.#closed) throw new QueueClosedError(this.#id);
    return this.#id;
  }

  #checkType(type: number | bigint | undefined): number | bigint {
    return type === undefined ? this.#type : checkMessageType(type, 'options.type');
  }

  // A caller's codec may do anything, close this queue too: what was checked before it ran is checked again after.
  #encode(data: Sendable<T>): string | Uint8Array {
    if ((this.#codec as unknown) === codecs.buffer) return checkPayload(data, 'data');
    const payload = checkPayload(this.#codec.encode(data as T), 'codec.encode(data)');
    this.#openId();
    return payload;
  }
}
