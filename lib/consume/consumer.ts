/** The consumer's loop: it takes messages, waits for more, follows its queue, and ends. attempts.ts runs the handler. */

import { AsyncResource } from 'node:async_hooks';
import { EventEmitter } from 'node:events';
import { publishRecovered } from '../core/diagnostics';
import * as errno from '../core/errno';
import { clearInterval, clearTimeout, nextTick, setImmediate, setInterval, setTimeout } from '../core/event-loop';
import { liveConsumers } from '../core/live-consumers';
import { checkOptions, optionNames } from '../core/options';
import { checkTimeout } from '../core/validators';
import { errorFromErrno } from '../kernel/error-from-errno';
import type { Handle } from '../messages/handle';
import type { Cancelable } from '../messages/handle-waits';
import type { ConsumeHandler, ConsumeOptions, Consumer, ConsumerEvents, ConsumerStats } from '../queue/consumers';
import { spendTurn } from '../waiting/fairness';
import { AirlockInbox } from './airlock-inbox';
import { Attempts } from './attempts';
import { Backlog } from './backlog';
import { type CheckedConsumeOptions, checkConsumeOptions } from './consume-options';
import type { Inbox } from './inbox';
import { Intake } from './intake';
import type { ConsumerLoop } from './loop';
import { Notices } from './notices';
import { QueueInbox } from './queue-inbox';
import { findQueue } from './reopening';

/** How often the consumer searches for siblings that died. */
const RECOVER_MS = 2000;

const knownToClose = optionNames<{ timeout?: number | undefined }>('close', { timeout: true }, 'a promise');

export class QueueConsumer<T> extends EventEmitter<ConsumerEvents> implements Consumer<T>, Cancelable {
  readonly finished: Promise<void>;
  readonly #handle: Handle<T>;
  readonly #options: CheckedConsumeOptions<T>;
  readonly #inbox: Inbox<T>;
  readonly #backlog: Backlog<T>;
  readonly #notices = new Notices(this);
  readonly #intake: Intake<T>;
  readonly #attempts: Attempts<T>;
  /** Handlers run in the context in which consume() was called, whatever wakes the loop. */
  readonly #context = new AsyncResource('sysvmq.Consumer');
  readonly #recovering: NodeJS.Timeout;
  #queueId: number;
  #pumping = false;
  #scheduled = false;
  #queueGone = false;
  #stopLooking: (() => void) | undefined;
  #closing = false;
  #ended = false;
  /** The reason why it can't continue. */
  #failure: Error | undefined;
  #settle!: { resolve: () => void; reject: (error: Error) => void };
  readonly #closed: Promise<void>;
  #markClosed!: () => void;
  #recovered = 0;
  readonly #onAbort = (): void => {
    this.#attempts.abort(this.#options.signal?.reason);
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
    const loop = this.#loop();
    this.#intake = new Intake(options, this.#inbox, this.#backlog, this.#notices, loop);
    this.#attempts = new Attempts(options, this.#backlog, this.#notices, loop);
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
    // Listeners added right after consume() still receive the first events.
    nextTick(() => {
      this.#recover();
      this.#pump();
    });
  }

  #loop(): ConsumerLoop {
    const queueId = (): number => this.#queueId;
    const ended = (): boolean => this.#ended;
    return {
      get queueId() {
        return queueId();
      },
      get ended() {
        return ended();
      },
      pump: () => this.#pump(),
      onFreed: () => this.#intake.onFreed(),
      onRemoved: () => this.#onRemoved(),
      fail: (error) => this.#fail(error),
    };
  }

  #openInbox(): Inbox<T> {
    const { atMostOnce, selection, concurrency, slots, state, name } = this.#options;
    const { id, key, codec } = this.#handle;
    if (atMostOnce) return new QueueInbox(this.#handle, selection);
    const owner = { queueId: id, queueKey: key, consumer: name };
    const warn = (error: Error): void => nextTick(() => this.#notices.report(error));
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
    while (!this.#closing && this.#attempts.count < this.#options.concurrency) {
      if (spendTurn()) {
        this.#pumpSoon();
        return;
      }
      const ready = this.#backlog.next();
      if (ready !== undefined) {
        this.#attempts.startAgain(ready);
        continue;
      }
      if (this.#queueGone || this.#intake.isWaiting) return;
      const taken = this.#intake.take();
      if (taken === undefined) return;
      this.#attempts.start(taken);
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

  // ---- other consumers, and the queue

  #recover(): void {
    if (this.#closing || this.#ended) return;
    const works = this.#inbox.recover(
      (count, pid) => {
        this.#recovered += count;
        publishRecovered({ queueId: this.#queueId, name: this.#options.name, count });
        this.#notices.emit('recovered', { count, pid });
      },
      (error) => this.#notices.report(error),
    );
    for (const work of works) this.#backlog.add(work);
    if (works.length > 0) this.#pump();
  }

  #onRemoved(): void {
    if (this.#queueGone) return;
    this.#queueGone = true;
    this.#notices.emit('removed', { queueId: this.#queueId });
    if (!this.#options.reopen) {
      this.#fail(this.#intake.errorOf(errno.EIDRM));
      return;
    }
    this.#stopLooking = findQueue(this.#handle.key, (queueId) => {
      this.#queueId = queueId;
      this.#queueGone = false;
      this.#notices.emit('reopened', { queueId });
      this.#pump();
    });
  }

  // It still handles the messages in hand, and then ends.
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

  /** Ends the consumer after its handle was closed. @internal */
  cancel(): void {
    void this.close();
  }

  #giveUp(): void {
    if (this.#ended) return;
    this.#attempts.abort(errorFromErrno('msgrcv', errno.ETIMEDOUT, { queueId: this.#queueId }));
    this.#attempts.abandon();
    this.#endIfDone();
  }

  // An empty message may arrive while the wait is being canceled: it is then in hand, and stays.
  #endIfDone(): void {
    const unfinished = this.#attempts.count > 0 || (this.#failure !== undefined && this.#workLeft() && !this.#closing);
    if (this.#ended || unfinished || !(this.#closing || this.#failure !== undefined)) return;
    if (this.#inbox.waiting) {
      this.#inbox.cancelWait();
      return;
    }
    this.#ended = true;
    clearInterval(this.#recovering);
    this.#intake.close();
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
    // The program can listen to either. Without a listener this is an unhandled rejection.
    if (this.#notices.hasErrorListener) this.finished.catch(() => undefined);
    this.#settle.reject(this.#failure);
    if (this.#notices.hasErrorListener) this.#notices.emit('error', this.#failure);
  }

  stats(): ConsumerStats {
    const { ready, delayed, parked } = this.#backlog;
    let oldest = Number.POSITIVE_INFINITY;
    for (const work of [...this.#attempts.running, ...this.#backlog.all()]) oldest = Math.min(oldest, work.takenAt);
    const { slots, slotBytes, stateBytes } = this.#inbox;
    return {
      name: this.#options.name,
      queueId: this.#queueId,
      running: this.#attempts.count,
      inHand: this.#attempts.count + ready + delayed + parked,
      delayed,
      parked,
      oldestAge: Number.isFinite(oldest) ? Math.max(0, Date.now() - oldest) : 0,
      ...this.#attempts.counts,
      recovered: this.#recovered,
      slots,
      slotBytes,
      stateBytes: this.#ended ? 0 : stateBytes,
    };
  }
}
