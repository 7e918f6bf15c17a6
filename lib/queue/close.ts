/** Closing handles, by hand and at the end of the process, and removing what they have promised to remove. */

import { QueueClosedError } from '../core/errors';
import type { AnyHandle } from '../messages/handle';
import { keepQueueAtEnd, removeQueue, removeQueueAtEnd } from '../native/calls';
import { closeMailboxIfIdle } from '../native/events';
import { disposeIdleReceiverLists } from '../waiting/receivers';
import { disposeIdleSenderList } from '../waiting/senders';

/** The open handles with autoRemove whose queues are still to be removed. */
const toRemove = new Set<AnyHandle>();
let removesOnExit = false;

/** Releases the queue: its waits are canceled, and with autoRemove the queue is removed. */
export function closeHandle(handle: AnyHandle): void {
  if (handle.closed) return;
  handle.closed = true;
  // Nobody has called again to get it, and it has a message that is nowhere else.
  const { undecoded } = handle;
  if (undecoded !== undefined) process.emitWarning(undecoded.message, { type: 'DecodeError', code: undecoded.code });
  handle.waits.cancelAll(() => new QueueClosedError(handle.id));
  disposeIdleReceiverLists(handle.id);
  disposeIdleSenderList(handle.id);
  closeMailboxIfIdle();
  removeNow(handle);
}

/** Has the queue removed when the process, or the worker, ends. */
export function removeAtEnd(handle: AnyHandle): void {
  if (!removesOnExit) {
    // process.exit() skips the end of the addon's environment, and worker.terminate() this.
    process.once('exit', () => {
      for (const each of toRemove) removeNow(each);
    });
    removesOnExit = true;
  }
  toRemove.add(handle);
  removeQueueAtEnd(handle.id);
}

/** The queue is gone: one that another process makes later, and that gets the same id, is not ours to remove. */
export function forgetRemoval(handle: AnyHandle): void {
  if (toRemove.delete(handle)) keepQueueAtEnd(handle.id);
}

// Another process may have removed it already.
function removeNow(handle: AnyHandle): void {
  if (toRemove.has(handle)) removeQueue(handle.id);
  forgetRemoval(handle);
}
