/** Takes the events of our threads on the event loop, and keeps the loop alive while something is waited for. */

import { AsyncLocalStorage } from 'node:async_hooks';
import { throwLater } from '../core/throw-later';
import { nextEvent, openMailbox, referenceMailbox } from './wait-calls';

/** Runs a function in the async context in which this module was loaded. */
const outsideOfCalls = AsyncLocalStorage.snapshot() as (run: () => void) => void;

type EventHandler = (result: number, type: number | bigint) => void;

const LAST_TOKEN = 0x7fffffff;
const handlers = new Map<number, EventHandler>();
let opened = false;
let lastToken = 0;
let references = 0;

function openOnce(): void {
  if (opened) return;
  // In the context of the first wait it would run every later one, and keep that context forever.
  outsideOfCalls(() => openMailbox(dispatchOnLoop));
  opened = true;
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
}
