/**
 * Replies that wait for room in the queue of the requests.
 *
 * They do not join the line of other sends: behind requests of a client in the same process they would wait for room
 * that only these replies make. Instead they are retried when a request was taken, before anything else gets its room,
 * and at intervals, because other processes take messages, too.
 */

import { clearTimeout, clockNow, setTimeout } from '../core/event-loop';
import { trySendPayload } from '../messages/send';
import { monotonicNow, setReplyExpiry } from './wire';

interface BlockedReply {
  frame: Buffer;
  type: number;
  /** The deadline, by clockNow(). */
  deadline: number;
  resolve(sent: boolean): void;
  reject(error: unknown): void;
}

const TRY_EVERY_MS = 5;

export class BlockedReplies {
  readonly #id: number;
  readonly #lifetime: number;
  readonly #replies = new Set<BlockedReply>();
  #timer: NodeJS.Timeout | undefined;

  constructor(id: number, lifetime: number) {
    this.#id = id;
    this.#lifetime = lifetime;
  }

  get waiting(): boolean {
    return this.#replies.size > 0;
  }

  /** Waits for room for this many milliseconds. False: there was none. */
  add(frame: Buffer, type: number, timeout: number): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.#replies.add({ frame, type, deadline: clockNow() + timeout, resolve, reject });
      this.#tryLater();
    });
  }

  /** Retries, because there may be room now. */
  retry(): void {
    for (const reply of this.#replies) {
      try {
        setReplyExpiry(reply.frame, monotonicNow() + this.#lifetime);
        if (!trySendPayload(this.#id, reply.frame, reply.type)) break;
        this.#replies.delete(reply);
        reply.resolve(true);
      } catch (error) {
        this.#replies.delete(reply);
        reply.reject(error);
      }
    }
  }

  /** Cancels all of them. */
  close(): void {
    this.#cancel(() => true);
    clearTimeout(this.#timer);
  }

  #tryLater(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.retry();
      const now = clockNow();
      this.#cancel(({ deadline }) => deadline <= now);
      if (this.waiting) this.#tryLater();
    }, TRY_EVERY_MS);
  }

  #cancel(which: (reply: BlockedReply) => boolean): void {
    for (const reply of this.#replies) {
      if (!which(reply)) continue;
      this.#replies.delete(reply);
      reply.resolve(false);
    }
  }
}
