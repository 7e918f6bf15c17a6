import { availableParallelism } from 'node:os';

/**
 * Calls `work(item, index)` for each item in turn, so many at a time; by default, as many as there are processors. Fulfilled
 * with the results, in the order of the items.
 */
export async function sideBySide(items, work, count = availableParallelism()) {
  const results = [];
  const waiting = [...items.entries()];
  const lane = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [index, item] = next;
      results[index] = await work(item, index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(count, items.length) }, lane));
  return results;
}
