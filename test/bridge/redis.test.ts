/** A bridge over a real redis-server: what is Redis's own. The rest is in engines.test.ts. */

import { redisEngine } from '../../lib/bridge';
import type { OutgoingMessage, Publisher, PublishOutcome } from '../../lib/bridge/engine';
import { idOf, positionOf } from '../../lib/bridge/redis/redis-positions';
import { marksKey } from '../../lib/bridge/redis/redis-script';
import { newBridge } from '../support/bridges';
import { compileC } from '../support/c-program';
import { until } from '../support/child';
import { stateFolder } from '../support/consuming';
import { redisClient } from '../support/engine-kits';
import { EngineServer, makeCertificates, redisServer, startRedis } from '../support/engine-servers';
import { lossyProxy } from '../support/lossy-proxy';
import { itNeeds } from '../support/needs';
import { newQueue } from '../support/queues';
import { slow } from '../support/slow';

const engineAt = (url: string, options: object = {}) => redisEngine({ url, createStream: true, ...options });

const inRoute = (queue: ReturnType<typeof newQueue>, stream: string, consumer = 'c') => ({
  name: 'in',
  direction: 'in' as const,
  queue,
  from: { stream, consumer },
});

function message(sequence: number, data = String(sequence), instance = 'a'): OutgoingMessage {
  return {
    ...{ id: `${instance}.${sequence}`, instance, sequence, type: 5, origin: 'here.0x1' },
    ...{ to: 'orders', data: Buffer.from(data) },
  };
}

function published(publisher: Publisher, messages: readonly OutgoingMessage[]): Promise<PublishOutcome[]> {
  return Promise.all(messages.map((one) => new Promise<PublishOutcome>((resolve) => publisher.publish(one, resolve))));
}

async function openPublisher(url: string, onDenied: (error: Error) => void = () => undefined) {
  const connection = await engineAt(url).connect('test');
  const publisher = await connection.openPublisher({ pattern: 'orders', deadLetter: undefined, window: 10, onDenied });
  return { connection, publisher };
}

const kinds = (outcomes: readonly PublishOutcome[]): string[] =>
  outcomes.map((outcome) => (outcome.kind === 'stored' && outcome.duplicate ? 'duplicate' : outcome.kind));

itNeeds(
  slow(redisServer),
  'a server without a log is refused, and one that evicts streams, unless the loss is accepted',
  async () => {
    const routes = [{ name: 'out', direction: 'out' as const, queue: newQueue(), to: 'orders' }];
    const withoutLog = await startRedis('--appendonly', 'no');
    await expect(newBridge(engineAt(withoutLog.url), stateFolder(), routes).start()).rejects.toThrow(
      /^Redis at redis:.*appendonly no.*set appendonly yes, or accept the loss \(volatile: true, --volatile\)$/,
    );
    const evicting = await startRedis(
      '--appendonly',
      'yes',
      '--maxmemory',
      '100mb',
      '--maxmemory-policy',
      'allkeys-lru',
    );
    await expect(newBridge(engineAt(evicting.url), stateFolder(), routes).start()).rejects.toMatchObject({
      code: 'ERR_BRIDGE_VOLATILE',
      message: expect.stringMatching(/allkeys-lru.*set noeviction/),
    });
    await newBridge(engineAt(withoutLog.url, { volatile: true }), stateFolder(), routes).start();
  },
);

itNeeds(
  slow(redisServer),
  'the script stores each message once, in order, and those of each instance apart',
  async () => {
    const server = await startRedis();
    const client = redisClient(server.url);
    const { connection, publisher } = await openPublisher(server.url);
    expect(kinds(await published(publisher, [message(1), message(2), message(5)]))).toEqual(Array(3).fill('stored'));
    expect(kinds(await published(publisher, [message(2), message(5), message(6)]))).toEqual([
      'duplicate',
      'duplicate',
      'stored',
    ]);
    expect(kinds(await published(publisher, [message(1, 'other', 'b')]))).toEqual(['stored']);
    const entries = (await client.call('XRANGE', 'orders', '-', '+')) as [string, string[]][];
    expect(entries.map(([, fields]) => fields)).toEqual(
      ['1', '2', '5', '6', 'other'].map((data) => ['Sysvmq-Type', '5', 'Sysvmq-Origin', 'here.0x1', 'data', data]),
    );
    expect(await client.call('HLEN', marksKey('orders'))).toBe(2);
    await connection.close();
  },
);

// Redis answers meanwhile, and writes when the disk has the second before.
itNeeds(
  slow(redisServer),
  'a message counts as stored when it is in the log of Redis, also on a slow disk',
  async () => {
    const disk = compileC('slow_fdatasync.c', ['-shared', '-fPIC', '-ldl']);
    const server = await EngineServer.start('redis', ({ port, folder }) => [
      ...['env', `LD_PRELOAD=${disk}`, 'FDATASYNC_US=1500000', 'redis-server'],
      ...['--bind', '127.0.0.1', '--port', String(port), '--dir', folder],
      ...['--save', '', '--appendonly', 'yes', '--appendfsync', 'everysec'],
    ]);
    const client = redisClient(server.url);
    const { connection, publisher } = await openPublisher(server.url);
    let [sent, stored] = [0, 0];
    const isUnwritten = async (): Promise<boolean> => {
      for (const end = sent + 20; sent < end; ) {
        sent += 1;
        publisher.publish(message(sent), (outcome) => {
          expect(outcome).toMatchObject({ kind: 'stored', duplicate: false });
          stored += 1;
        });
      }
      const unwritten = /aof_buffer_length:(\d+)/.exec(String(await client.call('INFO', 'persistence')))?.[1];
      return stored > 0 && sent > stored && Number(unwritten) > 50_000;
    };
    await until('Redis has answered, and not written', isUnwritten);
    // All of them are stored, as Redis sees it.
    await until('Redis has them all', async () => (await client.call('XLEN', 'orders')) === sent);
    await server.kill();
    const [sentBefore, storedBefore] = [sent, stored];
    await connection.close();
    await server.start();
    await until('Redis has read its log', async () => (await client.call('PING').catch(() => '')) === 'PONG');
    const kept = Number(await client.call('XLEN', 'orders'));
    expect(kept).toBeGreaterThanOrEqual(storedBefore);
    expect(kept).toBeLessThan(sentBefore); // Otherwise this shows nothing.

    const again = await openPublisher(server.url);
    const rest = Array.from({ length: sentBefore - storedBefore }, (_, index) => message(storedBefore + 1 + index));
    expect(new Set(kinds(await published(again.publisher, rest)))).toEqual(
      new Set(kept > storedBefore ? ['duplicate', 'stored'] : ['stored']),
    );
    expect(await client.call('XLEN', 'orders')).toBe(sentBefore);
    await again.connection.close();
  },
);

itNeeds(slow(redisServer), 'no message overtakes one that was refused for a while', async () => {
  const server = await startRedis();
  const client = redisClient(server.url);
  const { connection, publisher } = await openPublisher(server.url);
  await published(publisher, [message(1)]);
  await client.call('CONFIG', 'SET', 'maxmemory', '1');
  expect(kinds(await published(publisher, [message(2), message(3)]))).toEqual(['retry', 'retry']);
  await client.call('CONFIG', 'SET', 'maxmemory', '0');
  const [third] = await published(publisher, [message(4)]);
  expect(third).toMatchObject({ kind: 'retry', error: { message: expect.stringMatching(/before it is not stored/) } });
  expect(kinds(await published(publisher, [message(2), message(3), message(4)]))).toEqual(Array(3).fill('stored'));
  const entries = (await client.call('XRANGE', 'orders', '-', '+')) as [string, string[]][];
  expect(entries.map(([, fields]) => fields.at(-1))).toEqual(['1', '2', '3', '4']);
  await connection.close();
});

itNeeds(slow(redisServer), 'a script that Redis has forgotten is loaded again', async () => {
  const server = await startRedis();
  const from = newQueue();
  const bridge = newBridge(engineAt(server.url), stateFolder(), [
    { name: 'out', direction: 'out', queue: from, to: 'orders' },
  ]);
  await bridge.start();
  await redisClient(server.url).call('SCRIPT', 'FLUSH');
  for (let index = 0; index < 10; index++) await from.send(String(index));
  await until('all are stored', () => bridge.stats().routes[0]?.acked === 10);
  expect(await redisClient(server.url).call('XLEN', 'orders')).toBe(10);
});

itNeeds(slow(redisServer), 'memory that is full holds the route up, and it goes on afterwards', async () => {
  const server = await startRedis();
  const client = redisClient(server.url);
  const from = newQueue();
  const bridge = newBridge(engineAt(server.url), stateFolder(), [
    { name: 'out', direction: 'out', queue: from, to: 'orders', window: 4 },
  ]);
  const errors: string[] = [];
  bridge.on('error', ({ message: text }) => errors.push(text));
  await bridge.start();
  await client.call('CONFIG', 'SET', 'maxmemory', '1');
  for (let index = 0; index < 20; index++) await from.send(String(index));
  await until('it is refused', () => errors.some((text) => /OOM/.test(text)));
  expect(bridge.stats().routes[0]).toMatchObject({ acked: 0, state: 'running' });
  await client.call('CONFIG', 'SET', 'maxmemory', '0');
  await until('all are stored', () => bridge.stats().routes[0]?.acked === 20);
  const entries = (await client.call('XRANGE', 'orders', '-', '+')) as [string, string[]][];
  expect(entries.map(([, fields]) => Number(fields.at(-1)))).toEqual(Array.from({ length: 20 }, (_, index) => index));
});

itNeeds(
  slow(redisServer),
  'a message too long for Redis stops the route, or is a dead letter and holds up nothing',
  async () => {
    const server = await startRedis('--appendonly', 'yes', '--proto-max-bulk-len', '1mb');
    const { connection, publisher } = await openPublisher(server.url);
    const outcomes = await published(publisher, [message(1), message(2, 'x'.repeat((1 << 20) + 1)), message(3)]);
    expect(kinds(outcomes)).toEqual(['stored', 'refused', 'stored']);
    expect(outcomes[1]).toMatchObject({ error: { message: expect.stringMatching(/proto-max-bulk-len: 1048576/) } });
    await connection.close();
  },
);

itNeeds(
  slow(redisServer),
  'a key that is no stream, and a right that is missing, stop the route and name it',
  async () => {
    const server = await startRedis();
    const client = redisClient(server.url);
    await client.call('SET', 'orders', 'text');
    await client.call('ACL', 'SETUSER', 'b', 'on', '>p', '+@all', '-hset', '~*');
    const urlOfB = server.url.replace('//', '//b:p@');
    const routes = (to: string, queue = newQueue()) => [{ name: 'out', direction: 'out' as const, queue, to }];
    for (const [url, to, words] of [
      [server.url, 'orders', /WRONGTYPE.*name another one/],
      [urlOfB, 'others', /can't run this command.*give this user .*HSET/],
    ] as const) {
      const queue = newQueue();
      const bridge = newBridge(engineAt(url), stateFolder(), routes(to, queue));
      await bridge.start();
      await queue.send('not allowed');
      await until('it has stopped', () => bridge.stats().routes[0]?.state === 'stopped');
      expect(bridge.stats().routes[0]).toMatchObject({ error: expect.stringMatching(words), inFlight: 1 });
    }
    // Nothing is stored where it could not be noted.
    expect(await client.call('EXISTS', 'others')).toBe(0);
  },
);

itNeeds(
  slow(redisServer),
  'the bridge connects with TLS and a password; without them one line says what to do',
  async () => {
    const folder = stateFolder();
    const { ca, cert, key } = makeCertificates(folder);
    const port = ['--port', '0', '--tls-port'];
    const server = await startRedis(
      ...['--appendonly', 'yes', '--requirepass', 'secret', '--tls-cert-file', cert, '--tls-key-file', key],
      ...['--tls-ca-cert-file', ca, '--tls-auth-clients', 'no', ...port, 'PORT'],
    );
    const url = `rediss://:secret@127.0.0.1:${server.port}`;
    const from = newQueue();
    const routes = [{ name: 'out', direction: 'out' as const, queue: from, to: 'orders' }];
    const bridge = newBridge(engineAt(url, { tls: { caFile: ca } }), stateFolder(), routes);
    await bridge.start();
    await from.send('over TLS');
    await until('it is stored', () => bridge.stats().routes[0]?.acked === 1);
    await bridge.stop();
    await expect(newBridge(engineAt(url), stateFolder(), routes).start()).rejects.toThrow(/can't be reached.*tls-ca/);
    const wrong = engineAt(url.replace('secret', 'wrong'), { tls: { caFile: ca } });
    await expect(newBridge(wrong, stateFolder(), routes).start()).rejects.toThrow(
      expect.objectContaining({ code: 'ERR_BRIDGE_AUTHORIZATION', message: expect.not.stringContaining('wrong@') }),
    );
  },
);

itNeeds(
  slow(redisServer),
  'a group that is gone is made again, and what was delivered does not come twice',
  async () => {
    const server = await startRedis();
    const client = redisClient(server.url);
    for (let index = 0; index < 10; index++) await client.call('XADD', 's', '*', 'data', String(index));
    const into = newQueue();
    const bridge = newBridge(engineAt(server.url), stateFolder(), [inRoute(into, 's')]);
    await bridge.start();
    for (let index = 0; index < 10; index++)
      expect(String((await into.receive({ timeout: 10_000 })).data)).toBe(String(index));
    await client.call('XGROUP', 'DESTROY', 's', 'c');
    await client.call('XADD', 's', '*', 'data', '10');
    expect(String((await into.receive({ timeout: 15_000 })).data)).toBe('10');
    await client.call('DEL', 's');
    await client.call('XADD', 's', '*', 'data', 'of another stream');
    expect(String((await into.receive({ timeout: 15_000 })).data)).toBe('of another stream');
  },
);

itNeeds(
  slow(redisServer),
  'a stream made anew with lower ids, or with the same ones, begins at its first message',
  async () => {
    const server = await startRedis();
    const client = redisClient(server.url);
    const into = newQueue();
    const state = stateFolder();
    for (const [round, last] of [
      ['first', 8],
      ['lower', 5],
      ['longer', 12],
    ] as const) {
      for (let index = 1; index <= last; index++)
        await client.call('XADD', 's', `1-${index * 2 + (last % 2)}`, 'data', `${round} ${index}`);
      const bridge = newBridge(engineAt(server.url), state, [inRoute(into, 's')]);
      await bridge.start();
      for (let index = 1; index <= last; index++) {
        expect(String((await into.receive({ timeout: 10_000 })).data)).toBe(`${round} ${index}`);
      }
      await bridge.stop();
      await client.call('DEL', 's');
    }
  },
);

itNeeds(slow(redisServer), 'messages that an earlier bridge was delivered and did not finish come first', async () => {
  const server = await startRedis();
  const client = redisClient(server.url);
  await client.call('XGROUP', 'CREATE', 's', 'c', '0', 'MKSTREAM');
  for (let index = 0; index < 10; index++) await client.call('XADD', 's', '*', 'data', String(index));
  await client.call('XREADGROUP', 'GROUP', 'c', 'sysvmq', 'COUNT', 6, 'STREAMS', 's', '>');
  await client.call('XDEL', 's', ((await client.call('XRANGE', 's', '-', '+')) as [string][])[2]?.[0] as string);
  const into = newQueue();
  await newBridge(engineAt(server.url), stateFolder(), [inRoute(into, 's')]).start();
  for (const index of [0, 1, 3, 4, 5, 6, 7, 8, 9]) {
    expect(String((await into.receive({ timeout: 10_000 })).data)).toBe(String(index));
  }
  await until('all are acknowledged', async () => {
    const [count] = (await client.call('XPENDING', 's', 'c')) as [number];
    return count === 0;
  });
});

itNeeds(
  slow(redisServer),
  'a message that went to a dead connection is not lost, though later ones came over the next',
  async () => {
    const server = await startRedis();
    const client = redisClient(server.url);
    // A read of the connection before may reach Redis when the network is there again. Its answer reaches nobody.
    const swallow = async (text: string): Promise<string> => {
      await client.call('MULTI');
      await client.call('XADD', 's', '*', 'data', text);
      await client.call('XREADGROUP', 'GROUP', 'c', 'sysvmq', 'COUNT', 1, 'STREAMS', 's', '>');
      const [id] = (await client.call('EXEC')) as [string];
      return id;
    };
    const into = newQueue();
    const state = stateFolder();
    const received = async (): Promise<string> => String((await into.receive({ timeout: 20_000 })).data);
    const first = newBridge(engineAt(server.url), state, [inRoute(into, 's')]);
    await first.start();
    await swallow('swallowed');
    await client.call('XADD', 's', '*', 'data', 'later');
    expect(await received()).toBe('later');
    await first.stop();
    const second = newBridge(engineAt(server.url), state, [inRoute(into, 's')]);
    await second.start();
    expect(await received()).toBe('swallowed');

    // While a bridge runs, it comes when it is as old as a message may become without an acknowledgement.
    const id = await swallow('swallowed, too');
    await client.call('XADD', 's', '*', 'data', 'the last');
    expect(await received()).toBe('the last');
    await client.call('XCLAIM', 's', 'c', 'sysvmq', 0, id, 'IDLE', 60_000, 'JUSTID');
    expect(await received()).toBe('swallowed, too');
    await until('all are acknowledged', async () => {
      const [count] = (await client.call('XPENDING', 's', 'c')) as [number];
      return count === 0;
    });
    expect(into.stat().messageCount).toBe(0);
  },
);

itNeeds(
  slow(redisServer),
  'an entry of others: its field data, or its only field; with neither it is refused',
  async () => {
    const server = await startRedis();
    const client = redisClient(server.url);
    await client.call('XADD', 's.7', '*', 'order', 'the only field');
    await client.call('XADD', 's.7', '*', 'time', 'now', 'data', 'the field data');
    await client.call('XADD', 's.7', '*', 'time', 'now', 'place', 'here');
    const into = newQueue();
    const bridge = newBridge(engineAt(server.url), stateFolder(), [{ ...inRoute(into, 's.7'), type: 'subject' }]);
    await bridge.start();
    for (const text of ['the only field', 'the field data']) {
      const { type, data } = await into.receive({ timeout: 10_000 });
      expect([type, String(data)]).toEqual([7, text]);
    }
    await until('it has stopped', () => bridge.stats().routes[0]?.state === 'stopped');
    expect(bridge.stats().routes[0]?.error).toMatch(/no field data/);
  },
);

itNeeds(slow(redisServer), 'requests and filters are refused: Redis has neither', async () => {
  const server = await startRedis();
  const queue = newQueue();
  await expect(
    newBridge(engineAt(server.url), stateFolder(), [{ name: 'ask', direction: 'ask', queue, subject: 's' }]).start(),
  ).rejects.toMatchObject({ code: 'ERR_BRIDGE_UNSUPPORTED' });
  const route = inRoute(queue, 's');
  const filtered = { ...route, from: { ...route.from, filter: 'x' } };
  await expect(newBridge(engineAt(server.url), stateFolder(), [filtered]).start()).rejects.toMatchObject({
    code: 'ERR_BRIDGE_UNSUPPORTED',
  });
});

itNeeds(slow(redisServer), 'a check says what is there, and changes nothing', async () => {
  const server = await startRedis();
  const client = redisClient(server.url);
  await client.call('XADD', 'there', '*', 'data', 'x');
  const engine = redisEngine({ url: server.url });
  const routes = [
    { name: 'out', direction: 'out' as const, queue: newQueue(), to: 'orders' },
    inRoute(newQueue(), 'there'),
    { ...inRoute(newQueue(), 'missing'), name: 'none' },
  ];
  const found = (await newBridge(engine, stateFolder(), routes).check()).map(
    ({ level, route, text }) => `${level} ${route}: ${text}`,
  );
  expect(found).toContain('ok out: The stream orders would be made');
  expect(found).toContain('ok in: The group c would be made, and begin with the first message');
  expect(found.join('\n')).toMatch(/warning out: .*appendfsync everysec/);
  expect(found.join('\n')).toMatch(/error none: Redis has no stream missing/);
  expect(await client.call('KEYS', '*')).toEqual(['there']);
});

it('positions are ids, in order', () => {
  for (const id of ['0-0', '1-1', '1700000000000-7', '18446744073709551615-18446744073709551615']) {
    expect(idOf(positionOf(id))).toBe(id);
  }
  expect(positionOf('2-0') > positionOf('1-18446744073709551615')).toBe(true);
});

it.each([
  ['orders', '{orders}:sysvmq'],
  ['{a}orders', '{a}orders:sysvmq'],
])('the hash of %s is in its slot', (stream, hash) => {
  expect(marksKey(stream)).toBe(hash);
});

itNeeds(
  slow(redisServer),
  'a server that accepts a connection and says nothing counts as away after five seconds',
  async () => {
    const server = await startRedis();
    const proxy = await lossyProxy(server.port);
    proxy.isHole = true;
    const bridge = newBridge(engineAt(`redis://127.0.0.1:${proxy.port}`), stateFolder(), [
      inRoute(newQueue(), 'orders'),
    ]);
    await expect(bridge.start()).rejects.toMatchObject({
      code: 'ERR_BRIDGE_UNREACHABLE',
      message: expect.stringMatching(/can't be reached \(it has not answered for 5 s\): start redis-server there/),
    });
  },
);

itNeeds(
  slow(redisServer),
  'an in route whose blocking connection falls silent, though the other is answered, gets its messages over the next',
  async () => {
    const server = await startRedis();
    const proxy = await lossyProxy(server.port);
    const queue = newQueue();
    const bridge = newBridge(engineAt(`redis://127.0.0.1:${proxy.port}`), stateFolder(), [inRoute(queue, 'orders')]);
    // The second connection of a bridge is the one whose reads block.
    proxy.holesFrom = 2;
    const lost = new Promise((resolve) => bridge.once('disconnected', resolve));
    await bridge.start();
    await redisClient(server.url).call('XADD', 'orders', '*', 'data', 'still there');
    await lost;
    proxy.holesFrom = Number.POSITIVE_INFINITY;
    expect((await queue.receive({ timeout: 20_000 })).data.toString()).toBe('still there');
  },
);

itNeeds(slow(redisServer), 'connections that are lost leave no timer behind', async () => {
  const server = await startRedis();
  const proxy = await lossyProxy(server.port);
  const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  const before = timers();
  const bridge = newBridge(engineAt(`redis://127.0.0.1:${proxy.port}`), stateFolder(), [inRoute(newQueue(), 'orders')]);
  await bridge.start();
  for (let cut = 0; cut < 3; cut++) {
    await until('it runs', () => bridge.stats().routes[0]?.state === 'running');
    proxy.cut();
    await until('the connection is lost', () => bridge.stats().routes[0]?.state === 'waiting');
  }
  await bridge.stop();
  await until('its timers are gone', () => timers() <= before);
});

itNeeds(slow(redisServer), 'a user who may not claim messages takes them anyway', async () => {
  const server = await startRedis();
  const client = redisClient(server.url);
  await client.call('ACL', 'SETUSER', 'taker', 'on', '>secret', '~*', '&*', '+@all', '-xautoclaim', '-xclaim');
  const into = newQueue();
  const url = `redis://taker:secret@127.0.0.1:${server.port}`;
  const bridge = newBridge(engineAt(url), stateFolder(), [inRoute(into, 'orders')]);
  let lost = 0;
  bridge.on('disconnected', () => {
    lost += 1;
  });
  await bridge.start();
  const denied = async (): Promise<boolean> => /xautoclaim/.test(String(await client.call('ACL', 'LOG')));
  await until('a claim was refused', denied);
  await client.call('XADD', 'orders', '*', 'data', 'taken');
  expect(String((await into.receive({ timeout: 20_000 })).data)).toBe('taken');
  expect(lost).toBe(0);
});
