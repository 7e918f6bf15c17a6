/** What every engine is to do, over a real server of each. */

import { join } from 'node:path';
import type { Engine, Route } from '../../lib/bridge';
import { MessageQueue } from '../../lib/index';
import { newBridge } from '../support/bridges';
import { type ChildContext, startChild, until } from '../support/child';
import { stateFolder } from '../support/consuming';
import { atPort, engineKits } from '../support/engine-kits';
import { lossyProxy } from '../support/lossy-proxy';
import { itNeeds } from '../support/needs';
import { freshKey, newQueue, removeAfterTest } from '../support/queues';
import { slow } from '../support/slow';

const everyByte = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
const numbered = (count: number, words = 'message'): string[] =>
  Array.from({ length: count }, (_, index) => `${words} ${index}`);

interface Interrupted {
  root: string;
  engine: 'natsEngine' | 'redisEngine';
  engineOptions: object;
  state: string;
  routes: Route[];
  pauses: number[];
}

// Starts bridges one after the other, and stops each at another moment of its start.
async function stopWhileStarting({ require }: ChildContext, given: Interrupted): Promise<string[]> {
  const library = require(`${given.root}/dist/bridge/index.js`) as typeof import('../../lib/bridge');
  const makeEngine = library[given.engine] as (options: object) => Engine;
  const outcomes: string[] = [];
  for (const [index, pause] of given.pauses.entries()) {
    const { state, routes, engineOptions } = given;
    const bridge = library.createBridge({ engine: makeEngine(engineOptions), state, routes, name: `b${index}` });
    bridge.on('error', () => undefined);
    const started = bridge.start().then(
      () => 'started',
      ({ code }) => code,
    );
    await new Promise((resolve) => setTimeout(resolve, pause));
    await bridge.stop({ timeout: 0 });
    outcomes.push(await started);
  }
  return outcomes;
}

for (const kit of engineKits) {
  const itIs = (title: string, body: () => Promise<void>): void => itNeeds(kit.server, `${kit.name}: ${title}`, body);
  const itSlowlyIs = (title: string, body: () => Promise<void>): void =>
    itNeeds(slow(kit.server), `${kit.name}: ${title}`, body);
  const into = (queue: MessageQueue, target: string, consumer = 'c') => ({
    name: 'in',
    direction: 'in' as const,
    queue,
    from: { stream: kit.streamOf(target), consumer },
  });
  const outOf = (queue: MessageQueue, to = 'orders') => ({ name: 'out', direction: 'out' as const, queue, to });

  itIs('messages of every kind go out and come in unchanged, in order', async () => {
    const server = await kit.start();
    const [from, to] = [newQueue(), newQueue()];
    const bridge = newBridge(kit.engine(server.url), stateFolder(), [outOf(from), into(to, 'orders')]);
    await bridge.start();
    const sent: { type: number | bigint; data: Buffer }[] = [
      { type: 1, data: Buffer.alloc(0) },
      { type: 2n ** 63n - 1n, data: everyByte },
      { type: 7, data: Buffer.alloc(8192, 'x') },
      ...numbered(300).map((text, index) => ({ type: index + 1, data: Buffer.from(text) })),
    ];
    for (const { type, data } of sent) await from.send(data, { type });
    for (const { type, data } of sent) {
      const message = await to.receive({ timeout: 10_000 });
      expect({ type: message.typeBigInt, data: message.data.equals(data) }).toEqual({ type: BigInt(type), data: true });
    }
    await until('everything is acknowledged', () => bridge.stats().routes.every(({ inFlight }) => inFlight === 0));
    const [out, back] = bridge.stats().routes;
    const counts = { taken: sent.length, acked: sent.length, duplicates: 0, state: 'running' };
    expect(out).toMatchObject({ ...counts, republished: 0 });
    expect(back).toMatchObject(counts);
    const stored = await (await kit.client(server.url)).read('orders');
    expect(stored.map(({ type }) => type)).toEqual(sent.map(({ type }) => String(type)));
  });

  itSlowlyIs('what a stopped bridge has in hand is published by the next one, once', async () => {
    const server = await kit.start();
    const from = newQueue();
    const state = stateFolder();
    const first = newBridge(kit.engine(server.url), state, [outOf(from)]);
    await first.start();
    await server.stop();
    for (const text of numbered(20)) from.trySend(text);
    await until('all are in hand', () => first.stats().routes[0]?.inFlight === 20);
    await first.stop({ timeout: 0 });
    await server.kill();
    await server.start();
    const second = newBridge(kit.engine(server.url), state, [outOf(from)]);
    await second.start();
    await until('all are stored', () => second.stats().routes[0]?.acked === 20);
    const stored = await (await kit.client(server.url)).read('orders');
    expect(stored.map(({ data }) => data)).toEqual(numbered(20));
  });

  itSlowlyIs('what was stored and not acknowledged does not come twice', async () => {
    const server = await kit.start();
    const from = newQueue();
    const state = stateFolder();
    const proxy = await lossyProxy(server.port);
    const first = newBridge(kit.engine(atPort(server.url, proxy.port)), state, [outOf(from)]);
    await first.start();
    proxy.swallowAnswers = true;
    for (const text of numbered(50)) await from.send(text);
    const client = await kit.client(server.url);
    await until('the stream has them', async () => (await client.count('orders')) === 50);
    await first.stop({ timeout: 0 });
    proxy.close();
    const second = newBridge(kit.engine(server.url), state, [outOf(from)]);
    await second.start();
    await from.send('after');
    await until('all are done', () => second.stats().routes[0]?.acked === 51);
    expect(second.stats().routes[0]).toMatchObject({ duplicates: 50, republished: 0 });
    expect((await client.read('orders')).map(({ data }) => data)).toEqual([...numbered(50), 'after']);
  });

  itSlowlyIs('a server that goes away and comes back loses nothing, and the queue is the spool meanwhile', async () => {
    const server = await kit.start();
    const from = newQueue({ maxBytes: 2000 });
    const bridge = newBridge(kit.engine(server.url), stateFolder(), [{ ...outOf(from), window: 10 }]);
    await bridge.start();
    await from.send('first');
    await until('the first is stored', () => bridge.stats().routes[0]?.acked === 1);
    await server.kill();
    await until('the bridge knows', () => !bridge.stats().connected);
    let sent = 0;
    while (from.trySend(`later ${sent}`)) sent += 1;
    expect(sent).toBeGreaterThan(100);
    await server.start();
    await until('all are stored', () => bridge.stats().routes[0]?.acked === sent + 1, 40_000);
    const stored = await (await kit.client(server.url)).read('orders');
    expect(stored.map(({ data }) => data)).toEqual(['first', ...numbered(sent, 'later')]);
  });

  itIs('a queue that is full makes the stream wait: nothing is lost, and nothing comes twice', async () => {
    const server = await kit.start();
    const client = await kit.client(server.url);
    await client.addStream('orders');
    for (const text of numbered(60)) await client.publish('orders', text);
    const to = newQueue({ maxBytes: 100 });
    const state = stateFolder();
    for (let round = 0; round < 3; round++) {
      const bridge = newBridge(kit.engine(server.url), state, [{ ...into(to, 'orders'), maxPending: 20 }]);
      await bridge.start();
      for (let index = round * 20; index < round * 20 + 20; index++) {
        expect((await to.receive({ timeout: 10_000 })).data.toString()).toBe(`message ${index}`);
      }
      await bridge.stop();
    }
    expect(to.tryReceive()).toBeUndefined();
  });

  itIs('a message too long for the queue stops the route, or is a dead letter', async () => {
    const server = await kit.start();
    const client = await kit.client(server.url);
    await client.addStream('long');
    for (const text of ['x'.repeat(9000), 'fits']) await client.publish('long', text);
    const queues = [newQueue(), newQueue()] as const;
    const bridge = newBridge(kit.engine(server.url), stateFolder(), [
      { ...into(queues[0], 'long', 'stops'), name: 'stops' },
      { ...into(queues[1], 'long', 'goes-on'), name: 'goes-on', refused: { deadLetter: 'dead' } },
    ]);
    await bridge.start();
    expect((await queues[1].receive({ timeout: 10_000 })).data.toString()).toBe('fits');
    await until('the other has stopped', () => bridge.stats().routes[0]?.state === 'stopped');
    expect(bridge.stats().routes[0]?.error).toMatch(/MSGMAX|msgmax/i);
    expect(queues[0].stat().messageCount).toBe(0);
    expect((await client.read('dead')).map(({ data }) => data.length)).toEqual([9000]);
  });

  itIs('a stream that is made anew begins at its first message', async () => {
    const server = await kit.start();
    const client = await kit.client(server.url);
    const to = newQueue();
    const state = stateFolder();
    for (const round of ['old', 'new']) {
      await client.addStream('s');
      for (const text of numbered(10, round)) await client.publish('s', text);
      const bridge = newBridge(kit.engine(server.url), state, [into(to, 's')]);
      await bridge.start();
      for (const text of numbered(10, round)) {
        expect((await to.receive({ timeout: 10_000 })).data.toString()).toBe(text);
      }
      await bridge.stop();
      await client.removeStream('s');
    }
  });

  itSlowlyIs('many machines publish to one stream, and each with a consumer of its own gets all of it', async () => {
    const server = await kit.start();
    const sources = [newQueue(), newQueue(), newQueue()];
    const targets = [newQueue({ maxBytes: 1 << 14 }), newQueue({ maxBytes: 1 << 14 })];
    for (const [index, queue] of sources.entries()) {
      await newBridge(kit.engine(server.url), stateFolder(), [outOf(queue)], `from-${index}`).start();
    }
    for (const [index, queue] of targets.entries()) {
      await newBridge(
        kit.engine(server.url),
        stateFolder(),
        [into(queue, 'orders', `c${index}`)],
        `to-${index}`,
      ).start();
    }
    const lists = sources.map((_, index) => numbered(100, `machine ${index}`));
    await Promise.all(
      sources.map(async (queue, index) => {
        for (const text of lists[index] as string[]) await queue.send(text);
      }),
    );
    for (const queue of targets) {
      const got: string[] = [];
      while (got.length < 300) got.push((await queue.receive({ timeout: 10_000 })).data.toString());
      // Each machine's are in order; between them there is none.
      for (const list of lists) expect(got.filter((text) => list.includes(text))).toEqual(list);
    }
  });

  itSlowlyIs('machines that share a consumer divide the messages among themselves', async () => {
    const server = await kit.start();
    const client = await kit.client(server.url);
    await client.addStream('work');
    const targets = [newQueue({ maxBytes: 1 << 14 }), newQueue({ maxBytes: 1 << 14 })];
    for (const [index, queue] of targets.entries()) {
      const route = into(queue, 'work');
      const shared = { ...route, maxPending: 10, from: { ...route.from, shared: true } };
      await newBridge(kit.engine(server.url), stateFolder(), [shared], `machine-${index}`).start();
    }
    for (const text of numbered(200)) await client.publish('work', text);
    await until('all have come', () => targets.reduce((sum, queue) => sum + queue.stat().messageCount, 0) === 200);
    const got = targets.map((queue) =>
      Array.from({ length: queue.stat().messageCount }, () => String(queue.tryReceive()?.data)),
    );
    expect(got.flat().sort()).toEqual(numbered(200).sort());
    expect(got.map((list) => list.length > 0)).toEqual([true, true]);
  });

  itSlowlyIs('a queue that is removed is waited for, and made again where the route says so', async () => {
    const server = await kit.start();
    const key = freshKey();
    const bridge = newBridge(kit.engine(server.url), stateFolder(), [
      { name: 'out', direction: 'out', queue: { key, create: true }, to: 'orders' },
    ]);
    await bridge.start();
    const queue = MessageQueue.open(key);
    await queue.send('before');
    await until('it is stored', () => bridge.stats().routes[0]?.acked === 1);
    queue.remove();
    await until('there is another queue', () => {
      const status = bridge.stats().routes[0];
      return status?.state === 'running' && status.queueId !== queue.id;
    });
    removeAfterTest(bridge.stats().routes[0]?.queueId as number);
    await MessageQueue.open(key).send('after');
    await until('it is stored', () => bridge.stats().routes[0]?.acked === 2);
  });

  itIs('a second bridge of the same name is refused; loops are refused, also across bridges', async () => {
    const server = await kit.start();
    const [queue, other] = [newQueue(), newQueue()];
    const state = stateFolder();
    const [out, back] = [outOf(queue), into(queue, 'orders')];
    const first = newBridge(kit.engine(server.url), state, [out]);
    await first.start();
    await expect(newBridge(kit.engine(server.url), state, [out]).start()).rejects.toMatchObject({
      code: 'ERR_BRIDGE_RUNNING',
    });
    const second = newBridge(kit.engine(server.url), state, [back], 'second');
    await expect(second.start()).rejects.toThrow(/have the queue 0x\w+ in common.*round forever/);
    await expect(newBridge(kit.engine(server.url), stateFolder(), [out, back], 'third').start()).rejects.toMatchObject({
      code: 'ERR_BRIDGE_LOOP',
    });
    const apart = newBridge(kit.engine(server.url), state, [{ ...back, queue: other }], 'fourth');
    await apart.start();
  });

  itSlowlyIs('a bridge that is stopped at any moment of its start keeps no process alive', async () => {
    const server = await kit.start();
    const routes = [outOf(newQueue()), into(newQueue(), 'orders')].map((route) => ({
      ...route,
      queue: { id: route.queue.id },
    }));
    const child = startChild(stopWhileStarting, {
      root: join(__dirname, '..', '..'),
      engine: kit.inAnotherProcess,
      engineOptions: kit.optionsFor(server.url),
      state: stateFolder(),
      routes,
      pauses: Array.from({ length: 40 }, (_, index) => index),
    });
    const outcomes = (await child.result) as string[];
    expect(outcomes.filter((outcome) => !['started', 'ERR_BRIDGE_STATE'].includes(outcome))).toEqual([]);
    expect(await child.exited).toEqual({ code: 0, signal: null });
  });

  itIs('a message that has come from this queue does not go into it again', async () => {
    const server = await kit.start();
    const [queue, other] = [newQueue(), newQueue()];
    const state = stateFolder();
    const out = newBridge(kit.engine(server.url), state, [outOf(queue)], 'a');
    await out.start();
    await queue.send('ours');
    await until('it is stored', () => out.stats().routes[0]?.acked === 1);
    await out.stop();
    const client = await kit.client(server.url);
    await client.publish('orders', 'of others');
    await newBridge(kit.engine(server.url), state, [into(queue, 'orders')], 'b').start();
    await newBridge(kit.engine(server.url), state, [into(other, 'orders', 'd')], 'c').start();
    expect((await queue.receive({ timeout: 10_000 })).data.toString()).toBe('of others');
    expect((await other.receive({ timeout: 10_000 })).data.toString()).toBe('ours');
  });

  itIs('a server that is away is one line that says what to do', async () => {
    const server = await kit.start();
    await server.kill();
    await expect(newBridge(kit.engine(server.url), stateFolder(), [outOf(newQueue())]).start()).rejects.toThrow(
      /can't be reached \(.*refused.*\): start \w+-server there/i,
    );
  });

  itIs('a stream that is missing is one line that says what to do', async () => {
    const server = await kit.start();
    const engine = kit.engine(server.url, { createStream: false });
    await expect(newBridge(engine, stateFolder(), [into(newQueue(), 'orders')]).start()).rejects.toThrow(
      /has no stream orders: .*--create-stream/i,
    );
  });
}
