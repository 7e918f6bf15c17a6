/** The short while of trying again on every turn of the event loop, before a thread waits. */

import { clockNow, setImmediate } from '../core/event-loop';
import { yieldProcessor } from '../native/calls';

export interface Polling {
  /** Tries, so many times if it likes. False when there is nothing left to wait for. */
  tryOnLoop(tries: number): boolean;
  /** Time is up. */
  park(): void;
}

/** In one turn of the event loop, where nobody else polls: a try costs a third of a microsecond, a turn one and a half. */
const TRIES_PER_TURN = 8;

/**
 * A look, or an offer of the processor to others, takes microseconds. When it takes so long, in milliseconds, another
 * process has had the processor: what is polled for may be there afterwards, but not because of the polling.
 */
const MAX_LOOK_MS = 0.3;
/** For so long nobody polls then, in milliseconds; twice as long each time it was no better after that, */
const MIN_SUSPENSION_MS = 1000;
/** up to this. */
const MAX_SUSPENSION_MS = 60_000;
/** Polling that went well for so long, in milliseconds, begins anew. */
const CALM_MS = 5000;

const deadlines = new Map<Polling, number>();
let scheduled = false;
let suspendedUntil = 0;
let suspensionMs = MIN_SUSPENSION_MS;

/** Whether polling has been of no use lately, because other processes want the processor. */
export function pollingIsSuspended(): boolean {
  return suspendedUntil !== 0 && clockNow() < suspendedUntil;
}

function suspend(now: number): void {
  suspensionMs = now - suspendedUntil > CALM_MS ? MIN_SUSPENSION_MS : Math.min(suspensionMs * 2, MAX_SUSPENSION_MS);
  suspendedUntil = now + suspensionMs;
  for (const polling of deadlines.keys()) {
    deadlines.delete(polling);
    polling.park();
  }
}

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
  if (deadlines.size > 0) {
    // The process that is to send or to receive may be waiting for this very processor.
    const before = clockNow();
    yieldProcessor();
    const after = clockNow();
    if (after - before > MAX_LOOK_MS) suspend(after);
  }
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
