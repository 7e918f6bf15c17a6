/** Sends a server's replies to their clients, some of which have died. */

import { isMessageQueueError, MessageTooLargeError, TimeoutError } from '../core/errors';
import { trySendPayload } from '../messages/send';
import { MessageQueue } from '../queue/message-queue';
import { BlockedReplies } from './blocked-replies';
import { ReplySweeper, sweepRegularly } from './reply-sweep';
import { AGREED_QUEUE, LAST_REQUEST_TYPE, monotonicNow, NEVER, type RequestFrame, setReplyExpiry } from './wire';

interface ReplySenderOptions {
  /** The queue of the requests. */
  requestsId: number;
  /** The queue of all replies; undefined: the one that a request names. */
  repliesId: number | undefined;
  /** How long a reply waits for room, in milliseconds. */
  timeout: number;
  /** The time, in milliseconds, after which other replies in the way may be discarded. */
  lifetime: number;
  /** A reply to the queue of the requests begins to wait for room, and perhaps only taking requests makes room. */
  onBlocked(): void;
}

/** The most queues remembered as stuck; beyond it they are forgotten. */
const MAX_STUCK = 1024;

export class ReplySender {
  readonly #options: ReplySenderOptions;
  /** The blocked replies to the queue of the requests. */
  readonly #blocked: BlockedReplies;
  /**
   * Other queues in which a reply has waited for room without success: their clients have most likely died. Until such
   * a queue has room again, replies to it do not wait, so a dead client costs the others that time only once.
   */
  readonly #stuck = new Set<number>();
  readonly #waiting = new Set<MessageQueue>();
  #closed = false;

  constructor(options: ReplySenderOptions) {
    this.#options = options;
    this.#blocked = new BlockedReplies(options.requestsId, options.lifetime);
  }

  /** Whether replies wait for room in the queue of the requests. */
  get blocked(): boolean {
    return this.#blocked.waiting;
  }

  /** Retries the blocked replies after a request was taken, because there may be room now. */
  retryBlocked(): void {
    if (this.blocked) this.#blocked.retry();
  }

  /** Sends a reply. False: it can't be delivered. A reply that is too large for the queue is a MessageTooLargeError. */
  async send(request: RequestFrame, frame: Buffer): Promise<boolean> {
    const id = this.#addressOf(request);
    if (id === undefined) return false;
    try {
      return await (id === this.#options.requestsId
        ? this.#sendBack(request, frame)
        : this.#sendElsewhere(id, request, frame));
    } catch (error) {
      if (error instanceof MessageTooLargeError || !isMessageQueueError(error)) throw error;
      return false;
    }
  }

  /** Cancels the replies that wait for room. Later ones do not wait. */
  close(): void {
    this.#closed = true;
    this.#blocked.close();
    for (const queue of this.#waiting) queue.close();
  }

  // A request type would make the reply a request.
  #addressOf({ replyQueue, replyType }: RequestFrame): number | undefined {
    const { requestsId, repliesId } = this.#options;
    const id = replyQueue === AGREED_QUEUE ? (repliesId ?? requestsId) : replyQueue;
    if (repliesId !== undefined && id !== repliesId) return undefined;
    return id === requestsId && replyType <= LAST_REQUEST_TYPE ? undefined : id;
  }

  async #sendBack(request: RequestFrame, frame: Buffer): Promise<boolean> {
    const { requestsId, onBlocked } = this.#options;
    if (!this.blocked && trySendPayload(requestsId, frame, request.replyType)) return true;
    if (this.#closed) return false;
    const sent = this.#blocked.add(frame, request.replyType, this.#timeoutFor(request));
    onBlocked();
    return sent;
  }

  async #sendElsewhere(id: number, request: RequestFrame, frame: Buffer): Promise<boolean> {
    const queue = MessageQueue.attach(id);
    const options = { type: request.replyType };
    if (queue.trySend(frame, options) || (new ReplySweeper(queue).sweep() && queue.trySend(frame, options))) {
      this.#stuck.delete(id);
      return true;
    }
    if (this.#closed || this.#stuck.has(id)) return false;
    const timeout = this.#timeoutFor(request);
    // Its lifetime begins when it enters the queue.
    setReplyExpiry(frame, monotonicNow() + timeout + this.#options.lifetime);
    const stopSweeping = sweepRegularly(queue, this.#options.lifetime);
    this.#waiting.add(queue);
    try {
      await queue.send(frame, { ...options, timeout });
      return true;
    } catch (error) {
      // A shorter wait, because the request expired, does not show that the client has died.
      if (error instanceof TimeoutError && timeout === this.#options.timeout) this.#remember(id);
      throw error;
    } finally {
      stopSweeping();
      this.#waiting.delete(queue);
    }
  }

  #timeoutFor({ expiresAt }: RequestFrame): number {
    const left = expiresAt === NEVER ? Number.POSITIVE_INFINITY : expiresAt - monotonicNow();
    return Math.max(0, Math.min(this.#options.timeout, left));
  }

  #remember(id: number): void {
    if (this.#stuck.size >= MAX_STUCK) this.#stuck.clear();
    this.#stuck.add(id);
  }
}
