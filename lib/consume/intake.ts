/** Takes messages for a consumer, and waits when there is none, or when none can be taken now. */

import { debug, isDebugging } from '../core/debug';
import * as errno from '../core/errno';
import { MessageQueueError } from '../core/errors';
import { clearTimeout, setTimeout } from '../core/event-loop';
import { queueName } from '../core/known-queues';
import { errorFromErrno } from '../kernel/error-from-errno';
import { selectionContext } from '../messages/selector';
import type { Backlog } from './backlog';
import type { CheckedConsumeOptions } from './consume-options';
import type { Inbox, Work } from './inbox';
import type { ConsumerLoop } from './loop';
import type { Notices } from './notices';

/** The delays before a retry: without a thread to wait, and without room for a longer message. */
const NO_THREAD_MS = 50;
const NO_ROOM_MS = 2000;
/** A consumer that loses to its rivals this often in a row pauses: each wait that is woken costs all of them. */
const MISSES_BEFORE_PAUSE = 3;
const MAX_PAUSE_MS = 8;

export class Intake<T> {
  readonly #options: CheckedConsumeOptions<T>;
  readonly #inbox: Inbox<T>;
  readonly #backlog: Backlog<T>;
  readonly #notices: Notices;
  readonly #loop: ConsumerLoop;
  #pausedUntil: NodeJS.Timeout | undefined;
  #misses = 0;
  #stalled = false;

  constructor(
    options: CheckedConsumeOptions<T>,
    inbox: Inbox<T>,
    backlog: Backlog<T>,
    notices: Notices,
    loop: ConsumerLoop,
  ) {
    this.#options = options;
    this.#inbox = inbox;
    this.#backlog = backlog;
    this.#notices = notices;
    this.#loop = loop;
  }

  /** Whether a wait is pending. The loop is pumped again when there may be a message. */
  get isWaiting(): boolean {
    return this.#inbox.waiting || this.#pausedUntil !== undefined;
  }

  /** Takes the next message, with its first attempt noted; or returns undefined, and the loop is pumped again. */
  take(): Work<T> | undefined {
    const taken = this.#tryTake();
    if (typeof taken === 'number') {
      this.#onNothing(taken);
      return undefined;
    }
    this.#misses = 0;
    return taken;
  }

  #tryTake(): Work<T> | number {
    try {
      return this.#inbox.take(this.#loop.queueId);
    } catch (error) {
      this.#notices.report(error as Error);
      this.#pause(NO_ROOM_MS);
      return errno.EAGAIN;
    }
  }

  #pause(milliseconds: number): void {
    this.#pausedUntil ??= setTimeout(() => {
      this.#pausedUntil = undefined;
      this.#loop.pump();
    }, milliseconds).unref();
  }

  // The outcome of a take or a wait, other than a message.
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
        this.#loop.onRemoved();
        break;
      case errno.ENOMEM:
      case errno.EFAULT:
        this.#notices.report(this.errorOf(result));
        this.#pause(NO_ROOM_MS);
        break;
      default:
        this.#loop.fail(this.errorOf(result));
    }
  }

  errorOf(result: number): MessageQueueError {
    return errorFromErrno('msgrcv', result, {
      queueId: this.#loop.queueId,
      ...selectionContext(this.#options.selection),
    });
  }

  #wait(): void {
    if (this.#misses > MISSES_BEFORE_PAUSE) {
      this.#pause(Math.min(this.#misses, MAX_PAUSE_MS));
      this.#misses -= 1;
      return;
    }
    this.#debug('waits');
    const result = this.#inbox.wait(this.#loop.queueId, (end, work) => {
      this.#debug('wakes', end);
      this.#misses += 1;
      if (work !== undefined) this.#backlog.add(work);
      else if (end !== errno.E2BIG && end !== errno.EINTR && end !== errno.ECANCELED) this.#onNothing(end);
      this.#loop.pump();
    });
    if (result < 0) this.#onNothing(result);
  }

  #debug(what: string, end?: number): void {
    if (!isDebugging) return;
    const why = end === undefined || end === 0 ? '' : ` (${errno.errnoName(end)})`;
    debug('%s: the consumer %s %s%s', queueName(this.#loop.queueId), this.#options.name, what, why);
  }

  #onStall(): void {
    if (this.#stalled) return;
    this.#stalled = true;
    this.#notices.report(
      new MessageQueueError(
        `Each of the ${this.#inbox.slots} slots of the consumer '${this.#options.name}' holds a message that waits for its ` +
          'next attempt, or has none left. New ones stay in the queue until one is handled. A dead-letter target, or more ' +
          'slots, help',
        { code: 'ERR_AIRLOCK_FULL', queueId: this.#loop.queueId },
      ),
    );
  }

  /** A slot is free again, and the next stall is reported again. */
  onFreed(): void {
    this.#stalled = false;
  }

  close(): void {
    clearTimeout(this.#pausedUntil);
  }
}
