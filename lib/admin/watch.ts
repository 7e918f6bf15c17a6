/** watchQueue: the state of a queue at regular intervals. */

import { QueueClosedError } from '../core/errors';
import { clearTimeout, clockNow, setTimeout } from '../core/event-loop';
import { checkOptions, optionNames, refuseExtra } from '../core/options';
import { checkInteger, checkSignal } from '../core/validators';
import { readQueueStatus } from '../kernel/queues';
import { type AnyHandle, openId } from '../messages/handle';
import type { MessageQueue } from '../queue/message-queue';
import { checkQueue } from '../queue/queue-argument';
import { type Cancellation, requireNotAborted, watchCancellation } from '../waiting/cancellation';
import { type QueueSample, sampleOf } from './sample';

/** How often, and until when. */
export interface WatchOptions {
  /** Milliseconds from one sample to the next, 1 … 2^31−1. Default: 1000. */
  interval?: number | undefined;
  /** Ends the iteration with an AbortError when this is aborted. */
  signal?: AbortSignal | undefined;
}

const DEFAULT_INTERVAL_MS = 1000;
const MAX_INTERVAL_MS = 0x7fffffff;

const known = optionNames<WatchOptions>('watchQueue', { interval: true, signal: true }, 'an iterator');

/**
 * Samples the state of a queue, at once and then every `interval`: its messages and bytes, its fill, and how fast it
 * grows.
 *
 * `msgctl(id, IPC_STAT)` for each sample, which takes no message and disturbs no process. It takes a sample on request,
 * so a slow consumer gets fewer samples, and never an old one. The iteration ends when the handle is closed, or with
 * `break`. Waiting for the next sample keeps the process alive, unless `queue.unref()` was called.
 *
 * @param options.interval - Milliseconds, 1 … 2^31−1. Default: 1000.
 * @throws {QueueRemovedError} `EINVAL`, `EIDRM`: the queue was removed. {AbortError} `ABORT_ERR`: the signal was aborted.
 * @throws {QueueAccessError} `EACCES`: no read permission; `listQueues()` needs none.
 *
 * @example
 * const queue = MessageQueue.createPrivate({ maxBytes: 100 });
 * for await (const { fill, messages, messagesPerSecond } of watchQueue(queue, { interval: 20 })) {
 *   console.log(`${messages} messages, ${(fill * 100).toFixed(0)} % full, ${messagesPerSecond.toFixed(1)}/s`);
 *   if (fill >= 0.8) break;
 *   queue.trySend('twenty bytes of text');
 * }
 * queue.remove();
 */
export function watchQueue<T>(queue: MessageQueue<T>, options?: WatchOptions): AsyncIterableIterator<QueueSample>;
export function watchQueue<T>(
  queue: MessageQueue<T>,
  options?: WatchOptions,
  extra?: unknown,
): AsyncIterableIterator<QueueSample> {
  refuseExtra(extra, 'watchQueue', 'an iterator');
  const handle = checkQueue(queue, 'queue');
  const { interval = DEFAULT_INTERVAL_MS, signal } = checkOptions(options, known) ?? {};
  const checkedInterval = checkInteger(interval, 'options.interval', 1, MAX_INTERVAL_MS);
  const cancellation = { timeout: undefined, signal: checkSignal(signal) };
  requireNotAborted(cancellation.signal, 'msgctl', handle.id);
  openId(handle);
  return new QueueWatch(handle, checkedInterval, cancellation);
}

const ended = { done: true, value: undefined } as const;

// Not an async generator: its return() would wait for the sample that a pending next() waits for.
class QueueWatch implements AsyncIterableIterator<QueueSample> {
  readonly #handle: AnyHandle;
  readonly #interval: number;
  readonly #cancellation: Cancellation;
  #previous: QueueSample | undefined;
  /** When the next sample is due, by clockNow(). */
  #due = clockNow();
  #done = false;
  /** The pending calls of next(), one after the other. */
  #turn: Promise<unknown> = Promise.resolve();
  #endWait: ((reason?: Error) => void) | undefined;

  constructor(handle: AnyHandle, interval: number, cancellation: Cancellation) {
    this.#handle = handle;
    this.#interval = interval;
    this.#cancellation = cancellation;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<QueueSample, undefined>> {
    const result = this.#turn.then(() => this.#sample());
    this.#turn = result.catch(() => undefined);
    return result;
  }

  async return(): Promise<IteratorResult<QueueSample, undefined>> {
    this.#done = true;
    this.#endWait?.();
    return ended;
  }

  async #sample(): Promise<IteratorResult<QueueSample, undefined>> {
    try {
      if (!this.#done && !this.#handle.closed) await this.#untilDue();
      if (this.#done || this.#handle.closed) return await this.return();
      requireNotAborted(this.#cancellation.signal, 'msgctl', this.#handle.id);
      const status = readQueueStatus(openId(this.#handle));
      this.#previous = sampleOf(status, new Date(), this.#previous);
      this.#due = this.#nextDue(clockNow());
      return { done: false, value: this.#previous };
    } catch (error) {
      this.#done = true;
      if (error instanceof QueueClosedError) return ended;
      throw error;
    }
  }

  // Stays in step with the first sample. For a consumer slower than the interval, the next sample is one interval from
  // now.
  #nextDue(now: number): number {
    const inStep = this.#due + this.#interval;
    return inStep > now ? inStep : now + this.#interval;
  }

  #untilDue(): Promise<void> | undefined {
    const ms = this.#due - clockNow();
    if (ms <= 0) return undefined;
    const { waits, id } = this.#handle;
    return new Promise<void>((resolve, reject) => {
      // The handle decides whether waits keep the process alive; the timer does not.
      const timer = setTimeout(() => this.#endWait?.(), ms).unref();
      const wait = { cancel: (reason: Error) => this.#endWait?.(reason) };
      const unwatch = watchCancellation(this.#cancellation, 'msgctl', id, wait);
      this.#endWait = (reason) => {
        this.#endWait = undefined;
        clearTimeout(timer);
        unwatch();
        waits.delete(wait);
        if (reason === undefined) resolve();
        else reject(reason);
      };
      waits.add(wait);
    });
  }
}
