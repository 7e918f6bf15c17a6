/** An engine that a program brings along, whose connections fail at chosen moments. */

import { mkdirSync, rmdirSync } from 'node:fs';
import type { IncomingMessage } from '../../lib/bridge';
import { consumerName, routeFile } from '../../lib/bridge/state';
import { newBridge } from '../support/bridges';
import { until } from '../support/child';
import { stateFolder } from '../support/consuming';
import { away, engine, subscriber } from '../support/own-engine';
import { newQueue } from '../support/queues';

const message = (text: string): IncomingMessage => ({
  position: 1,
  storedAt: 1,
  type: '1',
  origin: undefined,
  subject: 'orders',
  data: Buffer.from(text),
  acknowledge: () => undefined,
  terminate: () => undefined,
  extend: () => undefined,
});

const into = (queue: ReturnType<typeof newQueue>) => ({
  name: 'in',
  direction: 'in' as const,
  queue,
  from: { stream: 'orders', consumer: 'c' },
});

it('a route whose server is away for a moment when it subscribes goes on over the next connection', async () => {
  const queue = newQueue();
  let starts = 0;
  const own = engine(async () =>
    subscriber(async (onMessage) => {
      starts += 1;
      if (starts < 3) throw away();
      onMessage(message('for the queue'));
    }),
  );
  const bridge = newBridge(own, stateFolder(), [into(queue)]);
  await bridge.start();
  expect((await queue.receive({ timeout: 10_000 })).data.toString()).toBe('for the queue');
  expect(bridge.stats().routes[0]).toMatchObject({ state: 'running' });
  expect({ starts, connections: own.connections }).toEqual({ starts: 3, connections: 3 });
});

it('a message that is delivered again, and waits for room when the connection is lost, comes once', async () => {
  const queue = newQueue({ maxBytes: 8 });
  queue.sendSync('is full.', { nowait: true });
  let connections = 0;
  let isAcknowledged = false;
  const own = engine(async (connection) => {
    connections += 1;
    if (connections < 3) setTimeout(() => connection.abandon(new Error('lost')), 50);
    const acknowledge = (): void => {
      isAcknowledged = true;
    };
    return {
      ...subscriber(async () => undefined),
      unsettled: async function* (isSettled) {
        if (!isSettled(1, 1)) yield { ...message('again'), acknowledge };
      },
    };
  });
  const bridge = newBridge(own, stateFolder(), [into(queue)]);
  await bridge.start();
  await until('the connection was lost twice', () => connections === 3);
  const next = async (): Promise<string> => (await queue.receive({ timeout: 10_000 })).data.toString();
  expect([await next(), await next()]).toEqual(['is full.', 'again']);
  await until('it is acknowledged, and the route goes on', () => {
    return isAcknowledged && bridge.stats().routes[0]?.state === 'running';
  });
  expect(queue.stat().messageCount).toBe(0);
  expect(bridge.stats().routes[0]).toMatchObject({ published: 1 });
});

it('start() rejects when the connection is lost before the routes have begun', async () => {
  const own = engine(async (connection) => {
    connection.abandon(new Error('lost at once'));
    await new Promise(setImmediate);
    return subscriber(async () => undefined);
  });
  const bridge = newBridge(own, stateFolder(), [into(newQueue())]);
  await expect(bridge.start()).rejects.toThrow('lost at once');
  expect(own.connections).toBe(1);
});

it('a route whose note cannot be read leaves nothing locked: it starts when the note can be read', async () => {
  const queue = newQueue();
  const state = stateFolder();
  const own = engine(async () => subscriber(async () => undefined));
  const routes = [{ name: 'out', direction: 'out' as const, queue, to: 'orders' }];
  const owner = { queueId: queue.id, queueKey: queue.key, consumer: consumerName('test', 'out', 'out') };
  mkdirSync(routeFile(state, owner, 'note'));
  await expect(newBridge(own, state, routes).start()).rejects.toMatchObject({ code: 'EISDIR' });
  rmdirSync(routeFile(state, owner, 'note'));
  // The engine is reached: without the lock it would not be.
  await expect(newBridge(own, state, routes).start()).rejects.toThrow('The server is away');
  expect(own.connections).toBe(1);
});
