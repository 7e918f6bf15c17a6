/** Learns that a queue was removed, without taking anything from it. */

import { QueueClosedError, QueueRemovedError } from '../core/errors';
import { MessageQueue } from '../queue/message-queue';

/** The type that is waited for: nobody sends it, so that nobody is woken for nothing. */
const UNUSED_TYPE = 2n ** 63n - 1n;

/**
 * Calls `onRemoved` when the queue is removed. Without read permission it never does. Returns what ends the watch, which
 * does not keep the process alive.
 */
export function watchRemoval(id: number, onRemoved: (error: Error) => void): () => void {
  const queue = MessageQueue.attach(id, { spin: 0 }).unref();
  // A message of this type that somebody sends all the same is too long, and stays. The watch is over then.
  queue.receive({ type: UNUSED_TYPE, maxLength: 0 }).catch((error) => {
    if (error instanceof QueueRemovedError) onRemoved(error);
    else if (!(error instanceof QueueClosedError)) queue.close();
  });
  return () => queue.close();
}
