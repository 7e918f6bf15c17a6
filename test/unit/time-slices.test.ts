/** How long a blocking call stays in the kernel at a time. */

import { clockNow } from '../../lib/core/event-loop';
import { deadlineOf, sliceUntil, WAIT_SLICE_MS } from '../../lib/messages/time-slices';
import { useMemoryQueues } from '../../lib/testing/index';

it('without a timeout there is no deadline, and each slice is a whole one', () => {
  expect(deadlineOf(undefined)).toBe(Number.POSITIVE_INFINITY);
  expect(sliceUntil(deadlineOf(undefined))).toBe(WAIT_SLICE_MS);
});

it('with a timeout the last slice ends at the deadline', () => {
  expect(sliceUntil(deadlineOf(60_000))).toBe(WAIT_SLICE_MS);
  const last = sliceUntil(clockNow() + WAIT_SLICE_MS / 2);
  expect(last).toBeGreaterThan(0);
  expect(last).toBeLessThanOrEqual(WAIT_SLICE_MS / 2);
});

it.each([0, -1, -WAIT_SLICE_MS])('at a deadline that was %d ms from now no slice is left', (ms) => {
  expect(sliceUntil(clockNow() + ms)).toBe(0);
});

it('with queues in memory a wait has to have a deadline, because nothing can end it', () => {
  using _memory = useMemoryQueues();
  expect(sliceUntil(deadlineOf(60_000))).toBe(WAIT_SLICE_MS);
  expect(() => sliceUntil(deadlineOf(undefined))).toThrow(
    expect.objectContaining({
      code: 'ENOSYS',
      message: expect.stringContaining('Blocking the thread without a timeout needs the kernel'),
    }),
  );
});
