/** Canceling a wait: its timeout and its AbortSignal. */

import { AbortError, TimeoutError } from '../core/errors';
import { clearTimeout, queueMicrotask, setTimeout } from '../core/event-loop';
import type { Cancelable } from '../messages/handle-waits';

/** The checked options of a wait. */
export interface Cancellation {
  /** Milliseconds; undefined: no bound. */
  readonly timeout: number | undefined;
  readonly signal: AbortSignal | undefined;
}

/** A wait without a bound. */
export const endless: Cancellation = { timeout: undefined, signal: undefined };

/** Throws an AbortError for an already aborted signal, before any attempt. */
export function requireNotAborted(signal: AbortSignal | undefined, syscall: WaitingCall, queueId: number): void {
  if (signal?.aborted) throw abortError(syscall, queueId, signal);
}

type WaitingCall = 'msgsnd' | 'msgrcv' | 'msgctl';

function abortError(syscall: WaitingCall, queueId: number, signal: AbortSignal, outcome?: string): AbortError {
  return new AbortError(syscall, queueId, signal.reason, outcome);
}

/** The text in the error of a canceled stream. Single messages have their own promises or callbacks. */
export const STREAM_ENDS = 'The stream ends.';

/** A cancelable wait. */
interface Watched extends Cancelable {
  /** The outcome, in its error's words. */
  outcome?: string;
}

/** Cancels once, when the timeout passes or the signal is aborted. Calling the returned function prevents that. */
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
  // The wait itself decides whether the process stays alive; its timer does not.
  const timer = timeout === undefined ? undefined : setTimeout(onTimeout, timeout).unref();
  if (signal !== undefined) listen(signal, onAbort);
  // A caller's code (a codec, an iterable) may have aborted the signal since the check, and the event fires only once.
  if (signal?.aborted) queueMicrotask(onAbort);
  return end;
}

/**
 * The waits that each signal aborts. A signal gets one listener for all of them, because Node.js warns of more than
 * ten.
 */
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
    // Each callback removes itself.
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
