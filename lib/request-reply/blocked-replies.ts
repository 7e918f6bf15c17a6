/**
 * Replies that wait for room in the queue that requests come from.
 *
 * They do not get in line with other sends: behind a client's requests of the same process they would wait for room that
 * only these replies make. Instead they are tried when a request has been taken, before anything else gets its room, and
 * every now and then, because others take messages, too.
 */

import { clearTimeout, clockNow, setTimeout } from '../core/event-loop';
import { trySendPayload } from '../messages/send';
import { monotonicNow, setReplyExpiry } from './wire';

interface BlockedReply {
  frame: Buffer;
  type: number;
  /** Until when to try, by performance.now(). */
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

  /** Waits for room for so many milliseconds. False: there was none. */
  add(frame: Buffer, type: number, timeout: number): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.#replies.add({ frame, type, deadline: clockNow() + timeout, resolve, reject });
      this.#tryLater();
    });
  }

  /** There may be room now. */
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

  /** Gives them all up. */
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
