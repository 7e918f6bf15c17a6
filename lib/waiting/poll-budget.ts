/** How long a list polls before a thread waits: as long as that has been worth it lately. */

import { clockNow } from '../core/event-loop';
import { pollingIsSuspended } from './poller';

/** Below this a poll is not worth the turn of the event loop that it takes, in microseconds. */
const MIN_SPIN_US = 10;
/** Once in so many waits that did not poll, it is tried again, */
const WAITS_PER_PROBE = 64;
/** where the wait before took so many times `spin` at most. A thread that is woken adds as much by itself. */
const MAX_SPINS_PER_WAIT = 3;

/**
 * A wait that ends within `spin` is one that polling would have caught: then the next one polls. One that takes longer,
 * polled or not, halves the time for the next, down to nothing: at a steady rate below one message in `spin`, polling would
 * cost the processor's time and catch nothing.
 */
export class PollBudget {
  /** The share of `spin` that polling has been worth lately, 0 … 1. */
  #credit = 1;
  #spin = 0;
  #beganAt = 0;
  #lastWaitUs = 0;
  #waits = 0;

  /** A wait begins. Returns for how many microseconds to poll; 0: not at all. */
  begin(spin: number): number {
    this.#spin = spin;
    this.#beganAt = clockNow();
    if (spin < MIN_SPIN_US || pollingIsSuspended()) return 0;
    const budget = spin * this.#credit;
    if (budget >= MIN_SPIN_US) return budget;
    this.#waits += 1;
    const probe = this.#waits % WAITS_PER_PROBE === 0 && this.#lastWaitUs < spin * MAX_SPINS_PER_WAIT;
    return probe ? spin : 0;
  }

  /** When the wait began. */
  get beganAt(): number {
    return this.#beganAt;
  }

  /** The message or room that was awaited since `beganAt` is there. The next wait may have begun already. */
  end(beganAt: number): void {
    this.#lastWaitUs = (clockNow() - beganAt) * 1000;
    if (this.#lastWaitUs < this.#spin) this.#credit = 1;
    else this.#credit /= 2;
  }

  /** Polling found nothing: a thread waits from here on. */
  giveUp(): void {
    this.#credit /= 2;
  }
}
