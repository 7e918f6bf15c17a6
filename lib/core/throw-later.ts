/** Errors that a caller's code throws within one of the library's loops. */

import { nextTick } from './event-loop';

/**
 * Throws on the next turn of the event loop, as an uncaught exception: the program must see it, and the loop must go on
 * for the other waits.
 */
export function throwLater(error: unknown): void {
  nextTick(() => {
    throw error;
  });
}
