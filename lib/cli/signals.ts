/**
 * SIGINT, SIGTERM and SIGHUP for verbs that wait or take messages: the verb ends between two messages, never within
 * one.
 */

import { InterruptedBySignal } from './errors';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs `body` with an AbortSignal that the first of these signals aborts; its reason is an InterruptedBySignal. Without
 * a handler a signal could end the process between msgrcv and write, and lose the message. The second signal of the
 * same kind has its default action, so pressing Ctrl-C twice always ends the command.
 */
export async function interruptible<T>(body: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const abort = (name: NodeJS.Signals): void => controller.abort(new InterruptedBySignal(name));
  for (const name of SIGNALS) process.once(name, abort);
  try {
    return await body(controller.signal);
  } catch (error) {
    // The library throws its own errors for an abort; a verb that has more to say throws an InterruptedBySignal itself.
    throw controller.signal.aborted && isAbort(error) ? controller.signal.reason : error;
  } finally {
    for (const name of SIGNALS) process.removeListener(name, abort);
  }
}

export function isAbort(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === 'ABORT_ERR';
}
