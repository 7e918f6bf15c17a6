/** Tests that repeat: a few times in every run, and many times when SYSVMQ_LONG_TESTS is set. */

export const longTests = (process.env['SYSVMQ_LONG_TESTS'] ?? '') !== '';

/** How often to repeat. */
export function times(short: number, long: number): number {
  return longTests ? long : short;
}

/** For tests whose long form takes longer than jest.config.js allows. */
export const LONG_TIMEOUT_MS = longTests ? 1_800_000 : 60_000;

/** Figures that nothing is asserted of, shown by the long form only. */
export function report(words: string): void {
  if (longTests) process.stderr.write(`    ${words}\n`);
}

/** Runs `run` for 0 … count − 1, so many at a time, and returns what they return, in order. */
export async function inParallel<Result>(
  count: number,
  atOnce: number,
  run: (index: number) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  let next = 0;
  const runSome = async (): Promise<void> => {
    for (let index = next++; index < count; index = next++) results[index] = await run(index);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, count) }, runSome));
  return results;
}
