/**
 * Dispatches the events of the library's threads on the event loop, and keeps the loop alive while a wait is pending.
 */

import { AsyncLocalStorage } from 'node:async_hooks';
import { clearTimeout, setTimeout } from '../core/event-loop';
import { throwLater } from '../core/throw-later';
import { closeMailbox, nextEvent, openMailbox, referenceMailbox } from './wait-calls';

/** Runs a function in the async context in which this module was loaded. */
const outsideOfCalls = AsyncLocalStorage.snapshot() as (run: () => void) => void;

type EventHandler = (result: number, type: number | bigint) => void;

const LAST_TOKEN = 0x7fffffff;
/** The event channel is closed after this time without a wait; the next wait opens it again. */
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
  // The context of the first wait would otherwise apply to every later one, and stay in memory.
  outsideOfCalls(() => openMailbox(dispatchOnLoop));
  opened = true;
}

/**
 * Closes the mailbox when no wait is pending, and none is kept for reuse. While it is open, the addon holds this
 * module, and with it all that a test file of Jest has loaded; and async hooks see a live resource.
 */
export function closeMailboxIfIdle(): void {
  if (!opened || handlers.size > 0 || references > 0) return;
  closeMailbox();
  opened = false;
  clearTimeout(idleTimer);
  idleTimer = undefined;
}

/** Ends what is kept for the next wait, and closes the mailbox. False: something waits. */
export function leaveMailbox(): boolean {
  for (const sweep of idleSweeps) sweep();
  closeMailboxIfIdle();
  return !opened;
}

/** `sweep` ends the waits that are kept for reuse. */
export function addIdleSweep(sweep: () => void): void {
  idleSweeps.push(sweep);
}

// The timer is set at most once a second, however many waits there are, and not while one is pending.
function closeWhenIdle(): void {
  if (idleTimer !== undefined) return;
  idleTimer = setTimeout(() => {
    idleTimer = undefined;
    if (references > 0) return;
    if (usedSince) {
      usedSince = false;
      closeWhenIdle();
      return;
    }
    for (const sweep of idleSweeps) sweep();
    closeMailboxIfIdle();
  }, IDLE_MS).unref();
}

/** Returns a token for the events that `handler` receives on the event loop. */
export function addHandler(handler: EventHandler): number {
  openOnce();
  do lastToken = lastToken === LAST_TOKEN ? 1 : lastToken + 1;
  while (handlers.has(lastToken));
  handlers.set(lastToken, handler);
  return lastToken;
}

export function removeHandler(token: number): void {
  handlers.delete(token);
  if (references === 0) closeWhenIdle();
}

/** Dispatches all pending events. Also called while the thread waits for one of them (sendSync after send). */
export function dispatchOnLoop(): void {
  for (let event = nextEvent(); event !== undefined; event = nextEvent()) {
    try {
      handlers.get(event.token)?.(event.result, event.type);
    } catch (error) {
      // Remaining events would never be announced again.
      throwLater(error);
    }
  }
}

/** Changes the number of waits that keep the event loop alive. */
export function addReferences(change: number): void {
  if (change === 0) return;
  openOnce();
  const before = references;
  references += change;
  if (before === 0 || references === 0) referenceMailbox(references > 0);
  if (references === 0) closeWhenIdle();
}
