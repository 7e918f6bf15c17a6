/** Giving up a wait: its timeout and its AbortSignal. */

import { AbortError, TimeoutError } from '../core/errors';
import { clearTimeout, queueMicrotask, setTimeout } from '../core/event-loop';

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

function abortError(syscall: WaitingCall, queueId: number, signal: AbortSignal): AbortError {
  return new AbortError(syscall, queueId, signal.reason);
}

/** Calls `cancel` once when the time is up or the signal is aborted, unless the function it returns is called before. */
export function watchCancellation(
  { timeout, signal }: Cancellation,
  syscall: WaitingCall,
  queueId: number,
  cancel: (reason: Error) => void,
): () => void {
  if (timeout === undefined && signal === undefined) return () => undefined;
  const end = (): void => {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  };
  const onAbort = (): void => {
    end();
    cancel(abortError(syscall, queueId, signal as AbortSignal));
  };
  const onTimeout = (): void => {
    end();
    cancel(new TimeoutError(syscall, queueId, timeout as number));
  };
  // The wait itself keeps the process alive, or not; its timer has no say.
  const timer = timeout === undefined ? undefined : setTimeout(onTimeout, timeout).unref();
  signal?.addEventListener('abort', onAbort);
  // A caller's code (a codec, an iterable) may have aborted it since it was checked; it tells that only once.
  if (signal?.aborted) queueMicrotask(onAbort);
  return end;
}
