/** The queue of a route: found by its key or its id, created if the route says so, and found again after a removal. */

import * as errno from '../core/errno';
import { isMessageQueueError } from '../core/errors';
import { setInterval } from '../core/event-loop';
import { keyOf, openOrCreateQueue, openQueue, queueExists } from '../kernel/queues';
import { statusOf } from '../kernel/status-of';
import type { CheckedQueue } from './routes';

const LOOK_MS = 200;

/** The queue's id. @throws QueueNotFoundError when it is missing, and the route does not say `create`. */
export function openRouteQueue(queue: CheckedQueue): number {
  if (queue.id !== undefined) {
    keyOf(queue.id);
    return queue.id;
  }
  return queue.create ? openOrCreateQueue(queue.key, queue.mode, undefined) : openQueue(queue.key, undefined);
}

/** The queue's id for a check, which changes nothing; undefined when the queue is missing and start() creates it. */
export function findRouteQueue(queue: CheckedQueue): number | undefined {
  if (queue.id === undefined && queue.create && !queueExists(queue.key)) return undefined;
  return openRouteQueue({ ...queue, create: false });
}

/**
 * Calls `found` as soon as the queue exists; creates it if the route says so. Returns a function that stops the search.
 */
export function awaitRouteQueue(
  queue: CheckedQueue,
  found: (queueId: number) => void,
  failed: (error: Error) => void,
): () => void {
  const look = (): void => {
    try {
      if (queue.create || queueExists(queue.key)) {
        const id = openRouteQueue(queue);
        clearInterval(timer);
        found(id);
      }
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'ENOENT') failed(error as Error);
    }
  };
  const timer = setInterval(look, LOOK_MS);
  return () => clearInterval(timer);
}

/** Whether a call failed because the queue is gone. */
export function isRemoval(error: unknown): boolean {
  if (!isMessageQueueError(error)) return false;
  return error.code === 'EIDRM' || (error.code === 'EINVAL' && error.constructor.name === 'QueueRemovedError');
}

/** The number of messages in the queue; 0 when its status is not readable. */
export function pendingIn(queueId: number): number {
  return statusOf(queueId)?.msg_qnum ?? 0;
}

export function isRemovalResult(result: number): boolean {
  return result === errno.EIDRM || result === errno.EINVAL;
}
