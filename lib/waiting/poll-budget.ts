/** How long a list polls before a thread waits: as long as polling has paid off lately. */

import { clockNow } from '../core/event-loop';
import { pollingIsSuspended } from './poller';

/** Below this time, in microseconds, polling is not worth its turn of the event loop. */
const MIN_SPIN_US = 10;
/** After this many waits without polling it is tried again, */
const WAITS_PER_PROBE = 64;
/** if the previous wait took at most this many times `spin`. Waking a thread alone adds as much. */
const MAX_SPINS_PER_WAIT = 3;

/**
 * Polling would have caught a wait that ends within `spin`: the next one polls. A longer wait, polled or not, halves
 * the time for the next, down to nothing: at a steady rate below one message in `spin`, polling would cost processor
 * time and catch nothing.
 */
export class PollBudget {
  /** The share of `spin` for which polling has paid off lately, 0 … 1. */
  #credit = 1;
  #spin = 0;
  #beganAt = 0;
  #lastWaitUs = 0;
  #waits = 0;

  /** Begins a wait. Returns how many microseconds to poll; 0: not at all. */
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

  /** Ends the wait since `beganAt`: its message or room is there. The next wait may have begun already. */
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
