/** Runs the handler for each message in hand. Afterwards the message is done, is retried, or becomes a dead letter. */

import { consumeChannel, publishConsumed } from '../core/diagnostics';
import { exactType, type Message } from '../core/message';
import type { Backlog } from './backlog';
import { type CheckedConsumeOptions, defaultDelay } from './consume-options';
import { deliverDeadLetter } from './dead-letters';
import type { Work } from './inbox';
import { Job, SharedSignal } from './job';
import type { ConsumerLoop } from './loop';
import type { Notices } from './notices';

export class Attempts<T> {
  readonly counts = { handled: 0, attempts: 0, retries: 0, deadLettered: 0 };
  readonly #options: CheckedConsumeOptions<T>;
  readonly #backlog: Backlog<T>;
  readonly #notices: Notices;
  readonly #loop: ConsumerLoop;
  readonly #shared = new SharedSignal();
  readonly #running = new Set<Work<T>>();
  /** The message whose handler has not returned yet: most are done when it returns, and a set costs as much as a slot. */
  #starting: Work<T> | undefined;

  constructor(options: CheckedConsumeOptions<T>, backlog: Backlog<T>, notices: Notices, loop: ConsumerLoop) {
    this.#options = options;
    this.#backlog = backlog;
    this.#notices = notices;
    this.#loop = loop;
  }

  /** How many messages have a handler that runs, or are being delivered as dead letters. */
  get count(): number {
    return this.#starting === undefined ? this.#running.size : this.#running.size + 1;
  }

  /** These messages. */
  get running(): readonly Work<T>[] {
    return this.#starting === undefined ? [...this.#running] : [...this.#running, this.#starting];
  }

  /** Aborts the signal of every handler. */
  abort(reason: unknown): void {
    this.#shared.abort(reason);
  }

  /** Stops waiting for handlers. */
  abandon(): void {
    this.#running.clear();
  }

  /** Starts a message again that this consumer, or one that died, had begun. */
  startAgain(work: Work<T>): void {
    if (work.attempts >= this.#options.attempts) return void this.#deadLetter(work, undefined);
    work.begin();
    this.start(work);
  }

  /** Starts a message whose attempt is noted. */
  start(work: Work<T>): void {
    let message: Message<T>;
    // Registered before a codec or the handler runs: either may close the consumer.
    this.#starting = work;
    try {
      message = work.message();
    } catch (error) {
      this.#starting = undefined;
      return void this.#deadLetter(work, error);
    }
    this.counts.attempts += 1;
    let result: unknown;
    try {
      result = this.#options.handler(message, new Job(work, this.#shared));
      const isDone = !isThenable(result);
      this.#starting = undefined;
      if (isDone) {
        if (!this.#loop.ended) this.#succeed(work, message);
        return;
      }
    } catch (error) {
      this.#starting = undefined;
      if (!this.#loop.ended) this.#retry(work, error, message);
      return;
    }
    this.#running.add(work);
    // A promise of our own, because a caller's thenable may throw, or settle twice.
    new Promise((resolve) => resolve(result)).then(
      () => this.#settled(work, () => this.#succeed(work, message)),
      (error) => this.#settled(work, () => this.#retry(work, error, message)),
    );
  }

  #settled(work: Work<T>, then: () => void): void {
    this.#running.delete(work);
    // Too late: the message belongs to the next consumer.
    if (this.#loop.ended) return;
    then();
    this.#loop.pump();
  }

  #succeed(work: Work<T>, message: Message<T>): void {
    this.counts.handled += 1;
    this.#free(work);
    if (consumeChannel.hasSubscribers) this.#publish(work, message, 'handled');
  }

  #free(work: Work<T>): void {
    work.done();
    this.#loop.onFreed();
  }

  #retry(work: Work<T>, error: unknown, message: Message<T>): void {
    if (work.attempts >= this.#options.attempts) return void this.#deadLetter(work, error);
    const delay = this.#delayAfter(work.attempts);
    work.postpone(Date.now() + delay);
    this.#backlog.delay(work, delay);
    this.counts.retries += 1;
    this.#notices.emit('retry', { error, attempt: work.attempts, delay, type: exactType(message) });
    if (consumeChannel.hasSubscribers) this.#publish(work, message, 'failed');
  }

  #delayAfter(attempt: number): number {
    try {
      return this.#options.retryDelay(attempt);
    } catch (error) {
      this.#notices.report(error as Error);
      return defaultDelay(attempt);
    }
  }

  async #deadLetter(work: Work<T>, error: unknown): Promise<void> {
    this.#running.add(work);
    let message: Message<Buffer> | undefined;
    let delivered = false;
    try {
      message = work.bytes();
      const reason = { error, attempts: work.attempts, queueId: this.#loop.queueId };
      delivered = await deliverDeadLetter(this.#options.deadLetter, message, reason);
    } catch (failure) {
      return this.#settled(work, () => this.#deadLetterLater(work, failure as Error));
    }
    const letter = message;
    this.#settled(work, () => this.#dead(work, letter, error, delivered));
  }

  #dead(work: Work<T>, message: Message<Buffer>, error: unknown, delivered: boolean): void {
    if (delivered) {
      this.counts.deadLettered += 1;
      this.#free(work);
    } else {
      work.attempts = Math.max(work.attempts, this.#options.attempts);
      work.postpone(0);
      this.#backlog.park(work);
    }
    const { attempts } = work;
    const { queueId } = this.#loop;
    this.#notices.emit('deadLetter', { error, attempts, queueId, message, inHand: !delivered });
    if (consumeChannel.hasSubscribers) this.#publish(work, message, 'dead-lettered');
  }

  // The message has no attempt left, so the next one delivers the dead letter again.
  #deadLetterLater(work: Work<T>, failure: Error): void {
    work.attempts = Math.max(work.attempts, this.#options.attempts);
    const delay = defaultDelay(Math.min(10, this.#backlog.delayed + 1));
    work.postpone(Date.now() + delay);
    this.#backlog.delay(work, delay);
    this.#notices.report(failure);
  }

  #publish(work: Work<T>, message: Message<unknown>, outcome: 'handled' | 'failed' | 'dead-lettered'): void {
    const { name } = this.#options;
    const { queueId } = this.#loop;
    publishConsumed({ queueId, name, messageType: exactType(message), attempt: work.attempts, outcome });
  }
}

function isThenable(value: unknown): boolean {
  return (
    ((typeof value === 'object' && value !== null) || typeof value === 'function') &&
    typeof (value as { then?: unknown }).then === 'function'
  );
}
