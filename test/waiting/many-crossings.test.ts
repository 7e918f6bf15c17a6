/** What makes the calls for many messages quick: they cross into native code once for a whole batch. */

import { type ChildContext, inChild } from '../support/child';
import { newQueue } from '../support/queues';
import { itSlow } from '../support/slow';

type Crossings = Record<string, number>;

/** In a child: what `act` does, by how often each function of the addon was called. */
function countCrossings({ require }: ChildContext, { id, count }: { id: number; count: number }): Crossings[] {
  // The addon's functions cannot be replaced, so it is loaded once more, and seen through an object that counts.
  const crossings: Crossings = {};
  const { dlopen } = process;
  process.dlopen = (module: object, ...rest: unknown[]) => {
    dlopen.call(process, module, ...(rest as [string]));
    const loaded = module as { exports: Record<string, unknown> };
    const addon = loaded.exports;
    loaded.exports = Object.fromEntries(
      Object.entries(addon).map(([name, value]) => {
        if (typeof value !== 'function') return [name, value];
        return [
          name,
          (...args: unknown[]) => {
            crossings[name] = (crossings[name] ?? 0) + 1;
            return value.apply(addon, args);
          },
        ];
      }),
    );
  };
  for (const path of Object.keys(require.cache)) delete require.cache[path];
  const { MessageQueue } = require(process.env['SYSVMQ_TEST_PACKAGE'] as string) as typeof import('../../lib/index');
  const queue = MessageQueue.attach(id);
  const messages = Array.from({ length: count }, (_, number) => ({ data: `message ${number}` }));
  const during = (act: () => unknown): Crossings => {
    for (const name of Object.keys(crossings)) delete crossings[name];
    act();
    return { ...crossings };
  };
  return [during(() => queue.trySendMany(messages)), during(() => queue.tryReceiveMany({ max: count }))];
}

itSlow('a thousand messages cross into native code once', async () => {
  const { id } = newQueue();
  const [sending, receiving] = await inChild(countCrossings, { id, count: 1000 });
  expect(sending).toEqual({ sendBatch: 1 });
  // The memory that the messages are handed out in is new the first time.
  expect(receiving).toEqual({ receiveBatch: 1, prefault: 1 });
});

it('a message by itself crosses into native code once, too', async () => {
  const { id } = newQueue();
  const [sending, receiving] = await inChild(countCrossings, { id, count: 1 });
  expect(sending).toMatchObject({ sendBatch: 1 });
  expect(receiving).toMatchObject({ receiveBatch: 1 });
});
