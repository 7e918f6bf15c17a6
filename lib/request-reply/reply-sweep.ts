/** Replies that nobody will ever read, because their client has died: they must not fill a queue forever. */

import { clearTimeout, clockNow, setTimeout } from '../core/event-loop';
import { exactType, type Message } from '../core/message';
import { returnMessage } from '../messages/undelivered';
import type { MessageQueue } from '../queue/message-queue';
import { decodeReply, monotonicNow, NEVER } from './wire';

/**
 * What one look may cost, however many messages others put there: it runs on the event loop. The oldest messages are in
 * front, so there is no need to look far; and the kernel walks to each position, so a look costs more the further it is.
 */
const MAX_LOOKS = 256;
const MAX_LOOK_MS = 2;

/** A full queue may be looked at for every message that is sent to it. */
const LOOK_EVERY_MS = 100;
/** The same where there was more to take out than one look may. */
const LOOK_AGAIN_MS = 10;

/** Takes the replies that have expired out of a queue, which others may be using. */
export class ReplySweeper {
  readonly #queue: MessageQueue;
  #nextLook = Number.NEGATIVE_INFINITY;
  #hasMore = false;

  constructor(queue: MessageQueue) {
    this.#queue = queue;
  }

  /**
   * Whether there is more room now. It never throws: what is in the queue, and what becomes of the queue meanwhile, is
   * others' doing. It leaves messages alone that it cannot look at, for lack of permission or of MSG_COPY.
   */
  sweep(): boolean {
    if (clockNow() < this.#nextLook) return false;
    let look: Look = { swept: 0, finished: true };
    try {
      look = sweepExpired(this.#queue);
    } catch {
      // Removed, unreadable, or closed: there is nothing to do here.
    }
    this.#hasMore = !look.finished;
    this.#nextLook = clockNow() + (look.finished ? LOOK_EVERY_MS : LOOK_AGAIN_MS);
    return look.swept > 0;
  }

  /** Whether the last look had to stop before it had seen what there is. */
  get hasMore(): boolean {
    return this.#hasMore;
  }
}

interface Look {
  swept: number;
  finished: boolean;
}

const MIN_INTERVAL_MS = 100;

/** Sweeps now and then, as often as replies that live so long make it worth while. Returns what ends it. */
export function sweepRegularly(queue: MessageQueue, replyLifetime: number): () => void {
  const sweeper = new ReplySweeper(queue);
  const interval = Math.max(replyLifetime / 2, MIN_INTERVAL_MS);
  let timer: NodeJS.Timeout;
  const schedule = (ms: number): void => {
    timer = setTimeout(() => {
      sweeper.sweep();
      schedule(sweeper.hasMore ? LOOK_AGAIN_MS : interval);
    }, ms).unref();
  };
  schedule(interval);
  return () => clearTimeout(timer);
}

function sweepExpired(queue: MessageQueue): Look {
  const now = monotonicNow();
  const until = clockNow() + MAX_LOOK_MS;
  let swept = 0;
  let index = 0;
  // Types whose oldest message is not to be taken.
  const kept = new Set<bigint>();
  for (let looks = 0; looks < MAX_LOOKS && clockNow() < until; looks++) {
    const message = queue.peek(index);
    if (message === undefined) return { swept, finished: true };
    const type = message.typeBigInt;
    if (!kept.has(type) && isExpired(message, now) && takeExpired(queue, message, now)) {
      swept += 1;
      continue; // The next message is at this position now.
    }
    kept.add(type);
    index += 1;
  }
  // Messages that stay are no reason to come back soon.
  return { swept, finished: swept === 0 };
}

function isExpired({ data }: Message, now: number): boolean {
  const reply = decodeReply(data);
  return reply !== undefined && reply.expiresAt !== NEVER && reply.expiresAt <= now;
}

// It was the oldest of its type a moment ago. If another process has been quicker, the one that was taken instead goes to the
// next receive of this process that matches, or back into the queue: a reply is found by its id, whichever comes first.
function takeExpired(queue: MessageQueue, seen: Message, now: number): boolean {
  const type = exactType(seen);
  const message = queue.tryReceive({ type });
  if (message === undefined) return false;
  if (isExpired(message, now)) return true;
  returnMessage(queue.id, type, message.data);
  return false;
}
