/** Checks a queue that is an argument. */

import { invalidType } from '../core/argument-errors';
import type { Handle } from '../messages/handle';
import { handleOf, SyncQueue } from './sync-queue';

/** The handle behind a MessageQueue. */
export function checkQueue<T>(queue: SyncQueue<T>, name: string): Handle<T> {
  if (!(queue instanceof SyncQueue)) throw invalidType(name, 'an instance of MessageQueue', queue);
  return queue[handleOf]();
}
