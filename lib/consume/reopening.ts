/** Waits until a removed queue is created again. */

import { clearTimeout, setTimeout } from '../core/event-loop';
import { msgget } from '../native/calls';

const FIRST_LOOK_MS = 20;
const LAST_LOOK_MS = 1000;

/**
 * Calls `found` with the id of a key's queue, as soon as it exists. The kernel sends no notification, so this polls, at
 * growing intervals. Returns a function that stops it.
 */
export function findQueue(key: number, found: (queueId: number) => void): () => void {
  let timer: NodeJS.Timeout;
  const look = (delay: number): void => {
    timer = setTimeout(() => {
      const id = msgget(key, 0);
      if (id >= 0) found(id);
      else look(Math.min(delay * 2, LAST_LOOK_MS));
    }, delay).unref();
  };
  look(FIRST_LOOK_MS);
  return () => clearTimeout(timer);
}
