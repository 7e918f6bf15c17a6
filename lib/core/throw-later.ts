/** What a caller's code throws inside one of our loops. */

import { nextTick } from './event-loop';

/**
 * Throws on the next turn, as an uncaught exception: it is the program's to see, not for the loop, in which others wait
 * for their turn.
 */
export function throwLater(error: unknown): void {
  nextTick(() => {
    throw error;
  });
}
