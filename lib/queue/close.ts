/** Closes handles, on request and at the end of the process, and removes the queues of those with autoRemove. */

import { QueueClosedError } from '../core/errors';
import type { AnyHandle } from '../messages/handle';
import { keepQueueAtEnd, removeQueue, removeQueueAtEnd } from '../native/calls';
import { closeMailboxIfIdle } from '../native/events';
import { disposeIdleReceiverLists } from '../waiting/receivers';
import { disposeIdleSenderList } from '../waiting/senders';

/** The open handles with autoRemove whose queues are not yet removed. */
const toRemove = new Set<AnyHandle>();
let removesOnExit = false;

/** Closes the handle: cancels its waits, and with autoRemove removes the queue. */
export function closeHandle(handle: AnyHandle): void {
  if (handle.closed) return;
  handle.closed = true;
  // No later call has thrown the error, which has the only copy of the message.
  const { undecoded } = handle;
  if (undecoded !== undefined) process.emitWarning(undecoded.message, { type: 'DecodeError', code: undecoded.code });
  handle.waits.cancelAll(() => new QueueClosedError(handle.id));
  disposeIdleReceiverLists(handle.id);
  disposeIdleSenderList(handle.id);
  closeMailboxIfIdle();
  removeNow(handle);
}

/** Registers the queue for removal at the end of the process or worker. */
export function removeAtEnd(handle: AnyHandle): void {
  if (!removesOnExit) {
    // process.exit() skips the end of the addon's environment, and worker.terminate() skips this.
    process.once('exit', () => {
      for (const each of toRemove) removeNow(each);
    });
    removesOnExit = true;
  }
  toRemove.add(handle);
  removeQueueAtEnd(handle.id);
}

/** The queue is gone. A later queue of another process with the same id must not be removed. */
export function forgetRemoval(handle: AnyHandle): void {
  if (toRemove.delete(handle)) keepQueueAtEnd(handle.id);
}

// Another process may have removed it already.
function removeNow(handle: AnyHandle): void {
  if (toRemove.has(handle)) removeQueue(handle.id);
  forgetRemoval(handle);
}
