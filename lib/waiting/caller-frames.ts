/**
 * Adds the caller's frames to the stack of a wait's error. Such an error is created in a timer, an event, or the
 * program's abort() or close(), and its own stack does not show the waiting function.
 *
 * A successful wait pays nothing: the code asks V8 only for an error. V8 knows which async functions wait for a promise
 * if asked in a microtask that the promise depends on.
 */

import { MessageQueueError } from '../core/errors';

/** Several waits may share an error. The first one's callers are enough. */
const done = new WeakSet<MessageQueueError>();

/**
 * Rejects with this error and adds the frames of the async functions that wait for the promise to settle:
 * `resolve(rejectionOf(error))`. Call it once for a promise, and pass its result to resolve.
 */
export async function rejectionOf(error: unknown): Promise<never> {
  // A promise resolved with this one depends on it two microtasks later.
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
  // A program's Error.prepareStackTrace may return any value.
  if (typeof caller.stack !== 'string' || typeof error.stack !== 'string') return;
  const frames = caller.stack.split('\n').filter((line) => /^\s+at /.test(line));
  if (frames.length > 0) error.stack = `${error.stack}\n${frames.join('\n')}`;
}
