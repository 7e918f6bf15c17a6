/** Canceling a wait: its timeout and its AbortSignal. */

import { AbortError, TimeoutError } from '../core/errors';
import { clearTimeout, queueMicrotask, setTimeout } from '../core/event-loop';
import type { Cancelable } from '../messages/handle-waits';

/** The checked options of a wait. */
export interface Cancellation {
  /** Milliseconds; undefined: as long as it takes. */
  readonly timeout: number | undefined;
  readonly signal: AbortSignal | undefined;
}

/** As long as it takes. */
export const endless: Cancellation = { timeout: undefined, signal: undefined };

/** Throws an AbortError for a signal that is aborted already: nothing is tried then. */
export function requireNotAborted(signal: AbortSignal | undefined, syscall: WaitingCall, queueId: number): void {
  if (signal?.aborted) throw abortError(syscall, queueId, signal);
}

export type WaitingCall = 'msgsnd' | 'msgrcv' | 'msgctl';

function abortError(syscall: WaitingCall, queueId: number, signal: AbortSignal, outcome?: string): AbortError {
  return new AbortError(syscall, queueId, signal.reason, outcome);
}

/** What the error of a stream that is canceled says. Single messages have promises, or callbacks, of their own. */
export const STREAM_ENDS = 'The stream ends.';

/** What is canceled. */
export interface Watched extends Cancelable {
  /** What its error says became of it. */
  outcome?: string;
}

/** Cancels once when the time is up or the signal is aborted, unless the function it returns is called before. */
export function watchCancellation(
  { timeout, signal }: Cancellation,
  syscall: WaitingCall,
  queueId: number,
  watched: Watched,
): () => void {
  if (timeout === undefined && signal === undefined) return () => undefined;
  const end = (): void => {
    clearTimeout(timer);
    if (signal !== undefined) stopListening(signal, onAbort);
  };
  const onAbort = (): void => {
    end();
    const reason = (): Error => abortError(syscall, queueId, signal as AbortSignal, watched.outcome);
    watched.cancel(watched.inContext?.(reason) ?? reason());
  };
  const onTimeout = (): void => {
    end();
    watched.cancel(new TimeoutError(syscall, queueId, timeout as number, watched.outcome));
  };
  // The wait itself keeps the process alive, or not; its timer has no say.
  const timer = timeout === undefined ? undefined : setTimeout(onTimeout, timeout).unref();
  if (signal !== undefined) listen(signal, onAbort);
  // A caller's code (a codec, an iterable) may have aborted it since it was checked; it tells that only once.
  if (signal?.aborted) queueMicrotask(onAbort);
  return end;
}

/** What each signal aborts. A signal gets one listener, however many wait: Node.js warns of more than ten. */
const listeners = new WeakMap<AbortSignal, Set<() => void>>();
const onAbortOf = new WeakMap<AbortSignal, () => void>();

/** Calls `onAbort` when the signal is aborted, unless stopListening is called before. */
export function listen(signal: AbortSignal, onAbort: () => void): void {
  const waiting = listeners.get(signal);
  if (waiting !== undefined) {
    waiting.add(onAbort);
    return;
  }
  const first = new Set([onAbort]);
  const abort = (): void => {
    // Each takes itself out.
    for (const each of first) each();
  };
  listeners.set(signal, first);
  onAbortOf.set(signal, abort);
  signal.addEventListener('abort', abort);
}

export function stopListening(signal: AbortSignal, onAbort: () => void): void {
  const waiting = listeners.get(signal);
  if (waiting === undefined || !waiting.delete(onAbort) || waiting.size > 0) return;
  signal.removeEventListener('abort', onAbortOf.get(signal) as () => void);
  listeners.delete(signal);
  onAbortOf.delete(signal);
}
