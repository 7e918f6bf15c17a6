/** Giving up a wait: its timeout and its AbortSignal. */

import { AbortError, TimeoutError } from '../core/errors';
import { checkInteger, invalidType } from '../core/validators';

/** What setTimeout takes: some 24 days. */
const MAX_TIMEOUT_MS = 0x7fffffff;

/** The checked options of a wait. */
export interface Cancellation {
  /** Milliseconds; undefined: as long as it takes. */
  timeout: number | undefined;
  signal: AbortSignal | undefined;
}

/** As long as it takes. */
export const endless: Cancellation = { timeout: undefined, signal: undefined };

export function checkTimeout(timeout: unknown): number | undefined {
  return timeout === undefined ? undefined : checkInteger(timeout, 'options.timeout', 0, MAX_TIMEOUT_MS);
}

/** Checks both, and throws an AbortError for a signal that is aborted already: nothing is tried then. */
export function checkCancellation(
  timeout: unknown,
  signal: unknown,
  syscall: WaitingCall,
  queueId: number,
): Cancellation {
  const cancellation = { timeout: checkTimeout(timeout), signal: checkSignal(signal) };
  if (cancellation.signal?.aborted) throw abortError(syscall, queueId, cancellation.signal);
  return cancellation;
}

export type WaitingCall = 'msgsnd' | 'msgrcv' | 'msgctl';

function checkSignal(signal: unknown): AbortSignal | undefined {
  if (signal === undefined) return undefined;
  // As Node does: an AbortSignal of another realm will do.
  if (typeof signal !== 'object' || signal === null || !('aborted' in signal) || !('addEventListener' in signal)) {
    throw invalidType('options.signal', 'an instance of AbortSignal', signal);
  }
  return signal as AbortSignal;
}

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
