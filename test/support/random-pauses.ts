/** Pauses of random kind and length, so that what races meets at every point. */

import type { Random } from './seeded-random';

const MAX_PAUSE_US = 60;

/** Keeps the thread busy, so that only other threads and processes get on. */
export function busyFor(microseconds: number): void {
  const end = performance.now() + microseconds / 1000;
  while (performance.now() < end);
}

/** Until promises have run, some turns of the event loop, or a while in which the event loop is blocked. */
export async function pause(random: Random): Promise<void> {
  const kind = random.below(4);
  if (kind === 1) for (let turns = random.below(3); turns >= 0; turns--) await new Promise(setImmediate);
  if (kind > 1) busyFor(random.below(MAX_PAUSE_US));
}

/** The same for a second process, to be taken in turn: microseconds. */
export function somePauses(random: Random): number[] {
  return Array.from({ length: 1000 }, () => random.below(MAX_PAUSE_US));
}
