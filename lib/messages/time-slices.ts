/** Blocking calls wait in slices, up to a deadline. */

import { clockNow } from '../core/event-loop';
import { requireKernel } from '../native/require-kernel';

/**
 * The longest stay of a blocking call in the kernel, in milliseconds. Between slices a terminated worker ends;
 * otherwise worker.terminate(), and the end of the process, would wait for the next message.
 */
export const WAIT_SLICE_MS = 100;

/** The deadline of a blocking call: a time of clockNow(), or Infinity. */
export function deadlineOf(timeout: number | undefined): number {
  return timeout === undefined ? Number.POSITIVE_INFINITY : clockNow() + timeout;
}

/** The time until a deadline, in milliseconds, at most one slice; 0 when it has passed. */
export function sliceUntil(deadline: number): number {
  // In this thread's memory nothing changes while the thread is blocked.
  if (deadline === Number.POSITIVE_INFINITY) requireKernel('Blocking the thread without a timeout');
  return Math.max(0, Math.min(Math.ceil(deadline - clockNow()), WAIT_SLICE_MS));
}
