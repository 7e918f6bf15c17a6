/** The options of every wait on the event loop. */

/** The ways to cancel a wait on the event loop. */
export interface WaitOptions {
  /** Give up after this many milliseconds, 0 … 2^31−1: TimeoutError. Default: never. */
  timeout?: number | undefined;
  /** Give up when this is aborted: AbortError. */
  signal?: AbortSignal | undefined;
}

/** Their names. */
export const waitNames = { timeout: true, signal: true } as const;
