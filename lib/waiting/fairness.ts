/**
 * Leaves the event loop to others. A receive that finds its message at once, and a send that finds room, resolve without
 * a turn of the loop, so that a program which only receives, or only sends, would keep everything else from running.
 */

import { clockNow, setImmediate } from '../core/event-loop';

/** For so long messages are sent and received at once; then the next one waits for the next turn. */
const MAX_TURN_MS = 0.25;
/** The clock is read for every so many messages, a turn is looked for after so many: less is sent and received in one. */
const MESSAGES_PER_LOOK = 8;

let soFar = 0;
let nextLook = MESSAGES_PER_LOOK;
/** When the present turn was first looked at. */
let lookedAt: number | undefined;
let full = false;

function begin(): void {
  soFar = 0;
  nextLook = MESSAGES_PER_LOOK;
  lookedAt = undefined;
  full = false;
}

/** Counts messages that are sent or taken without a wait. True when the next turn has to be waited for. */
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
