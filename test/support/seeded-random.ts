/** Random choices that can be made again: a test that fails says its seed, and takes one from SYSVMQ_TEST_SEED. */

import { randomInt } from 'node:crypto';
import { type Random, seeded } from '../../tools/harness/random.cjs';

export type { Random };

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
