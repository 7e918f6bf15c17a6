/** Polls on every turn of the event loop for a short time, before a thread waits. */

import { clockNow, setImmediate } from '../core/event-loop';
import { yieldProcessor } from '../native/calls';

export interface Polling {
  /** Tries, up to this many times. False when nothing is left to wait for. */
  tryOnLoop(tries: number): boolean;
  /** The time for polling is over. */
  park(): void;
}

/**
 * The tries in one turn of the event loop when no other list polls: a try costs a third of a microsecond, a turn one
 * and a half.
 */
const TRIES_PER_TURN = 8;

/**
 * A try, or yielding the processor, takes microseconds. If it takes this long, in milliseconds, another process had the
 * processor: a message may be there afterwards, but not because of the polling.
 */
const MAX_LOOK_MS = 0.3;
/**
 * After this many long looks within this time, in milliseconds, polling is suspended. A process that is always ready to
 * run takes its time slice at each look. A single long look proves nothing: a hypervisor takes a processor now and then.
 */
const LONG_LOOKS = 3;
const LONG_LOOKS_WITHIN_MS = 100;
/** How long polling stops then, in milliseconds; twice as long each time that it was no better afterwards, */
const MIN_SUSPENSION_MS = 1000;
/** up to this. */
const MAX_SUSPENSION_MS = 60_000;
/** After this long without trouble, in milliseconds, the suspension starts over from its minimum. */
const CALM_MS = 5000;

const deadlines = new Map<Polling, number>();
let scheduled = false;
let suspendedUntil = 0;
let suspensionMs = MIN_SUSPENSION_MS;
let longLooks = 0;
let firstLongLookAt = 0;

/** Whether polling is suspended because other processes want the processor. */
export function pollingIsSuspended(): boolean {
  return suspendedUntil !== 0 && clockNow() < suspendedUntil;
}

function countLongLook(now: number): void {
  if (now - firstLongLookAt > LONG_LOOKS_WITHIN_MS) {
    firstLongLookAt = now;
    longLooks = 0;
  }
  longLooks += 1;
  if (longLooks >= LONG_LOOKS) suspend(now);
}

function suspend(now: number): void {
  longLooks = 0;
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
    // The process that will send or receive may need this very processor.
    const before = clockNow();
    yieldProcessor();
    const after = clockNow();
    if (after - before > MAX_LOOK_MS) countLongLook(after);
  }
  schedule();
}

function schedule(): void {
  if (scheduled || deadlines.size === 0) return;
  scheduled = true;
  setImmediate(turn);
}

/** Polls for `microseconds`, counted from now, even if it already polls. */
export function startPolling(polling: Polling, microseconds: number): void {
  deadlines.set(polling, clockNow() + microseconds / 1000);
  schedule();
}

export function stopPolling(polling: Polling): void {
  deadlines.delete(polling);
}
