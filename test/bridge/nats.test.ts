/** A bridge over a real nats-server: what is NATS's own. The rest is in engines.test.ts. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openNatsSubscriber } from '../../lib/bridge/nats/nats-subscriber';
import { codecs, MessageQueue, RequestClient, RequestServer } from '../../lib/index';
import { natsAt, natsClient, newBridge, readStream } from '../support/bridges';
import { until } from '../support/child';
import { stateFolder } from '../support/consuming';
import { makeCertificates, natsServer, startNats } from '../support/engine-servers';
import { lossyProxy } from '../support/lossy-proxy';
import { makeOperator } from '../support/nats-operator';
import { itNeeds } from '../support/needs';
import { newQueue } from '../support/queues';
import { slow } from '../support/slow';

interface NKeyPair {
  getPublicKey(): string;
  getSeed(): Uint8Array;
}

itNeeds(slow(natsServer), 'a message too long for the stream stops the route, or is a dead letter', async () => {
  const server = await startNats();
  const { manager } = await natsClient(server.url);
  await manager.streams.add({ name: 'SHORT', subjects: ['short'], max_msg_size: 500 });
  const queues = [newQueue(), newQueue()] as const;
  const bridge = newBridge(natsAt(server.url), stateFolder(), [
    { name: 'stops', direction: 'out', queue: queues[0], to: 'short' },
    { name: 'goes-on', direction: 'out', queue: queues[1], to: 'short', refused: { deadLetter: 'dead' } },
  ]);
  await bridge.start();
  for (const queue of queues) for (const text of ['x'.repeat(1000), 'fits']) await queue.send(text, { type: 5 });
  await until('both are settled', () => {
    const [stops, goesOn] = bridge.stats().routes;
    return stops?.state === 'stopped' && goesOn?.acked === 2;
  });
  const [stops, goesOn] = bridge.stats().routes;
  expect(stops?.error).toMatch(/message size exceeds maximum allowed \(10054\).*stays in hand/);
  expect(goesOn).toMatchObject({ refused: 1, deadLettered: 1, state: 'running' });
  const client = await natsClient(server.url);
  expect((await readStream(client, 'DEAD')).map(({ data, type }) => [data.length, type])).toEqual([[1000, '5']]);
});

itNeeds(slow(natsServer), 'a full stream refuses for a while: backed off, kept, and published afterwards', async () => {
  const server = await startNats();
  const client = await natsClient(server.url);
  await client.manager.streams.add({ name: 'FULL', subjects: ['full'], max_msgs: 3, discard: 'new' as never });
  const from = newQueue();
  const bridge = newBridge(natsAt(server.url), stateFolder(), [
    { name: 'out', direction: 'out', queue: from, to: 'full', ordered: true },
  ]);
  const errors: string[] = [];
  bridge.on('error', ({ message }) => errors.push(message));
  await bridge.start();
  for (let index = 0; index < 6; index++) await from.send(String(index));
  await until('it is refused', () => errors.some((message) => /maximum messages exceeded/.test(message)));
  expect(bridge.stats().routes[0]).toMatchObject({ acked: 3, state: 'running' });
  await client.manager.streams.update('FULL', { max_msgs: 100 });
  await until('all are stored', () => bridge.stats().routes[0]?.acked === 6);
  expect((await readStream(client, 'FULL')).map(({ data }) => data)).toEqual(['0', '1', '2', '3', '4', '5']);
});

itNeeds(
  slow(natsServer),
  'messages of others have type 1, or the one that their subject or the route says',
  async () => {
    const server = await startNats();
    const client = await natsClient(server.url);
    await client.manager.streams.add({ name: 'S', subjects: ['s.>'] });
    await client.client.publish('s.33', 'hello');
    const queues = [newQueue(), newQueue(), newQueue()] as const;
    const types = ['header', 'subject', 77] as const;
    const bridge = newBridge(
      natsAt(server.url),
      stateFolder(),
      types.map((type, index) => ({
        name: `in${index}`,
        direction: 'in' as const,
        queue: queues[index] as MessageQueue,
        from: { stream: 'S', consumer: `c${index}` },
        type,
      })),
    );
    await bridge.start();
    const got = await Promise.all(queues.map((queue) => queue.receive({ timeout: 10_000 })));
    expect(got.map(({ type }) => type)).toEqual([1, 33, 77]);
  },
);

itNeeds(slow(natsServer), 'a publish that is not allowed stops the route, and names the subject', async () => {
  const users = `authorization { users: [ { user: "b", password: "p", permissions: { publish: { deny: "orders" } } } ] }`;
  const server = await startNats(users);
  const from = newQueue();
  const bridge = newBridge(natsAt(server.url, { user: 'b', password: 'p' }), stateFolder(), [
    { name: 'out', direction: 'out', queue: from, to: 'orders' },
  ]);
  await bridge.start();
  await from.send('not allowed');
  await until('it has stopped', () => bridge.stats().routes[0]?.state === 'stopped');
  expect(bridge.stats().routes[0]?.error).toMatch(/may not publish to orders/);
  expect(bridge.stats().routes[0]?.inFlight).toBe(1);
});

itNeeds(
  slow(natsServer),
  'the bridge connects with TLS, an NKey, a token or a password; without them one line says what to do',
  async () => {
    const { createUser } = require('@nats-io/nkeys') as { createUser: () => NKeyPair };
    const user = createUser();
    const folder = stateFolder();
    const { ca, cert, key } = makeCertificates(folder);
    const tls = await startNats(
      `tls { cert_file: "${cert}", key_file: "${key}", timeout: 20 }\nauthorization { users: [ { nkey: ${user.getPublicKey()} } ] }`,
    );
    const nkeySeed = new TextDecoder().decode(user.getSeed());
    const from = newQueue();
    const routes = [{ name: 'out', direction: 'out' as const, queue: from, to: 'orders' }];
    const bridge = newBridge(natsAt(tls.url, { tls: { caFile: ca }, nkeySeed }), stateFolder(), routes);
    await bridge.start();
    await from.send('over TLS');
    await until('it is stored', () => bridge.stats().routes[0]?.acked === 1);
    await bridge.stop();
    await expect(
      newBridge(natsAt(tls.url, { tls: { caFile: ca } }), stateFolder(), routes).start(),
    ).rejects.toMatchObject({
      code: 'ERR_BRIDGE_AUTHORIZATION',
    });
    await expect(newBridge(natsAt(tls.url, { nkeySeed }), stateFolder(), routes).start()).rejects.toThrow(
      /can't be reached.*tls-ca/,
    );
    const token = await startNats('authorization { token: "secret" }');
    const withToken = newBridge(natsAt(token.url, { token: 'secret' }), stateFolder(), routes);
    await withToken.start();
    await withToken.stop();
  },
);

itNeeds(slow(natsServer), 'a server that is away, a stream that is missing: one line says what to do', async () => {
  const queue = newQueue();
  const routes = [{ name: 'out', direction: 'out' as const, queue, to: 'orders' }];
  const server = await startNats();
  const bridge = newBridge(natsAt(server.url, { createStream: false }), stateFolder(), routes);
  await expect(bridge.start()).rejects.toThrow(/^No stream of NATS takes the subject orders: make one/);
  await server.kill();
  await expect(newBridge(natsAt(server.url), stateFolder(), routes).start()).rejects.toThrow(
    /can't be reached.*start nats-server/,
  );
});

itNeeds(slow(natsServer), 'a short deduplication window: the stream is read, and nothing comes twice', async () => {
  const server = await startNats();
  const client = await natsClient(server.url);
  await client.manager.streams.add({ name: 'ORDERS', subjects: ['orders'], duplicate_window: 100_000_000 });
  const from = newQueue();
  const state = stateFolder();
  const route = { name: 'out', direction: 'out' as const, queue: from, to: 'orders' };
  const proxy = await lossyProxy(server.port);
  const first = newBridge(natsAt(`nats://127.0.0.1:${proxy.port}`), state, [route]);
  await first.start();
  // The server gets them, and its answers get lost.
  proxy.swallowAnswers = true;
  for (let index = 0; index < 50; index++) await from.send(`message ${index}`);
  await until('the stream has them', async () => (await client.manager.streams.info('ORDERS')).state.messages === 50);
  await first.stop({ timeout: 0 });
  proxy.close();
  const stored = Date.now();
  await until('the window has passed', () => Date.now() - stored > 300);
  const second = newBridge(natsAt(server.url), state, [route]);
  await second.start();
  await from.send('after');
  await until('all are done', () => second.stats().routes[0]?.acked === 51);
  expect(second.stats().routes[0]?.duplicates).toBe(50);
  expect((await readStream(client, 'ORDERS')).map(({ data }) => data)).toEqual([
    ...Array.from({ length: 50 }, (_, index) => `message ${index}`),
    'after',
  ]);
});

itNeeds(slow(natsServer), 'work-queue retention: what is still in the stream does not come twice', async () => {
  const server = await startNats();
  const client = await natsClient(server.url);
  await client.manager.streams.add({ name: 'WORK', subjects: ['work'], retention: 'workqueue' as never });
  const from = newQueue();
  const state = stateFolder();
  const route = { name: 'out', direction: 'out' as const, queue: from, to: 'work' };
  const proxy = await lossyProxy(server.port);
  const first = newBridge(natsAt(`nats://127.0.0.1:${proxy.port}`), state, [route]);
  await first.start();
  proxy.swallowAnswers = true;
  for (let index = 0; index < 20; index++) await from.send(`message ${index}`);
  await until('the stream has them', async () => (await client.manager.streams.info('WORK')).state.messages === 20);
  await first.stop({ timeout: 0 });
  proxy.close();
  const second = newBridge(natsAt(server.url), state, [route]);
  await second.start();
  await until('all are done', () => second.stats().routes[0]?.acked === 20);
  expect((await client.manager.streams.info('WORK')).state.messages).toBe(20);
  expect((await second.check()).map(({ text }) => text).join()).toMatch(/is a work queue/);
});

itNeeds(
  natsServer,
  'a consumer ahead of a stream that has lost data stops the start, which says what to do',
  async () => {
    const server = await startNats();
    const client = await natsClient(server.url);
    await client.manager.streams.add({ name: 'S', subjects: ['s'] });
    for (let index = 0; index < 10; index++) await client.client.publish('s', String(index));
    const into = newQueue();
    const route = { name: 'in', direction: 'in' as const, queue: into, from: { stream: 'S', consumer: 'c' } };
    const state = stateFolder();
    const first = newBridge(natsAt(server.url), state, [route]);
    await first.start();
    for (let index = 0; index < 10; index++) await into.receive({ timeout: 10_000 });
    await first.stop();
    const info = await client.manager.streams.info('S');
    const shorter = { ...info, state: { ...info.state, last_seq: 5 } };
    const source = {
      stream: 'S',
      consumer: 'c',
      filter: undefined,
      shared: false,
      taker: 'test',
      window: 256,
      onLost: () => undefined,
    };
    await expect(openNatsSubscriber({ manager: client.manager } as never, source, shorter as never)).rejects.toThrow(
      /consumer c is at 10, and the stream S ends at 5.*nats consumer rm/,
    );
  },
);

itNeeds(
  slow(natsServer),
  'the bridge connects with the right file of credentials, and not with another one',
  async () => {
    const { config, creds } = makeOperator();
    const server = await startNats(config);
    const file = join(stateFolder(), 'user.creds');
    writeFileSync(file, creds);
    const [from, into] = [newQueue(), newQueue()];
    const bridge = newBridge(natsAt(server.url, { creds: file }), stateFolder(), [
      { name: 'out', direction: 'out', queue: from, to: 'orders' },
      { name: 'in', direction: 'in', queue: into, from: { stream: 'ORDERS', consumer: 'c' } },
    ]);
    await bridge.start();
    await from.send('hello');
    expect((await into.receive({ timeout: 10_000 })).data.toString()).toBe('hello');
    writeFileSync(file, makeOperator().creds);
    const routes = [{ name: 'out', direction: 'out' as const, queue: newQueue(), to: 'orders' }];
    await expect(newBridge(natsAt(server.url, { creds: file }), stateFolder(), routes).start()).rejects.toMatchObject({
      code: 'ERR_BRIDGE_AUTHORIZATION',
    });
  },
);

const MANY = 400;
for (const filter of [undefined, 's.>']) {
  itNeeds(
    slow(natsServer),
    `one message without an acknowledgement, far behind: what follows is not read again (filter: ${filter ?? 'none'})`,
    async () => {
      const server = await startNats();
      const client = await natsClient(server.url);
      await client.manager.streams.add({ name: 'S', subjects: ['s.>'] });
      const filtered = filter === undefined ? {} : { filter_subject: filter };
      await client.manager.consumers.add('S', { durable_name: 'c', ack_policy: 'explicit', ...filtered });
      for (let index = 1; index <= MANY; index++) await client.client.publish('s.1', String(index));
      const other = await client.client.consumers.get('S', 'c');
      for await (const message of await other.fetch({ max_messages: MANY, expires: 10_000 })) {
        if (message.seq > 1) message.ack();
      }
      let reads = 0;
      client.nats.subscribe('$JS.API.STREAM.MSG.GET.S', { callback: () => (reads += 1) });
      await client.nats.flush();
      const into = newQueue();
      const bridge = newBridge(natsAt(server.url), stateFolder(), [
        { name: 'in', direction: 'in', queue: into, from: { stream: 'S', consumer: 'c', filter }, maxPending: 32 },
      ]);
      await bridge.start();
      expect((await into.receive({ timeout: 10_000 })).data.toString()).toBe('1');
      await until('it runs', () => bridge.stats().routes[0]?.state === 'running');
      await client.nats.flush();
      expect(reads).toBeGreaterThan(0);
      expect(reads).toBeLessThan(MANY / 2);
    },
  );
}

itNeeds(slow(natsServer), 'a JetStream domain: its streams are found there, and nowhere else', async () => {
  const server = await startNats('', 'domain: hub');
  const [from, into] = [newQueue(), newQueue()];
  const bridge = newBridge(natsAt(server.url, { domain: 'hub' }), stateFolder(), [
    { name: 'out', direction: 'out', queue: from, to: 'orders' },
    { name: 'in', direction: 'in', queue: into, from: { stream: 'ORDERS', consumer: 'c' } },
  ]);
  await bridge.start();
  await from.send('hello');
  expect((await into.receive({ timeout: 10_000 })).data.toString()).toBe('hello');
  await until('it is acknowledged', () => bridge.stats().routes.every(({ acked }) => acked === 1));
  const routes = [{ name: 'out', direction: 'out' as const, queue: newQueue(), to: 'orders' }];
  await expect(newBridge(natsAt(server.url, { domain: 'other' }), stateFolder(), routes).start()).rejects.toMatchObject(
    {
      code: 'ERR_BRIDGE_NO_JETSTREAM',
    },
  );
});

itNeeds(natsServer, 'requests cross the bridge with serve and ask', async () => {
  const server = await startNats();
  const [here, there] = [newQueue(), newQueue()];
  const bridge = newBridge(natsAt(server.url), stateFolder(), [
    { name: 'ask', direction: 'ask', queue: here, subject: 'upper' },
    { name: 'serve', direction: 'serve', queue: there, subject: 'upper' },
  ]);
  await bridge.start();
  const answering = new RequestServer(MessageQueue.attach(there.id, { codec: codecs.utf8 }), (text) => {
    if (text === 'bad') throw new Error('no such word');
    return text.toUpperCase();
  });
  const asking = new RequestClient(MessageQueue.attach(here.id, { codec: codecs.utf8 }), { timeout: 10_000 });
  const replies = await Promise.all(['one', 'two', 'three'].map((word) => asking.request(word)));
  expect(replies).toEqual(['ONE', 'TWO', 'THREE']);
  await expect(asking.request('bad')).rejects.toThrow('no such word');
  asking.close();
  await answering.close();
});
