/** Random choices that can be made again: a test that fails says its seed, and takes one from SYSVMQ_TEST_SEED. */

import { randomInt } from 'node:crypto';

export interface Random {
  /** An integer from 0 to `limit` − 1. */
  below(limit: number): number;
  pick<T>(values: readonly T[]): T;
  shuffle<T>(values: T[]): T[];
}

/** mulberry32: 32 bits of state, good enough to vary a test. */
function seeded(seed: number): Random {
  let state = seed;
  const below = (limit: number): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  };
  return {
    below,
    pick: <T>(values: readonly T[]) => values[below(values.length)] as T,
    shuffle<T>(values: T[]): T[] {
      for (let last = values.length - 1; last > 0; last--) {
        const other = below(last + 1);
        [values[last], values[other]] = [values[other] as T, values[last] as T];
      }
      return values;
    },
  };
}

let seedInUse: number | undefined;

/** Runs a test with a seed of its own. */
export async function withSeed(body: (random: Random) => Promise<void>): Promise<void> {
  const seed = Number(process.env['SYSVMQ_TEST_SEED'] ?? randomInt(2 ** 31));
  seedInUse = seed;
  await body(seeded(seed));
  seedInUse = undefined;
}

// Still set: the test has failed, or its time was up.
afterEach(() => {
  if (seedInUse === undefined) return;
  process.stderr.write(`${expect.getState().currentTestName}: failed with SYSVMQ_TEST_SEED=${seedInUse}\n`);
  seedInUse = undefined;
});
