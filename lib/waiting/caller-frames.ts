/**
 * The frames of the caller in the stack of a wait that fails. Such an error is made in a timer, an event, or the program's
 * abort() or close(), and its own stack says nothing of the function that waits.
 *
 * A wait that does not fail pays nothing: V8 is asked when the error is there. It knows which async functions wait for a
 * promise as long as it is asked in a microtask on which that promise hangs.
 */

import { MessageQueueError } from '../core/errors';

/** An error may be of several waits. The first one's callers are as good as any. */
const done = new WeakSet<MessageQueueError>();

/**
 * Rejects with this error, which has the frames of the async functions that wait for the promise which this one resolves:
 * `resolve(rejectionOf(error))`. To be called once for a promise: what it returns must not be left alone.
 */
export async function rejectionOf(error: unknown): Promise<never> {
  // A promise that is resolved with this one hangs on it two microtasks later.
  await undefined;
  await undefined;
  await undefined;
  if (error instanceof MessageQueueError && !done.has(error)) {
    done.add(error);
    addCallerFrames(error);
  }
  throw error;
}

function addCallerFrames(error: Error): void {
  const caller: { stack?: unknown } = {};
  Error.captureStackTrace(caller, rejectionOf);
  // A program's Error.prepareStackTrace may make anything of it.
  if (typeof caller.stack !== 'string' || typeof error.stack !== 'string') return;
  const frames = caller.stack.split('\n').filter((line) => /^\s+at /.test(line));
  if (frames.length > 0) error.stack = `${error.stack}\n${frames.join('\n')}`;
}
