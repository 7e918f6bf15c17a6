/**
 * Keeps the event loop fair. A receive that finds its message at once, and a send that finds room, resolve without a
 * turn of the loop, so a program that only receives or only sends would keep everything else from running.
 */

import { clockNow, setImmediate } from '../core/event-loop';

/** How long messages are sent and received in one turn; then the next one waits for the next turn. */
const MAX_TURN_MS = 0.25;
/**
 * The clock is read once for this many messages, and a new turn is detected after this many: fewer are sent and
 * received in one turn.
 */
const MESSAGES_PER_LOOK = 8;

let soFar = 0;
let nextLook = MESSAGES_PER_LOOK;
/** When the current turn was first seen. */
let lookedAt: number | undefined;
let full = false;

function begin(): void {
  soFar = 0;
  nextLook = MESSAGES_PER_LOOK;
  lookedAt = undefined;
  full = false;
}

/** Counts messages sent or taken without a wait. True: wait for the next turn. */
export function spendTurn(messages = 1): boolean {
  soFar += messages;
  return soFar >= nextLook && (full || look());
}

function look(): boolean {
  nextLook = soFar + MESSAGES_PER_LOOK;
  const now = clockNow();
  if (lookedAt === undefined) {
    lookedAt = now;
    setImmediate(begin).unref();
  }
  full = now - lookedAt > MAX_TURN_MS;
  if (full) nextLook = 0;
  return full;
}

export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
