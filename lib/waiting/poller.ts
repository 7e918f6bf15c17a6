/** The short while of trying again on every turn of the event loop, before a thread waits. */

import { clockNow, setImmediate } from '../core/event-loop';
import { yieldProcessor } from '../native/calls';

export interface Polling {
  /** Tries, so many times if it likes. False when there is nothing left to wait for. */
  tryOnLoop(tries: number): boolean;
  /** Time is up. */
  park(): void;
}

/** Below this a poll is not worth the turn of the event loop that it takes. */
export const MIN_SPIN_US = 10;

/** In one turn of the event loop, where nobody else polls: a try costs a third of a microsecond, a turn one and a half. */
const TRIES_PER_TURN = 8;

const deadlines = new Map<Polling, number>();
let scheduled = false;

function turn(): void {
  scheduled = false;
  const now = clockNow();
  const tries = deadlines.size === 1 ? TRIES_PER_TURN : 1;
  for (const polling of deadlines.keys()) {
    if (!polling.tryOnLoop(tries)) {
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
  deadlines.set(polling, clockNow() + microseconds / 1000);
  schedule();
}

export function stopPolling(polling: Polling): void {
  deadlines.delete(polling);
}
