/** Detects the removal of a queue, without taking a message from it. */

import { QueueAccessError, QueueClosedError, QueueRemovedError } from '../core/errors';
import { clearInterval, setInterval } from '../core/event-loop';
import { absenceOf } from '../kernel/queues';
import { returnMessage } from '../messages/undelivered';
import { MessageQueue } from '../queue/message-queue';
import { randomUnusedType } from './unused-type';

/** How often an unreadable queue is checked, in milliseconds. */
const LOOK_EVERY_MS = 250;

/**
 * Calls `onRemoved` when the queue is removed. Returns a function that ends the watch. The watch does not keep the
 * process alive.
 *
 * It waits for a message of a type that no process sends: no message wakes that wait, but removal does. The type is
 * random, and new after every wait, so that no other program can end the watch by sending it. Without read permission
 * it can't wait: it then asks msgctl every quarter of a second whether the queue still exists.
 */
export function watchRemoval(id: number, onRemoved: (error: Error) => void): () => void {
  const queue = MessageQueue.attach(id, { spin: 0 }).unref();
  let timer: NodeJS.Timeout | undefined;
  const lookRegularly = (): void => {
    timer = setInterval(() => {
      const error = absenceOf(id);
      if (error === undefined) return;
      clearInterval(timer);
      onRemoved(error);
    }, LOOK_EVERY_MS).unref();
  };
  void waitForRemoval(queue, id, onRemoved, lookRegularly);
  return () => {
    queue.close();
    clearInterval(timer);
  };
}

async function waitForRemoval(
  queue: MessageQueue,
  id: number,
  onRemoved: (error: Error) => void,
  onUnreadable: () => void,
): Promise<void> {
  for (;;) {
    const type = randomUnusedType();
    try {
      // A longer message stays in the queue (BufferTooSmallError).
      const { data } = await queue.receive({ type, maxLength: 0 });
      returnMessage(id, type, data);
    } catch (error) {
      if (error instanceof QueueClosedError) return;
      if (error instanceof QueueRemovedError) return onRemoved(error);
      if (error instanceof QueueAccessError) return onUnreadable();
    }
  }
}
