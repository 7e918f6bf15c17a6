/** A queue that is given to a function. */

import type { Handle } from './handle';
import { invalidType } from './options';
import { handleOf, SyncQueue } from './sync-queue';

/** The handle behind a MessageQueue. */
export function checkQueue<T>(queue: SyncQueue<T>, name: string): Handle<T> {
  if (!(queue instanceof SyncQueue)) throw invalidType(name, 'an instance of MessageQueue', queue);
  return queue[handleOf]();
}
