/** Bridges that are killed again and again while their queues are kept full, with messages that are all alike but for a number. */

import { bridgeProcess, type ChildBridge } from '../support/bridges';
import { until } from '../support/child';
import { stateFolder } from '../support/consuming';
import { engineKits } from '../support/engine-kits';
import { LONG_TIMEOUT_MS, report, times } from '../support/long-tests';
import { itNeeds } from '../support/needs';
import { newQueue } from '../support/queues';
import { type Random, withSeed } from '../support/seeded-random';
import { slow } from '../support/slow';

const KILLS = times(5, 200);

/** Starts it, lets it run for a moment, and kills it, so many times; then one that stays. */
async function killAgainAndAgain(random: Random, bridge: ChildBridge): Promise<void> {
  for (let killed = 0; killed < KILLS; killed++) {
    const child = bridgeProcess(bridge);
    await child.said('running');
    await new Promise((resolve) => setTimeout(resolve, random.below(80)));
    await child.kill();
  }
  await bridgeProcess(bridge).said('running');
}

/** Keeps a queue full until it is asked to stop; returns how many were sent. */
function keepFull(send: (number: number) => Promise<unknown>): { stop: () => void; sent: Promise<number> } {
  let isOver = false;
  const run = async (): Promise<number> => {
    let number = 0;
    while (!isOver) await send(number++);
    return number;
  };
  return { stop: () => (isOver = true), sent: run() };
}

for (const kit of engineKits) {
  itNeeds(
    slow(kit.server),
    `${kit.name}, out: nothing is lost, and nothing comes twice, in order`,
    () =>
      withSeed(async (random) => {
        const server = await kit.start();
        const queue = newQueue();
        const filling = keepFull((number) => queue.send(String(number)));
        await killAgainAndAgain(random, {
          engine: kit.inAnotherProcess,
          engineOptions: kit.optionsFor(server.url),
          state: stateFolder(),
          routes: [{ name: 'out', direction: 'out', queue: { key: queue.key }, to: 'orders' }],
        });
        filling.stop();
        const sent = await filling.sent;
        const client = await kit.client(server.url);
        await until('all are stored', async () => (await client.count('orders')) >= sent, 30_000);
        const numbers = (await client.read('orders')).map(({ data }) => Number(data));
        report(`${kit.name}, out: ${KILLS} kills, ${sent} messages`);
        expect(numbers.length).toBe(sent);
        expect(numbers.findIndex((number, index) => number !== index)).toBe(-1);
      }),
    LONG_TIMEOUT_MS,
  );

  itNeeds(
    slow(kit.server),
    `${kit.name}, in: nothing is lost, and a kill makes at most one come twice, in order`,
    () =>
      withSeed(async (random) => {
        const server = await kit.start();
        const client = await kit.client(server.url);
        await client.addStream('s');
        const queue = newQueue();
        const filling = keepFull((number) => client.publish('s', String(number)));
        const got: number[] = [];
        let sent = Number.POSITIVE_INFINITY;
        const distinct = new Set<number>();
        const taking = (async () => {
          while (distinct.size < sent) {
            const number = Number((await queue.receive()).data);
            got.push(number);
            distinct.add(number);
          }
        })();
        taking.catch(() => undefined);
        await killAgainAndAgain(random, {
          engine: kit.inAnotherProcess,
          engineOptions: kit.optionsFor(server.url),
          state: stateFolder(),
          routes: [
            {
              name: 'in',
              direction: 'in',
              queue: { key: queue.key },
              from: { stream: kit.streamOf('s'), consumer: 'c' },
            },
          ],
        });
        filling.stop();
        sent = await filling.sent;
        await until('every message has come', () => distinct.size === sent, 40_000);
        const twice = got.length - sent;
        report(`${kit.name}, in: ${KILLS} kills, ${sent} messages, ${twice} twice`);
        expect(twice).toBeLessThanOrEqual(KILLS);
        // A message that comes twice comes twice in a row.
        expect(got.findIndex((number, index) => index > 0 && number < (got[index - 1] as number))).toBe(-1);
      }),
    LONG_TIMEOUT_MS,
  );
}
