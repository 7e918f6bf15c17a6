/** The consumer's loop: it takes messages, hands them to the handler, and frees each when the handler is done with it. */

import { AsyncResource } from 'node:async_hooks';
import { EventEmitter } from 'node:events';
import type { ConsumeHandler, ConsumeOptions, Consumer, ConsumerEvents, ConsumerStats } from '../../types/consume';
import { consumeChannel, publishConsumed, publishRecovered } from '../core/diagnostics';
import * as errno from '../core/errno';
import { MessageQueueError } from '../core/errors';
import { clearInterval, clearTimeout, nextTick, setImmediate, setInterval, setTimeout } from '../core/event-loop';
import { liveConsumers } from '../core/live-consumers';
import { exactType, type Message } from '../core/message';
import { checkOptions, optionNames } from '../core/options';
import { throwLater } from '../core/throw-later';
import { checkTimeout } from '../core/validators';
import { errorFromErrno } from '../kernel/error-from-errno';
import type { Handle } from '../messages/handle';
import type { Cancelable } from '../messages/handle-waits';
import { spendTurn } from '../waiting/fairness';
import { AirlockInbox } from './airlock-inbox';
import { Backlog } from './backlog';
import { type CheckedConsumeOptions, checkConsumeOptions, defaultDelay } from './consume-options';
import { deliverDeadLetter } from './dead-letters';
import type { Inbox, Work } from './inbox';
import { Job, SharedSignal } from './job';
import { QueueInbox } from './queue-inbox';
import { findQueue } from './reopening';

/** How often siblings that died are looked for. */
const RECOVER_MS = 2000;
/** Before what can't be done now is tried again: without a thread to wait, without room for a longer message. */
const NO_THREAD_MS = 50;
const NO_ROOM_MS = 2000;
/** A consumer for which rivals are too quick again and again stays away for a while: each wakes them all. */
const MISSES_BEFORE_PAUSE = 3;
const MAX_PAUSE_MS = 8;

const knownToClose = optionNames<{ timeout?: number | undefined }>('close', { timeout: true }, 'a promise');

type Emitted = { [K in keyof ConsumerEvents]: ConsumerEvents[K] };

export class QueueConsumer<T> extends EventEmitter<ConsumerEvents> implements Consumer<T>, Cancelable {
  readonly finished: Promise<void>;
  readonly #handle: Handle<T>;
  readonly #options: CheckedConsumeOptions<T>;
  readonly #inbox: Inbox<T>;
  readonly #backlog: Backlog<T>;
  readonly #shared = new SharedSignal();
  /** Handlers run in the context in which consume() was called, whatever wakes the loop. */
  readonly #context = new AsyncResource('sysvmq.Consumer');
  readonly #recovering: NodeJS.Timeout;
  readonly #running = new Set<Work<T>>();
  #queueId: number;
  #pumping = false;
  #scheduled = false;
  #pausedUntil: NodeJS.Timeout | undefined;
  #misses = 0;
  #stalled = false;
  #queueGone = false;
  #stopLooking: (() => void) | undefined;
  #closing = false;
  #ended = false;
  /** Why it can't go on. */
  #failure: Error | undefined;
  #settle!: { resolve: () => void; reject: (error: Error) => void };
  readonly #closed: Promise<void>;
  #markClosed!: () => void;
  readonly #counts = { handled: 0, attempts: 0, retries: 0, deadLettered: 0, recovered: 0 };
  readonly #onAbort = (): void => {
    this.#shared.abort(this.#options.signal?.reason);
    void this.close();
  };

  constructor(handle: Handle<T>, handler: ConsumeHandler<T>, given: ConsumeOptions | undefined) {
    super();
    const options = checkConsumeOptions(handle, handler, given);
    this.#handle = handle;
    this.#options = options;
    this.#queueId = handle.id;
    this.#backlog = new Backlog(() => this.#pump());
    this.#inbox = this.#openInbox();
    this.finished = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    this.#closed = new Promise((resolve) => {
      this.#markClosed = resolve;
    });
    handle.waits.add(this);
    liveConsumers.add(this);
    options.signal?.addEventListener('abort', this.#onAbort);
    this.#recovering = setInterval(() => this.#recover(), RECOVER_MS).unref();
    // Listeners that are added right after consume() hear of what was found at once.
    nextTick(() => {
      this.#recover();
      this.#pump();
    });
  }

  #openInbox(): Inbox<T> {
    const { atMostOnce, selection, concurrency, slots, state, name } = this.#options;
    const { id, key, codec } = this.#handle;
    if (atMostOnce) return new QueueInbox(this.#handle, selection);
    const owner = { queueId: id, queueKey: key, consumer: name };
    const warn = (error: Error): void => nextTick(() => this.#complain(error));
    return new AirlockInbox({ owner, codec, selection, concurrency, slots, state }, warn);
  }

  // ---- the loop

  #pump(): void {
    if (this.#pumping || this.#ended) return;
    this.#pumping = true;
    try {
      this.#context.runInAsyncScope(this.#fill, this);
    } finally {
      this.#pumping = false;
    }
    this.#endIfDone();
  }

  #fill(): void {
    while (!this.#closing && this.#running.size < this.#options.concurrency) {
      if (spendTurn()) {
        this.#pumpSoon();
        return;
      }
      const ready = this.#backlog.next();
      if (ready !== undefined) {
        this.#beginAgain(ready);
        continue;
      }
      if (this.#queueGone || this.#inbox.waiting || this.#pausedUntil !== undefined) return;
      const taken = this.#take();
      if (typeof taken === 'number') {
        this.#onNothing(taken);
        return;
      }
      this.#misses = 0;
      this.#start(taken);
    }
  }

  #take(): Work<T> | number {
    try {
      return this.#inbox.take(this.#queueId);
    } catch (error) {
      this.#complain(error as Error);
      this.#pause(NO_ROOM_MS);
      return errno.EAGAIN;
    }
  }

  #pumpSoon(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#pump();
    });
  }

  #pause(milliseconds: number): void {
    this.#pausedUntil ??= setTimeout(() => {
      this.#pausedUntil = undefined;
      this.#pump();
    }, milliseconds).unref();
  }

  // What take or a wait came to, other than a message.
  #onNothing(result: number): void {
    switch (result) {
      case errno.ENOMSG:
        this.#wait();
        break;
      case errno.EAGAIN:
        this.#pause(NO_THREAD_MS);
        break;
      case errno.ENOBUFS:
        this.#onStall();
        break;
      case errno.EIDRM:
      case errno.EINVAL:
        this.#onRemoved();
        break;
      case errno.ENOMEM:
      case errno.EFAULT:
        this.#complain(this.#errorOf(result));
        this.#pause(NO_ROOM_MS);
        break;
      default:
        this.#fail(this.#errorOf(result));
    }
  }

  #errorOf(result: number): MessageQueueError {
    const { words, flags } = this.#options.selection;
    return errorFromErrno('msgrcv', result, { queueId: this.#queueId, selector: words, flags });
  }

  #wait(): void {
    if (this.#misses > MISSES_BEFORE_PAUSE) {
      this.#pause(Math.min(this.#misses, MAX_PAUSE_MS));
      this.#misses -= 1;
      return;
    }
    const result = this.#inbox.wait(this.#queueId, (end, work) => {
      this.#misses += 1;
      if (work !== undefined) this.#backlog.add(work);
      else if (end !== errno.E2BIG && end !== errno.EINTR && end !== errno.ECANCELED) this.#onNothing(end);
      this.#pump();
    });
    if (result < 0) this.#onNothing(result);
  }

  #onStall(): void {
    if (this.#stalled) return;
    this.#stalled = true;
    this.#complain(
      new MessageQueueError(
        `Each of the ${this.#inbox.slots} slots of the consumer '${this.#options.name}' holds a message that waits for its ` +
          'next attempt, or has none left. New ones stay in the queue until one is handled. A dead-letter queue, or more ' +
          'slots, help',
        { code: 'ERR_AIRLOCK_FULL', queueId: this.#queueId },
      ),
    );
  }

  // ---- the work

  #beginAgain(work: Work<T>): void {
    if (work.attempts >= this.#options.attempts) return void this.#deadLetter(work, undefined);
    work.begin();
    this.#start(work);
  }

  #start(work: Work<T>): void {
    let message: Message<T>;
    // Before a codec or the handler runs: either may close the consumer.
    this.#running.add(work);
    try {
      message = work.message();
    } catch (error) {
      return void this.#deadLetter(work, error);
    }
    this.#counts.attempts += 1;
    let result: unknown;
    try {
      result = this.#options.handler(message, new Job(work.attempts, work.uncertain, this.#shared));
      if (!isThenable(result)) {
        this.#running.delete(work);
        if (!this.#ended) this.#succeed(work, message);
        return;
      }
    } catch (error) {
      this.#running.delete(work);
      if (!this.#ended) this.#retry(work, error, message);
      return;
    }
    // A promise of our own, because what claims to be one may throw, or settle twice.
    new Promise((resolve) => resolve(result)).then(
      () => this.#settled(work, () => this.#succeed(work, message)),
      (error) => this.#settled(work, () => this.#retry(work, error, message)),
    );
  }

  #settled(work: Work<T>, then: () => void): void {
    this.#running.delete(work);
    // Too late: its message is the next consumer's.
    if (this.#ended) return;
    then();
    this.#pump();
  }

  #succeed(work: Work<T>, message: Message<T>): void {
    this.#counts.handled += 1;
    this.#stalled = false;
    work.done();
    if (consumeChannel.hasSubscribers) this.#publish(work, message, 'handled');
  }

  #retry(work: Work<T>, error: unknown, message: Message<T>): void {
    if (work.attempts >= this.#options.attempts) return void this.#deadLetter(work, error);
    const delay = this.#delayAfter(work.attempts);
    work.postpone(Date.now() + delay);
    this.#backlog.delay(work, delay);
    this.#counts.retries += 1;
    this.#tell('retry', { error, attempt: work.attempts, delay, type: exactType(message) });
    if (consumeChannel.hasSubscribers) this.#publish(work, message, 'failed');
  }

  #delayAfter(attempt: number): number {
    try {
      return this.#options.retryDelay(attempt);
    } catch (error) {
      this.#complain(error as Error);
      return defaultDelay(attempt);
    }
  }

  async #deadLetter(work: Work<T>, error: unknown): Promise<void> {
    this.#running.add(work);
    let message: Message<Buffer> | undefined;
    let delivered = false;
    try {
      message = work.bytes();
      const reason = { error, attempts: work.attempts, queueId: this.#queueId };
      delivered = await deliverDeadLetter(this.#options.deadLetter, message, reason);
    } catch (failure) {
      return this.#settled(work, () => this.#deadLetterLater(work, failure as Error));
    }
    const letter = message;
    this.#settled(work, () => this.#dead(work, letter, error, delivered));
  }

  #dead(work: Work<T>, message: Message<Buffer>, error: unknown, delivered: boolean): void {
    if (delivered) {
      this.#counts.deadLettered += 1;
      this.#stalled = false;
      work.done();
    } else {
      work.attempts = Math.max(work.attempts, this.#options.attempts);
      work.postpone(0);
      this.#backlog.park(work);
    }
    const { attempts } = work;
    this.#tell('deadLetter', { error, attempts, queueId: this.#queueId, message, inHand: !delivered });
    if (consumeChannel.hasSubscribers) this.#publish(work, message, 'dead-lettered');
  }

  // It has no attempt left, so that the next time is for the dead letters again.
  #deadLetterLater(work: Work<T>, failure: Error): void {
    work.attempts = Math.max(work.attempts, this.#options.attempts);
    const delay = defaultDelay(Math.min(10, this.#backlog.delayed + 1));
    work.postpone(Date.now() + delay);
    this.#backlog.delay(work, delay);
    this.#complain(failure);
  }

  #publish(work: Work<T>, message: Message<unknown>, outcome: 'handled' | 'failed' | 'dead-lettered'): void {
    const { name } = this.#options;
    publishConsumed({ queueId: this.#queueId, name, messageType: exactType(message), attempt: work.attempts, outcome });
  }

  // ---- other consumers, and the queue

  #recover(): void {
    if (this.#closing || this.#ended) return;
    const works = this.#inbox.recover(
      (count, pid) => {
        this.#counts.recovered += count;
        publishRecovered({ queueId: this.#queueId, name: this.#options.name, count });
        this.#tell('recovered', { count, pid });
      },
      (error) => this.#complain(error),
    );
    for (const work of works) this.#backlog.add(work);
    if (works.length > 0) this.#pump();
  }

  #onRemoved(): void {
    if (this.#queueGone) return;
    this.#queueGone = true;
    this.#tell('removed', { queueId: this.#queueId });
    if (!this.#options.reopen) {
      this.#fail(this.#errorOf(errno.EIDRM));
      return;
    }
    this.#stopLooking = findQueue(this.#handle.key, (queueId) => {
      this.#queueId = queueId;
      this.#queueGone = false;
      this.#tell('reopened', { queueId });
      this.#pump();
    });
  }

  // What is in hand is still worked on; then it ends.
  #fail(error: Error): void {
    this.#failure ??= error;
    this.#queueGone = true;
  }

  // ---- the end

  close(options?: { timeout?: number | undefined }): Promise<void> {
    const timeout = checkTimeout(checkOptions(options, knownToClose)?.timeout);
    this.#closing = true;
    this.#stopLooking?.();
    if (timeout !== undefined && !this.#ended) {
      const timer = setTimeout(() => this.#giveUp(), timeout);
      void this.#closed.then(() => clearTimeout(timer));
    }
    this.#endIfDone();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** The handle was closed. @internal */
  cancel(): void {
    void this.close();
  }

  #giveUp(): void {
    if (this.#ended) return;
    this.#shared.abort(errorFromErrno('msgrcv', errno.ETIMEDOUT, { queueId: this.#queueId }));
    this.#running.clear();
    this.#endIfDone();
  }

  // An empty message may come while the wait is given up: it is in hand then, and stays.
  #endIfDone(): void {
    const unfinished = this.#running.size > 0 || (this.#failure !== undefined && this.#workLeft() && !this.#closing);
    if (this.#ended || unfinished || !(this.#closing || this.#failure !== undefined)) return;
    if (this.#inbox.waiting) {
      this.#inbox.cancelWait();
      return;
    }
    this.#ended = true;
    clearInterval(this.#recovering);
    clearTimeout(this.#pausedUntil);
    this.#options.signal?.removeEventListener('abort', this.#onAbort);
    this.#backlog.clear();
    this.#inbox.close();
    this.#handle.waits.delete(this);
    liveConsumers.delete(this);
    this.#finish();
  }

  #workLeft(): boolean {
    return this.#backlog.ready + this.#backlog.delayed > 0;
  }

  #finish(): void {
    this.#markClosed();
    if (this.#failure === undefined || this.#closing) {
      this.#settle.resolve();
      return;
    }
    // Somebody hears of it in either way; nobody, and it is an unhandled rejection.
    if (this.listenerCount('error') > 0) this.finished.catch(() => undefined);
    this.#settle.reject(this.#failure);
    if (this.listenerCount('error') > 0) this.#tell('error', this.#failure);
  }

  stats(): ConsumerStats {
    const { ready, delayed, parked } = this.#backlog;
    let oldest = Number.POSITIVE_INFINITY;
    for (const work of [...this.#running, ...this.#backlog.all()]) oldest = Math.min(oldest, work.takenAt);
    const { slots, slotBytes, stateBytes } = this.#inbox;
    return {
      name: this.#options.name,
      queueId: this.#queueId,
      running: this.#running.size,
      inHand: this.#running.size + ready + delayed + parked,
      delayed,
      parked,
      oldestAge: Number.isFinite(oldest) ? Math.max(0, Date.now() - oldest) : 0,
      ...this.#counts,
      slots,
      slotBytes,
      stateBytes: this.#ended ? 0 : stateBytes,
    };
  }

  // A listener that throws must not end the loop.
  #tell<K extends keyof Emitted>(event: K, ...args: Emitted[K]): void {
    try {
      (this as EventEmitter).emit(event, ...args);
    } catch (error) {
      throwLater(error);
    }
  }

  // Without a listener for 'error' it is a warning: the consumer goes on.
  #complain(error: Error): void {
    if (this.listenerCount('error') > 0) this.#tell('error', error);
    else process.emitWarning(error.message, { type: 'SysvmqWarning', code: (error as { code?: string }).code ?? '' });
  }
}

function isThenable(value: unknown): boolean {
  return (
    ((typeof value === 'object' && value !== null) || typeof value === 'function') &&
    typeof (value as { then?: unknown }).then === 'function'
  );
}
