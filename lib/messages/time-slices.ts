/** Calls that block the thread wait in slices, up to a deadline. */

import { clockNow } from '../core/event-loop';

/**
 * How long a blocking call stays in the kernel before it comes back to JavaScript, in milliseconds. There a terminated
 * worker ends; without it worker.terminate(), and the end of the process, would wait for the next message.
 */
export const WAIT_SLICE_MS = 100;

/** Until when a blocking call waits: a moment of performance.now(), or Infinity. */
export function deadlineOf(timeout: number | undefined): number {
  return timeout === undefined ? Number.POSITIVE_INFINITY : clockNow() + timeout;
}

/** The time until a deadline, in milliseconds, but a slice at most; 0 when it has passed. */
export function sliceUntil(deadline: number): number {
  return Math.max(0, Math.min(Math.ceil(deadline - clockNow()), WAIT_SLICE_MS));
}
