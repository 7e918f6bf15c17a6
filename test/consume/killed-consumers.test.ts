/** Consumers that are killed: every message is handled at least once, and twice only those whose handler had begun. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MessageQueue } from '../../lib/index';
import { startChild, until } from '../support/child';
import { airlocksIn, countLog, countMessages, stateFolder } from '../support/consuming';
import { LONG_TIMEOUT_MS, report, times } from '../support/long-tests';
import { newQueue } from '../support/queues';
import type { Random } from '../support/seeded-random';
import { withSeed } from '../support/seeded-random';

/** Keeps the queue full, until all are sent. */
async function sendNumbered(queue: MessageQueue, count: number): Promise<void> {
  for (let number = 0; number < count; number++) await queue.send(String(number), { type: (number % 5) + 1 });
}

async function killConsumers(
  random: Random,
  kills: number,
  count: number,
  consumers: number,
  concurrency: number,
): Promise<void> {
  const queue = newQueue();
  const state = stateFolder();
  const log = join(stateFolder(), 'log');
  writeFileSync(log, '');
  const start = () => startChild(countMessages, { key: queue.key, state, log, concurrency });
  const running = Array.from({ length: consumers }, start);
  const sent = sendNumbered(queue, count);
  for (let killed = 0; killed < kills; killed++) {
    const index = killed % consumers;
    await running[index]?.said('consuming');
    await new Promise((resolve) => setTimeout(resolve, random.below(60)));
    await running[index]?.kill();
    running[index] = start();
  }
  await sent;
  await until('every message is done', () => countLog(readFileSync(log, 'latin1')).done.size === count, 120_000);
  for (const child of running) {
    await child.said('consuming');
    child.tell('end');
    await child.result;
  }
  const { begun, done } = countLog(readFileSync(log, 'latin1'));
  expect(done.size).toBe(count);
  expect(queue.stat().messageCount).toBe(0);
  const twice = [...begun.values()].filter((times) => times > 1).length;
  expect(twice).toBeLessThanOrEqual(kills * concurrency);
  await until('no airlock is left', () => airlocksIn(state).length === 0);
  report(`${kills} kills, ${count} messages: 0 lost, ${twice} begun again`);
}

it(
  'a consumer that is killed again and again loses nothing',
  () => withSeed((random) => killConsumers(random, times(4, 500), times(2000, 200_000), 1, 4)),
  LONG_TIMEOUT_MS,
);

it(
  'four consumers of one name that are killed in turn lose nothing',
  () => withSeed((random) => killConsumers(random, times(6, 200), times(2000, 100_000), 4, 2)),
  LONG_TIMEOUT_MS,
);

it(
  'a message whose handler kills the process becomes a dead letter after its attempts, and the others go on',
  async () => {
    const queue = newQueue();
    const letters = newQueue();
    const state = stateFolder();
    const poison = times(2, 20);
    for (let number = 0; number < poison; number++) queue.trySend(`poison ${number}`, { type: 9 });
    queue.trySend('good', { type: 3 });
    const consumeAndDie = (
      { sysvmq, say }: import('../support/child').ChildContext,
      options: Record<string, unknown>,
    ) => {
      const from = sysvmq.MessageQueue.open(options['key'] as number);
      const deadLetter = sysvmq.MessageQueue.open(options['letters'] as number);
      from.consume(
        ({ data }) => {
          if (data.toString().startsWith('poison')) process.kill(process.pid, 'SIGKILL');
          say('handled', data.toString());
        },
        { state: options['state'] as string, attempts: 2, deadLetter },
      );
      return new Promise(() => undefined);
    };
    let handled: unknown;
    for (let starts = 0; starts < poison * 2 + 3 && handled === undefined; starts++) {
      const child = startChild(consumeAndDie, { key: queue.key, letters: letters.key, state });
      handled = await Promise.race([child.said('handled').catch(() => undefined), child.exited.then(() => undefined)]);
      if (handled !== undefined) {
        await until('the dead letters are there', () => letters.stat().messageCount === poison);
        await child.kill();
      }
    }
    expect(handled).toBe('good');
    const texts = letters.tryReceiveMany().map(({ data, type }) => `${type} ${data}`);
    expect(texts).toEqual(Array.from({ length: poison }, (_, number) => `9 poison ${number}`));
  },
  LONG_TIMEOUT_MS,
);

it(
  'SIGTERM with work in hand loses nothing',
  async () => {
    const rounds = times(3, 200);
    const queue = newQueue();
    const state = stateFolder();
    const log = join(stateFolder(), 'log');
    writeFileSync(log, '');
    const count = rounds * 20;
    const sent = sendNumbered(queue, count);
    for (let round = 0; round < rounds; round++) {
      const child = startChild(countMessages, { key: queue.key, state, log, concurrency: 3, work: 2000 });
      await child.said('consuming');
      await until('some are done', () => countLog(readFileSync(log, 'latin1')).done.size > round * 3);
      await child.kill('SIGTERM');
    }
    const last = startChild(countMessages, { key: queue.key, state, log, concurrency: 8 });
    await sent;
    await until('every message is done', () => countLog(readFileSync(log, 'latin1')).done.size === count, 60_000);
    last.tell('end');
    await last.result;
    const { begun } = countLog(readFileSync(log, 'latin1'));
    // All ended in time, so that nothing was begun twice.
    expect([...begun.values()].filter((times) => times > 1)).toEqual([]);
  },
  LONG_TIMEOUT_MS,
);
