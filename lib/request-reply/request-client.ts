/** RequestClient: sends requests through one queue and receives the replies through another, or the same. */

import type { Codec, Sendable } from '../codecs/codec';
import * as errno from '../core/errno';
import { DecodeError, QueueClosedError, RemoteError, TimeoutError } from '../core/errors';
import { lazy } from '../core/lazy';
import { checkOptions, refuseExtra } from '../core/options';
import { checkSignal } from '../core/validators';
import { errorFromErrno } from '../kernel/error-from-errno';
import { encode, type Handle } from '../messages/handle';
import { MessageQueue } from '../queue/message-queue';
import { checkQueue } from '../queue/queue-argument';
import { rejectionOf } from '../waiting/caller-frames';
import { requireNotAborted } from '../waiting/cancellation';
import { PendingRequest } from './pending-request';
import { watchRemoval } from './removal-watch';
import { ReplyInbox } from './reply-inbox';
import { ReplySweeper } from './reply-sweep';
import {
  checkClientOptions,
  checkRequestTimeout,
  checkRequestType,
  ofRequest,
  type RequestClientOptions,
  type RequestOptions,
} from './request-options';
import type { RequestClientStats } from './request-stats';
import {
  AGREED_QUEUE,
  decodeFailure,
  decodeReply,
  encodeRequest,
  ID_BYTES,
  monotonicNow,
  NEVER,
  type ReplyFrame,
  Status,
} from './wire';

const crypto = lazy(() => require('node:crypto') as typeof import('node:crypto'));

const TOKEN_BYTES = 4;
const SEQUENCE_END = 2 ** 32;

/**
 * Sends requests to a RequestServer, or to a program in another language, and resolves with the replies.
 *
 * A request is a message of type 1 (`type`) with a header that says where the reply goes: to a type of this client's in
 * the queue of the requests, by default; in another shared queue (`replies`); or to a private queue (`replies:
 * 'private'`). The reply repeats the request's id. docs/request-reply.md describes both, for servers in other
 * languages, too. Any number of requests may be pending; two threads wait for all of them.
 *
 * You still own the handle that you pass: you may close it, and closing the client does not. A pending request keeps
 * the process alive.
 *
 * @example
 * const requests = MessageQueue.createPrivate({ codec: codecs.json() });
 * const server = new RequestServer(requests, ({ a, b }) => a + b);
 * const client = new RequestClient(requests, { timeout: 5000 });
 * assert.equal(await client.request({ a: 2, b: 3 }), 5);
 * client.close();
 * await server.close();
 * requests.remove();
 */
export class RequestClient<Request = Buffer, Reply = unknown> implements Disposable {
  readonly #codec: Handle<Request>;
  readonly #replyCodec: Codec<Reply>;
  readonly #type: number;
  readonly #timeout: number | undefined;
  readonly #requests: MessageQueue;
  readonly #inbox: ReplyInbox;
  readonly #sweeper: ReplySweeper;
  readonly #pending = new Map<number, PendingRequest<Reply>>();
  readonly #token = crypto().randomBytes(TOKEN_BYTES);
  readonly #counts = { sent: 0, replies: 0, lateReplies: 0, strayMessages: 0 };
  #lastSequence = 0;
  #unwatch: (() => void) | undefined;
  #keepsAlive = true;
  #closed = false;

  /**
   * @param requests - The queue of the requests. Its codec writes them.
   * @param options - The destination of replies, their codec, and defaults for requests.
   * @throws {QueueRemovedError} `EINVAL`: the queue does not exist.
   */
  constructor(requests: MessageQueue<Request>, options?: RequestClientOptions<Reply>) {
    const handle = checkQueue(requests, 'requests');
    const { sharedId, mode, codec, replyType, type, timeout } = checkClientOptions(handle as Handle<unknown>, options);
    this.#codec = handle;
    this.#replyCodec = codec;
    this.#type = type;
    this.#timeout = timeout;
    this.#requests = MessageQueue.attach(handle.id, { spin: handle.spin });
    this.#sweeper = new ReplySweeper(this.#requests);
    this.#inbox = new ReplyInbox({
      sharedId,
      replyType,
      mode,
      spin: handle.spin,
      onMessage: (bytes) => this.#onMessage(bytes),
      onLost: (error) => this.#failAll(() => error),
    });
    this.#inbox.reference(false);
  }

  /** Whether the client was closed. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Counts since the client's creation. */
  get stats(): RequestClientStats {
    return { pending: this.#pending.size, ...this.#counts };
  }

  /**
   * Sends a request, and waits for room in the queue and for the reply.
   *
   * Requests of a client enter the queue in the order of the calls. Replies arrive in any order.
   *
   * @param options.timeout - Milliseconds for request and reply together, 0 … 2^31−1, or Infinity. Default: the
   *   client's, 30,000. Afterwards the server does not handle the request, or send a reply.
   * @param options.signal - Cancels the request. The server does not notice.
   * @returns The handler's result; undefined when it returned nothing.
   * @throws {RemoteError} `ERR_REMOTE`: the handler threw.
   * @throws {TimeoutError} `ETIMEDOUT`; {AbortError} `ABORT_ERR`; {QueueClosedError} `ERR_QUEUE_CLOSED`: canceled. If
   *   `requestSent` is true, a server may handle the request; otherwise none will.
   * @throws {QueueRemovedError} `EIDRM`, `EINVAL`: the queue of the requests, or of the replies, was removed.
   * @throws {DecodeError} `ERR_MESSAGE_DECODE`: the reply does not decode. The error has its bytes.
   * @throws {MessageTooLargeError} `EINVAL` and {QueueAccessError} `EACCES`: as for MessageQueue's send.
   *
   * @example
   * const requests = MessageQueue.createPrivate();
   * const client = new RequestClient(requests);
   * const failed = await client.request('is anybody there?', { timeout: 20 }).catch((error) => error);
   * assert(failed instanceof TimeoutError && failed.requestSent);
   * client.close();
   * requests.remove();
   */
  request(data: Sendable<Request>, options?: RequestOptions): Promise<Reply>;
  async request(data: Sendable<Request>, options?: RequestOptions, callback?: unknown): Promise<Reply> {
    refuseExtra(callback, 'request', 'a promise');
    const { timeout, signal, type } = checkOptions(options, ofRequest) ?? {};
    const requestType = type === undefined ? this.#type : checkRequestType(type);
    const { id } = this.#requests;
    const payload = encode(this.#codec, data, requestType);
    const cancellation = {
      timeout: timeout === undefined ? this.#timeout : checkRequestTimeout(timeout),
      signal: checkSignal(signal),
    };
    requireNotAborted(cancellation.signal, 'msgsnd', id);
    if (this.#closed) throw new QueueClosedError(id);
    if (cancellation.timeout === 0) throw new TimeoutError('msgsnd', id, 0);

    const sequence = this.#newSequence();
    const frame = this.#frameOf(sequence, payload, cancellation.timeout);
    return new Promise<Reply>((resolve) => {
      const pending = new PendingRequest<Reply>(id, cancellation, {
        resolve: (value) => {
          this.#forget(sequence);
          resolve(value);
        },
        reject: (error) => {
          this.#forget(sequence);
          resolve(rejectionOf(error));
        },
      });
      if (this.#pending.size === 0) this.#inbox.reference(this.#keepsAlive);
      this.#pending.set(sequence, pending);
      this.#send(frame, requestType, pending);
    });
  }

  #frameOf(sequence: number, payload: string | Uint8Array, timeout: number | undefined): Buffer {
    const { id } = this.#requests;
    const replyQueue = this.#inbox.open();
    if (replyQueue !== id) this.#unwatch ??= watchRemoval(id, () => void this.#onRequestsRemoved());
    const header = {
      // A server in another language knows that queue without this.
      replyQueue: replyQueue === id ? AGREED_QUEUE : replyQueue,
      replyType: this.#inbox.type,
      id: this.#idOf(sequence),
      expiresAt: timeout === undefined ? NEVER : monotonicNow() + timeout,
    };
    return encodeRequest(header, payload);
  }

  /**
   * Cancels the pending requests with QueueClosedErrors, and removes the private queue of replies, if there is one. The
   * queue of the requests stays. Closing twice is harmless.
   *
   * @example
   * const requests = MessageQueue.createPrivate();
   * const client = new RequestClient(requests);
   * const request = client.request('too late');
   * client.close();
   * await assert.rejects(request, QueueClosedError);
   * requests.remove();
   */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#failAll(() => new QueueClosedError(this.#requests.id));
    this.#requests.close();
    this.#unwatch?.();
    this.#inbox.close();
  }

  /** Pending requests keep the process alive, as they do by default. */
  ref(): this {
    return this.#reference(true);
  }

  /** Pending requests do not keep the process alive. */
  unref(): this {
    return this.#reference(false);
  }

  /** `using client = new RequestClient(queue)` closes it at the end of the block. */
  [Symbol.dispose](): void {
    this.close();
  }

  #reference(keepsAlive: boolean): this {
    this.#keepsAlive = keepsAlive;
    this.#inbox.reference(keepsAlive && this.#pending.size > 0);
    if (keepsAlive) this.#requests.ref();
    else this.#requests.unref();
    return this;
  }

  #send(frame: Buffer, type: number, pending: PendingRequest<Reply>): void {
    const onSent = (): void => {
      this.#counts.sent += 1;
      pending.onSent();
    };
    try {
      if (this.#trySend(frame, type)) {
        onSent();
        return;
      }
    } catch (error) {
      pending.onNotSent(error);
      return;
    }
    this.#requests.send(frame, { type, signal: pending.sendSignal }).then(onSent, (error) => pending.onNotSent(error));
  }

  // If requests and replies share the queue, replies to dead clients may fill it.
  #trySend(frame: Buffer, type: number): boolean {
    if (this.#requests.trySend(frame, { type })) return true;
    return this.#inbox.id === this.#requests.id && this.#sweeper.sweep() && this.#requests.trySend(frame, { type });
  }

  #onMessage(bytes: Buffer): void {
    const reply = decodeReply(bytes);
    if (reply === undefined || !reply.id.subarray(0, TOKEN_BYTES).equals(this.#token)) {
      this.#counts.strayMessages += 1;
      return;
    }
    const pending = this.#pending.get(reply.id.readUInt32LE(TOKEN_BYTES));
    if (pending === undefined) {
      this.#counts.lateReplies += 1;
      return;
    }
    this.#counts.replies += 1;
    this.#settle(pending, reply);
  }

  #settle(pending: PendingRequest<Reply>, { status, payload }: ReplyFrame): void {
    pending.sent = true;
    const { id } = this.#requests;
    if (status === Status.nothing) {
      pending.resolve(undefined as Reply);
    } else if (status !== Status.value) {
      pending.reject(new RemoteError(id, decodeFailure(payload)));
    } else {
      let value: Reply;
      try {
        value = this.#replyCodec.decode(payload, this.#inbox.type);
      } catch (cause) {
        pending.reject(new DecodeError(this.#inbox.id, this.#inbox.type, payload, cause));
        return;
      }
      pending.resolve(value);
    }
  }

  // Replies sent before the removal have arrived; a server whose queue is gone sends no others.
  async #onRequestsRemoved(): Promise<void> {
    await this.#inbox.drain();
    this.#failAll(() => errorFromErrno('msgrcv', errno.EIDRM, { queueId: this.#requests.id }));
  }

  // A request that waits for room settles when its outcome is known.
  #failAll(reason: () => Error): void {
    for (const pending of this.#pending.values()) pending.fail(reason);
  }

  #forget(sequence: number): void {
    this.#pending.delete(sequence);
    if (this.#pending.size === 0) this.#inbox.reference(false);
  }

  #newSequence(): number {
    do this.#lastSequence = (this.#lastSequence + 1) % SEQUENCE_END;
    while (this.#pending.has(this.#lastSequence));
    return this.#lastSequence;
  }

  // The token is random, so that this client does not accept replies to an earlier client with the same queue or type.
  #idOf(sequence: number): Buffer {
    const id = Buffer.alloc(ID_BYTES);
    id.set(this.#token);
    id.writeUInt32LE(sequence, TOKEN_BYTES);
    return id;
  }
}
