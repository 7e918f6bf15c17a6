/**
 * The messages in hand whose handler does not run: ready, waiting for their next attempt, or without an attempt left.
 */

import { clearTimeout, setTimeout } from '../core/event-loop';
import type { Work } from './inbox';

export class Backlog<T> {
  readonly #ready: Work<T>[] = [];
  readonly #delayed = new Map<Work<T>, NodeJS.Timeout>();
  readonly #parked = new Set<Work<T>>();
  readonly #onReady: () => void;

  constructor(onReady: () => void) {
    this.#onReady = onReady;
  }

  get ready(): number {
    return this.#ready.length;
  }

  get delayed(): number {
    return this.#delayed.size;
  }

  get parked(): number {
    return this.#parked.size;
  }

  next(): Work<T> | undefined {
    return this.#ready.shift();
  }

  /** Adds a message, which is ready now or at the time of its next attempt. */
  add(work: Work<T>): void {
    const delay = work.notBefore - Date.now();
    if (delay > 0) this.delay(work, delay);
    else this.#ready.push(work);
  }

  delay(work: Work<T>, milliseconds: number): void {
    // The consumer decides whether the process stays alive; its timers do not. The clock may have been set, so a delay
    // is never longer than a timer's maximum.
    const timer = setTimeout(
      () => {
        this.#delayed.delete(work);
        this.#ready.push(work);
        this.#onReady();
      },
      Math.min(milliseconds, 0x7fffffff),
    ).unref();
    this.#delayed.set(work, timer);
  }

  park(work: Work<T>): void {
    this.#parked.add(work);
  }

  *all(): Iterable<Work<T>> {
    yield* this.#ready;
    yield* this.#delayed.keys();
    yield* this.#parked;
  }

  /** Forgets the messages. They stay in hand. */
  clear(): void {
    for (const timer of this.#delayed.values()) clearTimeout(timer);
    this.#delayed.clear();
    this.#ready.length = 0;
    this.#parked.clear();
  }
}
