/** Removes replies whose client has died, so that they do not fill a queue forever. */

import { clearTimeout, clockNow, setTimeout } from '../core/event-loop';
import { exactType, type Message } from '../core/message';
import { returnMessage } from '../messages/undelivered';
import type { MessageQueue } from '../queue/message-queue';
import { decodeReply, monotonicNow, NEVER } from './wire';

/**
 * Bounds the cost of one sweep on the event loop, however many messages the queue has. The oldest messages are at the
 * front, so a sweep need not go far; and the kernel walks to each position, so a later one costs more.
 */
const MAX_LOOKS = 256;
const MAX_LOOK_MS = 2;

/** The shortest interval between sweeps: with a full queue, every send might ask for one. */
const LOOK_EVERY_MS = 100;
/** The same when the last sweep left expired replies. */
const LOOK_AGAIN_MS = 10;

/** Takes expired replies out of a queue, which other processes may use. */
export class ReplySweeper {
  readonly #queue: MessageQueue;
  #nextLook = Number.NEGATIVE_INFINITY;
  #hasMore = false;

  constructor(queue: MessageQueue) {
    this.#queue = queue;
  }

  /**
   * Sweeps, and returns whether there is more room now. It never throws, because other processes decide on the queue's
   * messages and its fate. It leaves messages alone that it cannot peek, for lack of permission or of MSG_COPY.
   */
  sweep(): boolean {
    if (clockNow() < this.#nextLook) return false;
    let look: Look = { swept: 0, finished: true };
    try {
      look = sweepExpired(this.#queue);
    } catch {
      // The queue is removed, unreadable or closed: nothing to do.
    }
    this.#hasMore = !look.finished;
    this.#nextLook = clockNow() + (look.finished ? LOOK_EVERY_MS : LOOK_AGAIN_MS);
    return look.swept > 0;
  }

  /** Whether the last sweep stopped before it had seen all messages. */
  get hasMore(): boolean {
    return this.#hasMore;
  }
}

interface Look {
  swept: number;
  finished: boolean;
}

const MIN_INTERVAL_MS = 100;

/** Sweeps at intervals that suit the lifetime of the replies. Returns a function that ends it. */
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
  // Types whose oldest message must stay.
  const kept = new Set<bigint>();
  for (let looks = 0; looks < MAX_LOOKS && clockNow() < until; looks++) {
    const message = queue.peek(index);
    if (message === undefined) return { swept, finished: true };
    const type = message.typeBigInt;
    if (!kept.has(type) && isExpired(message, now) && takeExpired(queue, message, now)) {
      swept += 1;
      continue; // The next message now has this position.
    }
    kept.add(type);
    index += 1;
  }
  // Messages that stay are no reason for an early next sweep.
  return { swept, finished: swept === 0 };
}

function isExpired({ data }: Message, now: number): boolean {
  const reply = decodeReply(data);
  return reply !== undefined && reply.expiresAt !== NEVER && reply.expiresAt <= now;
}

// It was the oldest of its type a moment ago. If another process took it meanwhile, msgrcv returned another message,
// which goes to the next matching receive of this process, or back into the queue. The order of replies does not
// matter, because their ids identify them.
function takeExpired(queue: MessageQueue, seen: Message, now: number): boolean {
  const type = exactType(seen);
  const message = queue.tryReceive({ type });
  if (message === undefined) return false;
  if (isExpired(message, now)) return true;
  returnMessage(queue.id, type, message.data);
  return false;
}
