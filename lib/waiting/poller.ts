/** The short while of trying again on every turn of the event loop, before a thread is parked. */

interface Polling {
  /** Tries. False when there is nothing left to wait for. */
  tryOnLoop(): boolean;
  /** Time is up. */
  park(): void;
}

const deadlines = new Map<Polling, number>();
let scheduled = false;

function turn(): void {
  scheduled = false;
  const now = performance.now();
  for (const [polling, deadline] of deadlines) {
    if (!polling.tryOnLoop()) {
      deadlines.delete(polling);
    } else if (now >= deadline) {
      deadlines.delete(polling);
      polling.park();
    }
  }
  schedule();
}

function schedule(): void {
  if (scheduled || deadlines.size === 0) return;
  scheduled = true;
  setImmediate(turn);
}

/** Polls for `microseconds`. */
export function startPolling(polling: Polling, microseconds: number): void {
  deadlines.set(polling, performance.now() + microseconds / 1000);
  schedule();
}

export function stopPolling(polling: Polling): void {
  deadlines.delete(polling);
}
