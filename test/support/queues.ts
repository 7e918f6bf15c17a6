/** Keys and queues for tests. Every queue made here is removed after its test; each-test.ts fails for any other. */

import { type CreateOptions, IPC_PRIVATE, IPC_RMID, type Message, MessageQueue, msgctl, msgget } from '../../lib/index';

let nextKey = 0x51520000;
const ids: number[] = [];
const ends: (() => unknown)[] = [];

/** A key that no queue has. */
export function freshKey(): number {
  nextKey += 1;
  return nextKey;
}

/** Removes this queue after the test, unless the test has. */
export function removeAfterTest(id: number): number {
  ids.push(id);
  return id;
}

/** A new private queue's id, for tests of the system calls. */
export function newQueueId(mode = 0o600): number {
  return removeAfterTest(msgget(IPC_PRIVATE, mode));
}

/** A new queue with a key of its own. */
export function newQueue<T = Buffer, M extends Message<T> = Message<T>>(
  options?: CreateOptions<T, M>,
): MessageQueue<T, M> {
  const queue = MessageQueue.create(freshKey(), options);
  removeAfterTest(queue.id);
  return queue;
}

/** A queue that is full: `capacity` bytes, all of them used by one message of type 1. */
export function fullQueue(capacity = 10): MessageQueue {
  const queue = newQueue({ maxBytes: capacity });
  queue.sendSync(Buffer.alloc(capacity, 'x'), { nowait: true });
  return queue;
}

/** Runs after the test, before its queues are removed; what was asked for last runs first. */
export function beforeQueuesGo(end: () => unknown): void {
  ends.push(end);
}

export async function removeTestQueues(): Promise<void> {
  for (const end of ends.splice(0).reverse()) await end();
  for (const id of ids.splice(0)) {
    try {
      msgctl(id, IPC_RMID);
    } catch {
      // The test has removed it.
    }
  }
}
