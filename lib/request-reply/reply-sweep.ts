/** Replies that nobody will ever read, because their client has died: they must not fill a queue for ever. */

import { isMessageQueueError } from '../core/errors';
import type { MessageQueue } from '../queue/message-queue';
import { decodeReply, monotonicNow, NEVER } from './wire';

/** The oldest messages are in front, so that there is no need to look further; and a look costs more the further it is. */
const MAX_LOOKED_AT = 256;

/** A full queue may be looked at for every message that is sent to it, and looking takes a while. */
const LOOK_EVERY_MS = 100;

/** Takes the replies that have expired out of a queue, which others may be using. */
export class ReplySweeper {
  readonly #queue: MessageQueue;
  #lookedAt = Number.NEGATIVE_INFINITY;

  constructor(queue: MessageQueue) {
    this.#queue = queue;
  }

  /** Whether there is more room now. What it can't look at, for lack of permission or of MSG_COPY, it leaves alone. */
  sweep(): boolean {
    const now = performance.now();
    if (now - this.#lookedAt < LOOK_EVERY_MS) return false;
    this.#lookedAt = now;
    try {
      return sweepExpired(this.#queue) > 0;
    } catch (error) {
      if (isMessageQueueError(error)) return false;
      throw error;
    }
  }
}

const SHORTEST_INTERVAL_MS = 100;

/** Sweeps now and then, as often as replies that live so long make it worth while, until the timer is cleared. */
export function sweepRegularly(queue: MessageQueue, replyLifetime: number): NodeJS.Timeout {
  const sweeper = new ReplySweeper(queue);
  return setInterval(() => sweeper.sweep(), Math.max(replyLifetime / 2, SHORTEST_INTERVAL_MS)).unref();
}

function sweepExpired(queue: MessageQueue): number {
  const now = monotonicNow();
  let swept = 0;
  let index = 0;
  // Types whose oldest message is not to be taken.
  const kept = new Set<number>();
  while (index < MAX_LOOKED_AT) {
    const message = queue.peek(index);
    if (message === undefined) break;
    const { type, data } = message;
    if (!kept.has(type) && isExpired(data, now) && takeExpired(queue, type, now)) {
      swept += 1;
      continue; // The next message is at this position now.
    }
    kept.add(type);
    index += 1;
  }
  return swept;
}

function isExpired(bytes: Buffer, now: number): boolean {
  const reply = decodeReply(bytes);
  return reply !== undefined && reply.expiresAt !== NEVER && reply.expiresAt <= now;
}

// It was the oldest of its type a moment ago. If somebody has been quicker, the one that was taken instead goes back: a
// reply is found by its id, whichever comes first.
function takeExpired(queue: MessageQueue, type: number, now: number): boolean {
  const message = queue.tryReceive({ type });
  if (message === undefined) return false;
  if (isExpired(message.data, now)) return true;
  queue.send(message.data, { type }).catch(() => undefined);
  return false;
}
