/** A receive that has to wait for the next turn is in line from its call on. */

import { codecs, type MessageQueue } from '../../lib/index';
import { newQueue } from '../support/queues';
import { newReadable } from '../support/streams';

type Text = MessageQueue<string>;
const calls: [string, (queue: Text) => Promise<string | undefined>][] = [
  ['receive', async (queue) => (await queue.receive()).data],
  ['receive with nowait', async (queue) => (await queue.receive({ nowait: true })).data],
  ['receiveMany', async (queue) => (await queue.receiveMany({ max: 1 }))[0]?.data],
  ['an iterator', async (queue) => (await queue.messages().next()).value?.data],
  ['a stream', async (queue) => (await newReadable(queue).iterator().next()).value?.data],
];
const immediate: [string, (queue: Text) => Promise<string | undefined>][] = [
  ...calls,
  ['tryReceive', async (queue) => queue.tryReceive()?.data],
  ['tryReceiveMany', async (queue) => queue.tryReceiveMany({ max: 1 })[0]?.data],
  ['receiveSync', async (queue) => queue.receiveSync({ timeout: 1000 }).data],
];
const pairs = calls.flatMap(([first, call]) => immediate.map(([later, other]) => ({ first, later, call, other })));

async function fillTurn(queue: Text): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  const until = performance.now() + 2;
  while (performance.now() < until) {
    queue.send('x').catch(() => undefined);
    queue.tryReceive();
  }
}

it.each(pairs)('$first, called first, is served before $later, called on the next turn', async ({ call, other }) => {
  const queue = newQueue({ codec: codecs.utf8 });
  await fillTurn(queue);
  const second = new Promise<string | undefined>((resolve) => setImmediate(() => resolve(other(queue))));
  queue.trySendMany([{ data: 'm1' }, { data: 'm2' }]);
  const first = call(queue);
  expect([await first, await second]).toEqual(['m1', 'm2']);
  queue.close();
});
