/** The short while of trying again on every turn of the event loop, before a thread waits. */

import { yieldProcessor } from '../native/calls';

export interface Polling {
  /** Tries. False when there is nothing left to wait for. */
  tryOnLoop(): boolean;
  /** Time is up. */
  park(): void;
}

/** Below this a poll is not worth the turn of the event loop that it takes. */
export const MIN_SPIN_US = 10;

const deadlines = new Map<Polling, number>();
let scheduled = false;

function turn(): void {
  scheduled = false;
  const now = performance.now();
  for (const polling of deadlines.keys()) {
    if (!polling.tryOnLoop()) {
      deadlines.delete(polling);
    } else if (now >= (deadlines.get(polling) as number)) {
      deadlines.delete(polling);
      polling.park();
    }
  }
  // Whoever is to send or to receive may be waiting for this very processor.
  if (deadlines.size > 0) yieldProcessor();
  schedule();
}

function schedule(): void {
  if (scheduled || deadlines.size === 0) return;
  scheduled = true;
  setImmediate(turn);
}

/** Polls for `microseconds`; from now on, if it does already. */
export function startPolling(polling: Polling, microseconds: number): void {
  deadlines.set(polling, performance.now() + microseconds / 1000);
  schedule();
}

export function stopPolling(polling: Polling): void {
  deadlines.delete(polling);
}
