/** RequestServer: handles the requests of a queue. */

import { EventEmitter } from 'node:events';
import type { Codec, Sendable } from '../codecs/codec';
import { DecodeError, QueueClosedError } from '../core/errors';
import { clearTimeout, nextTick, setTimeout } from '../core/event-loop';
import { checkOptions } from '../core/options';
import { checkFunction, checkTimeout } from '../core/validators';
import { encode, type Handle } from '../messages/handle';
import { MessageQueue } from '../queue/message-queue';
import { checkQueue } from '../queue/queue-argument';
import { type IncomingRequest, RequestInProgress } from './incoming-request';
import { ReplySender } from './reply-sender';
import { sweepRegularly } from './reply-sweep';
import { checkServerOptions, ofServerClose, type RequestServerOptions } from './request-options';
import type { RequestServerStats } from './request-stats';
import { decodeRequest, encodeFailure, encodeReply, monotonicNow, Status } from './wire';

/** Computes the reply to a request. The client receives an error that it throws as a RemoteError. */
export type RequestHandler<Request, Reply> = (data: Request, request: IncomingRequest) => Reply | Promise<Reply>;

interface ServerEvents {
  error: [error: Error];
  handlerError: [error: unknown];
  close: [];
}

/** A taken request. */
interface Taken {
  bytes: Buffer;
  type: number;
}

/** How many requests beyond `concurrency` are taken to make room for replies. */
const MAX_BACKLOG = 1024;

/**
 * Takes requests from a queue, calls a handler for each, and sends the handler's result to the client. It begins at
 * once.
 *
 * Several servers, in any number of processes, may share a queue: each request goes to one of them. A taken request is
 * handled once, or not at all if the process dies: its client then gets no reply. A request in the queue waits for the
 * next server.
 *
 * Events: `error` when it cannot continue (the queue was removed), which without a listener ends the process, as usual
 * in Node.js; `close` when it has ended; `handlerError` with the error that a handler threw.
 *
 * You still own the handle that you pass. The server keeps the process alive until it is closed.
 *
 * @example
 * const requests = MessageQueue.createPrivate({ codec: codecs.utf8 });
 * const server = new RequestServer(requests, (text) => text.toUpperCase(), { concurrency: 4 });
 * const client = new RequestClient(requests);
 * assert.equal(await client.request('hello'), 'HELLO');
 * client.close();
 * await server.close();
 * requests.remove();
 */
export class RequestServer<Request = Buffer, Reply = unknown>
  extends EventEmitter<ServerEvents>
  implements AsyncDisposable
{
  readonly #codec: Codec<Request>;
  readonly #replyCodec: Codec<Reply>;
  readonly #handler: RequestHandler<Request, Reply>;
  readonly #concurrency: number;
  readonly #replyLifetime: number;
  readonly #select: { type: number } | { upTo: number };
  readonly #requests: MessageQueue;
  readonly #sender: ReplySender;
  readonly #stopSweeping: () => void;
  readonly #active = new Set<RequestInProgress>();
  readonly #backlog: Taken[] = [];
  readonly #counts = { received: 0, replied: 0, failed: 0, expired: 0, undeliverable: 0, malformed: 0 };
  readonly #serving: Promise<void>;
  #onChange: () => void = () => undefined;
  #closing: Promise<void> | undefined;

  /**
   * @param requests - The queue of the requests. Its codec reads them.
   * @param handler - Called with the request's data, and the request: `type`, `timeLeft`, `signal`. The value that it
   *   returns, or resolves with, is the reply. It must suit the codec of the replies, or be undefined.
   * @param options - Which requests to serve, how many concurrently, and how to encode and send replies.
   * @throws {QueueRemovedError} `EINVAL`: the queue does not exist.
   */
  constructor(
    requests: MessageQueue<Request>,
    handler: RequestHandler<Request, Reply>,
    options?: RequestServerOptions<Reply>,
  ) {
    super();
    const handle = checkQueue(requests, 'requests');
    const checked = checkServerOptions(handle as Handle<unknown>, options);
    this.#handler = checkFunction(handler, 'handler');
    this.#codec = handle.codec;
    this.#replyCodec = checked.codec;
    this.#concurrency = checked.concurrency;
    this.#replyLifetime = checked.replyLifetime;
    this.#select = checked.select;
    this.#requests = MessageQueue.attach(handle.id, { spin: handle.spin });
    this.#sender = new ReplySender({
      requestsId: handle.id,
      repliesId: checked.replies?.id,
      timeout: checked.replyTimeout,
      lifetime: checked.replyLifetime,
      onBlocked: () => this.#onChange(),
    });
    // Abandoned replies must not keep requests or replies out of a queue that they share.
    this.#stopSweeping = sweepRegularly(MessageQueue.attach(checked.replies?.id ?? handle.id), checked.replyLifetime);
    this.#serving = this.#serve();
  }

  /** Whether the server was closed. */
  get closed(): boolean {
    return this.#closing !== undefined;
  }

  /** Counts since the server's creation. */
  get stats(): RequestServerStats {
    return { active: this.#active.size, backlog: this.#backlog.length, ...this.#counts };
  }

  /**
   * Stops taking requests, and resolves when the taken ones are answered. The queue stays.
   *
   * @param options.timeout - Milliseconds to wait for that. Then the signals of the remaining requests are aborted, and
   *   their clients get RemoteErrors with the `remoteCode` ERR_QUEUE_CLOSED. Default: no bound.
   *
   * @example
   * const requests = MessageQueue.createPrivate();
   * const server = new RequestServer(requests, () => new Promise(() => {}));
   * const client = new RequestClient(requests);
   * const answer = client.request('never answered').catch((error) => error.remoteCode);
   * while (server.stats.active === 0) await new Promise(setImmediate);
   * await server.close({ timeout: 10 });
   * assert.equal(await answer, 'ERR_QUEUE_CLOSED');
   * client.close();
   * requests.remove();
   */
  close(options?: { timeout?: number | undefined }): Promise<void> {
    const timeout = checkTimeout(checkOptions(options, ofServerClose)?.timeout);
    this.#closing ??= this.#end(timeout);
    return this.#closing;
  }

  /** `await using server = new RequestServer(queue, handler)` closes it at the end of the block. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** The server keeps the process alive, as it does by default. */
  ref(): this {
    this.#requests.ref();
    return this;
  }

  /** The server does not keep the process alive. */
  unref(): this {
    this.#requests.unref();
    return this;
  }

  async #serve(): Promise<void> {
    try {
      for (;;) {
        while (!this.#mayTake()) await this.#changed();
        const { data, type } = await this.#requests.receive(this.#select);
        this.#counts.received += 1;
        this.#sender.retryBlocked();
        this.#backlog.push({ bytes: data, type });
        this.#start();
      }
    } catch (error) {
      if (this.closed && error instanceof QueueClosedError) return;
      this.#emitLater('error', error as Error);
      void this.close();
    }
  }

  // If requests and replies share a queue, only taking requests makes room for a reply in a full one. Otherwise the
  // clients that wait to send and this server would wait for each other.
  #mayTake(): boolean {
    if (this.closed || this.#active.size < this.#concurrency) return true;
    return this.#sender.blocked && this.#backlog.length < MAX_BACKLOG;
  }

  #changed(): Promise<void> {
    return new Promise((resolve) => {
      this.#onChange = resolve;
    });
  }

  #start(): void {
    while (this.#active.size < this.#concurrency) {
      const taken = this.#backlog.shift();
      if (taken === undefined) break;
      const request = this.#requestOf(taken);
      if (request !== undefined) void this.#handle(request);
    }
    this.#onChange();
  }

  // Undefined: the request is not handled.
  #requestOf({ bytes, type }: Taken): RequestInProgress | undefined {
    const frame = decodeRequest(bytes);
    if (frame === undefined) {
      this.#counts.malformed += 1;
      return undefined;
    }
    const request = new RequestInProgress(frame, type);
    if (request.timeLeft > 0) return request;
    this.#counts.expired += 1;
    return undefined;
  }

  async #handle(request: RequestInProgress): Promise<void> {
    this.#active.add(request);
    await this.#answer(request, await this.#replyTo(request));
    request.end();
    this.#active.delete(request);
    this.#start();
  }

  async #replyTo(request: RequestInProgress): Promise<Buffer> {
    try {
      const value = await this.#handler(this.#decode(request), request);
      if (value === undefined) return this.#reply(request, Status.nothing, '');
      return this.#reply(
        request,
        Status.value,
        encode({ codec: this.#replyCodec }, value as Sendable<Reply>, request.frame.replyType),
      );
    } catch (error) {
      return this.#failure(request, error);
    }
  }

  #decode({ frame, type }: RequestInProgress): Request {
    try {
      return this.#codec.decode(frame.payload, type);
    } catch (cause) {
      throw new DecodeError(this.#requests.id, type, frame.payload, cause);
    }
  }

  // Never rejects.
  async #answer(request: RequestInProgress, bytes: Buffer): Promise<void> {
    if (request.answered) return;
    request.answered = true;
    if (request.timeLeft <= 0) {
      this.#counts.expired += 1;
      return;
    }
    const { frame } = request;
    // The reply may be too large for its queue; the error about that is not.
    const sent = await this.#sender
      .send(frame, bytes)
      .catch((error) => this.#sender.send(frame, this.#failure(request, error)))
      .catch(() => false);
    this.#counts[sent ? 'replied' : 'undeliverable'] += 1;
  }

  #failure(request: RequestInProgress, error: unknown): Buffer {
    this.#counts.failed += 1;
    this.#emitLater('handlerError', error);
    return this.#reply(request, Status.error, encodeFailure(error));
  }

  #reply({ frame: { id } }: RequestInProgress, status: Status, payload: string | Uint8Array): Buffer {
    return encodeReply({ id, status, expiresAt: monotonicNow() + this.#replyLifetime }, payload);
  }

  async #end(timeout: number | undefined): Promise<void> {
    this.#requests.close();
    this.#onChange();
    await this.#serving;
    const timer = timeout === undefined ? undefined : setTimeout(() => this.#abandon(), timeout);
    while (this.#active.size > 0 || this.#backlog.length > 0) await this.#changed();
    clearTimeout(timer);
    this.#stopSweeping();
    this.#emitLater('close');
  }

  // A request that is still being handled gets a reply instead of its handler's result.
  #abandon(): void {
    const reason = new QueueClosedError(this.#requests.id);
    this.#sender.close();
    const queued = this.#backlog.splice(0).flatMap((taken) => this.#requestOf(taken) ?? []);
    const left = [...this.#active, ...queued];
    this.#active.clear();
    this.#counts.failed += left.length;
    const answers = left.map((request) =>
      this.#answer(request, this.#reply(request, Status.error, encodeFailure(reason))),
    );
    void Promise.all(answers).then(() => this.#onChange());
    for (const request of left) request.abort(reason);
  }

  // A listener's exception concerns the program, and must not affect this loop.
  #emitLater<Event extends keyof ServerEvents>(event: Event, ...args: ServerEvents[Event]): void {
    nextTick(() => (this as EventEmitter).emit(event, ...args));
  }
}
