/** Takes the events of our threads on the event loop, and keeps the loop alive while something is waited for. */

import { AsyncLocalStorage } from 'node:async_hooks';
import { clearTimeout, setTimeout } from '../core/event-loop';
import { throwLater } from '../core/throw-later';
import { closeMailbox, nextEvent, openMailbox, referenceMailbox } from './wait-calls';

/** Runs a function in the async context in which this module was loaded. */
const outsideOfCalls = AsyncLocalStorage.snapshot() as (run: () => void) => void;

type EventHandler = (result: number, type: number | bigint) => void;

const LAST_TOKEN = 0x7fffffff;
/** The event channel is closed after so long without a wait; the next wait opens it again. */
const IDLE_MS = 1000;
const handlers = new Map<number, EventHandler>();
const idleSweeps: (() => void)[] = [];
let opened = false;
let lastToken = 0;
let references = 0;
let idleTimer: NodeJS.Timeout | undefined;
let usedSince = false;

function openOnce(): void {
  usedSince = true;
  if (opened) return;
  // In the context of the first wait it would run every later one, and keep that context forever.
  outsideOfCalls(() => openMailbox(dispatchOnLoop));
  opened = true;
  if (references > 0) referenceMailbox(true);
}

/**
 * Closes the mailbox when nobody waits, and no wait is kept for the next one. While it is open, the addon holds this
 * module, and with it all that a test file of Jest has loaded; and async hooks see a resource that lives.
 */
export function closeMailboxIfIdle(): void {
  if (!opened || handlers.size > 0 || references > 0) return;
  closeMailbox();
  opened = false;
  clearTimeout(idleTimer);
  idleTimer = undefined;
}

/** `sweep` ends the waits that are kept for the next one. */
export function addIdleSweep(sweep: () => void): void {
  idleSweeps.push(sweep);
}

// The timer is set once a second at most, however many waits there are, and not while something waits.
function closeWhenIdle(): void {
  usedSince = true;
  if (idleTimer !== undefined) return;
  idleTimer = setTimeout(() => {
    idleTimer = undefined;
    if (references > 0) return;
    if (usedSince) {
      closeWhenIdle();
      usedSince = false;
      return;
    }
    for (const sweep of idleSweeps) sweep();
    closeMailboxIfIdle();
  }, IDLE_MS).unref();
}

/** A token for the events that `handler` is to get, on the event loop. */
export function addHandler(handler: EventHandler): number {
  openOnce();
  do lastToken = lastToken === LAST_TOKEN ? 1 : lastToken + 1;
  while (handlers.has(lastToken));
  handlers.set(lastToken, handler);
  return lastToken;
}

export function removeHandler(token: number): void {
  handlers.delete(token);
  if (references === 0 && opened) closeWhenIdle();
}

/** Hands out every event there is. Also called while the thread waits for one of them (sendSync after send). */
export function dispatchOnLoop(): void {
  for (let event = nextEvent(); event !== undefined; event = nextEvent()) {
    try {
      handlers.get(event.token)?.(event.result, event.type);
    } catch (error) {
      // Events that stay behind would never be announced again.
      throwLater(error);
    }
  }
}

/** One more, or one less, wait that keeps the event loop alive. */
export function addReferences(change: number): void {
  if (change === 0) return;
  openOnce();
  const before = references;
  references += change;
  if (before === 0 || references === 0) referenceMailbox(references > 0);
  if (references === 0) closeWhenIdle();
}
