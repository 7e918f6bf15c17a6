/** What the kernel says of the IPC namespace that the tests run in, read without the library under test. */

import { type LimitFile, queueIds, readLimit, writeLimit } from '../../tools/harness/proc.cjs';

export { type LimitFile, readLimit };

/** The ids of all queues. */
export const remainingQueues = queueIds;

const DEFAULTS: Record<LimitFile, number> = { msgmni: 32000, msgmax: 8192, msgmnb: 16384 };

/** Sets a limit for the rest of a test; it is put back afterwards (each-test.ts). */
export const setLimit = writeLimit;

/** Puts the limits back to what a new namespace has. */
export function restoreLimits(): void {
  for (const [name, value] of Object.entries(DEFAULTS)) {
    if (readLimit(name as LimitFile) !== value) setLimit(name as LimitFile, value);
  }
}
