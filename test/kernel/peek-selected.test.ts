/** peek with a selection: the message that a receive would take. */

import { BufferTooSmallError, codecs, type Select } from '../../lib/index';
import { failureOf } from '../support/failure';
import { newQueue } from '../support/queues';
import { type Random, withSeed } from '../support/seeded-random';
import { itSlow } from '../support/slow';

const selections: Select[] = [
  {},
  { type: 2 },
  { type: 2n ** 62n },
  { type: 99 },
  { except: 1 },
  { except: 2n ** 62n },
  { upTo: 1 },
  { upTo: 3 },
  { upTo: 2n ** 63n - 1n },
];

itSlow('peek sees what tryReceive takes next, for every selection and whatever the queue holds', async () => {
  await withSeed(async (random) => comparePeeks(random));
});

function comparePeeks(random: Random): void {
  for (let round = 0; round < 50; round++) {
    const queue = newQueue({ codec: codecs.utf8 });
    const types = [1, 2, 3, 2n ** 62n];
    for (let i = 0; i < random.below(8); i++) queue.trySend(`${i}`, { type: random.pick(types) });
    for (const select of selections) {
      const count = queue.stat().messageCount;
      const seen = queue.peek(select);
      expect(queue.stat().messageCount).toBe(count);
      const taken = queue.tryReceive(select);
      expect([seen?.typeBigInt, seen?.data]).toEqual([taken?.typeBigInt, taken?.data]);
    }
    queue.remove();
  }
}

it('peek with a selection knows maxLength and truncate', () => {
  const queue = newQueue();
  queue.trySendMany([
    { data: 'hello', type: 1 },
    { data: 'world', type: 2 },
  ]);
  expect(failureOf(() => queue.peek({ type: 2, maxLength: 4 }))).toBeInstanceOf(BufferTooSmallError);
  const cut = queue.peek({ type: 2, maxLength: 4, truncate: true });
  expect(cut).toMatchObject({ data: Buffer.from('worl'), truncated: true });
  expect(queue.stat().messageCount).toBe(2);
});
