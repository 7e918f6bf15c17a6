/** Random choices that can be made again: a test that fails prints its seed, and SYSVMQ_TEST_SEED sets it. */

import { type Random, seeded } from '../../tools/harness/random.cjs';
import { testSeed } from './seed.cjs';

export type { Random };

let seedInUse: number | undefined;

/** Runs a test with the choices of the seed that this run has (seed.cjs). */
export async function withSeed(body: (random: Random) => Promise<void>): Promise<void> {
  seedInUse = testSeed;
  await body(seeded(testSeed));
  seedInUse = undefined;
}

// Still set: the test has failed, or its time was up.
afterEach(() => {
  if (seedInUse === undefined) return;
  process.stderr.write(`${expect.getState().currentTestName}: failed with SYSVMQ_TEST_SEED=${seedInUse}\n`);
  seedInUse = undefined;
});
