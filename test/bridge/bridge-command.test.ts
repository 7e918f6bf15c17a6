/** sysvmq bridge: the command over a real nats-server. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { MessageQueue } from '../../lib/index';
import { natsClient, readStream } from '../support/bridges';
import { until } from '../support/child';
import { stateFolder } from '../support/consuming';
import { natsServer, redisServer, startNats, startRedis } from '../support/engine-servers';
import { itNeeds } from '../support/needs';
import { beforeQueuesGo, freshKey, newQueue } from '../support/queues';
import { itSlow, slow } from '../support/slow';

const command = join(__dirname, '..', '..', 'dist', 'cli', 'main.js');

function start(...args: string[]) {
  const child = spawn(process.execPath, [command, 'bridge', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => {
    output.stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    output.stderr += chunk;
  });
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal, ...output }));
  beforeQueuesGo(() => void child.kill('SIGKILL'));
  return { child, output, ended };
}

const hexadecimal = (key: number): string => `0x${(key >>> 0).toString(16)}`;

itNeeds(slow(natsServer), 'bridge out and in forward, show in bridge status, and end on SIGTERM', async () => {
  const server = await startNats();
  const [from, into] = [newQueue(), newQueue()];
  const common = ['--nats', server.url, '--state', stateFolder()];
  await from.send('hello', { type: 5 });
  const out = start(
    'out',
    '--key',
    hexadecimal(from.key),
    '--to',
    'orders',
    '--create-stream',
    '--name',
    'a',
    ...common,
  );
  await until('out is connected', () => out.output.stderr.includes('connected to NATS'));
  const back = start('in', hexadecimal(into.key), '--stream', 'ORDERS', '--consumer', 'b', '--name', 'b', ...common);
  const message = await into.receive({ timeout: 15_000 });
  expect([message.data.toString(), message.type]).toEqual(['hello', 5]);
  const status = await start('status', '--json', '--state', common[3] as string).ended;
  const shown = JSON.parse(status.stdout) as { bridge: string; alive: boolean }[];
  expect(shown.map(({ bridge, alive }) => `${bridge} ${alive}`).sort()).toEqual(['a true', 'b true']);
  for (const { child, ended } of [out, back]) {
    child.kill('SIGTERM');
    expect(await ended).toMatchObject({ code: 0, signal: null });
  }
});

itNeeds(slow(natsServer), '--dry-run says what would be published, and takes nothing', async () => {
  const server = await startNats();
  const { manager } = await natsClient(server.url);
  await manager.streams.add({ name: 'S', subjects: ['s.*'] });
  const from = newQueue();
  from.trySend('hello', { type: 5 });
  const args = ['out', '--key', hexadecimal(from.key), '--to', 's.{type}', '--nats', server.url, '--dry-run'];
  const { code, stdout } = await start(...args, '--state', stateFolder()).ended;
  expect({ code, stdout }).toMatchObject({ code: 0 });
  expect(stdout).toMatch(/warning {2}out: The stream S has one replica/);
  expect(stdout).toMatch(/would publish to s\.5: type 5, 5 bytes, "hello"/);
  expect(from.stat().messageCount).toBe(1);
  expect((await manager.streams.info('S')).state.messages).toBe(0);
});

itNeeds(natsServer, '--dry-run of a route that makes its queue finds no fault, and makes nothing', async () => {
  const server = await startNats();
  const { manager } = await natsClient(server.url);
  await manager.streams.add({ name: 'S', subjects: ['s.*'] });
  const key = freshKey();
  const args = ['in', '--key', hexadecimal(key), '--create', '--stream', 'S', '--consumer', 'c', '--nats', server.url];
  const { code, stdout } = await start(...args, '--dry-run', '--state', stateFolder()).ended;
  expect(stdout).toContain('in: The queue would be made\n');
  expect(stdout).toContain('in: The stream S has 0 messages\n');
  expect(stdout).not.toContain('ERROR');
  expect(stdout).toMatch(/[^\n]\n$/);
  expect(code).toBe(0);
  expect(() => MessageQueue.open(key)).toThrow(expect.objectContaining({ code: 'ENOENT' }));
});

// The package as it is where only its own dependencies are installed: the files are copied, because Node follows links.
function packageWithoutPeers(): string {
  const root = join(__dirname, '..', '..');
  const folder = join(stateFolder(), 'sysvmq');
  mkdirSync(join(folder, 'node_modules'), { recursive: true });
  cpSync(join(root, 'dist'), join(folder, 'dist'), { recursive: true });
  cpSync(join(root, 'package.json'), join(folder, 'package.json'));
  for (const built of [process.env['SYSVMQ_BUILD_DIR'] ?? 'build', 'prebuilds']) {
    if (existsSync(join(root, built))) symlinkSync(join(root, built), join(folder, built));
  }
  const { dependencies } = require('../../package.json') as { dependencies: Record<string, string> };
  for (const name of Object.keys(dependencies)) {
    symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name));
  }
  return join(folder, 'dist', 'cli', 'main.js');
}

itSlow.each([
  ['--nats', 'nats://127.0.0.1:1', '@nats-io/transport-node', '@nats-io/jetstream@'],
  ['--redis', 'redis://127.0.0.1:1', 'ioredis', 'ioredis'],
])('without its client, %s is one line that says what to install', async (option, url, missing, install) => {
  const from = newQueue();
  const args = ['bridge', 'out', String(from.id), '--to', 'orders', option, url, '--state', stateFolder()];
  const child = spawn(process.execPath, [packageWithoutPeers(), ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  expect(await once(child, 'close')).toEqual([1, null]);
  expect(stderr).toMatch(/^[^\n]+\n$/);
  expect(stderr).toContain(
    `sysvmq bridge out: The bridge needs the package ${missing}, which is not installed. Run: npm install`,
  );
  expect(stderr).toContain(install);
});

itNeeds(slow(natsServer), 'a server that is away, and a missing stream, are reported in one line', async () => {
  const server = await startNats();
  const from = newQueue();
  const args = [
    'out',
    '--key',
    hexadecimal(from.key),
    '--to',
    'orders',
    '--nats',
    server.url,
    '--state',
    stateFolder(),
  ];
  const missing = await start(...args).ended;
  expect(missing).toMatchObject({ code: 1 });
  expect(missing.stderr).toMatch(/^sysvmq bridge out: No stream of NATS takes the subject orders: make one.*\n$/);
  await server.kill();
  const away = await start(...args).ended;
  expect(away).toMatchObject({ code: 1 });
  expect(away.stderr).toMatch(/^sysvmq bridge out: NATS at .* can't be reached .*: start nats-server there.*\n$/);
});

itNeeds(slow(natsServer), 'bridge run takes a file of routes', async () => {
  const { writeFileSync } = require('node:fs') as typeof import('node:fs');
  const server = await startNats();
  const from = newQueue();
  const state = stateFolder();
  const file = join(state, 'routes.json');
  const route = { name: 'orders', direction: 'out', queue: { key: hexadecimal(from.key) }, to: 'orders' };
  writeFileSync(file, JSON.stringify({ name: 'from-file', routes: [route] }));
  const { child, ended } = start('run', file, '--nats', server.url, '--create-stream', '--state', state, '--json');
  await from.send('hello');
  const client = await natsClient(server.url);
  await until('it is stored', () =>
    client.manager.streams.info('ORDERS').then(
      ({ state }) => state.messages === 1,
      () => false,
    ),
  );
  child.kill('SIGTERM');
  const { stdout } = await ended;
  expect(JSON.parse(stdout)).toMatchObject({ name: 'from-file', routes: [{ name: 'orders', acked: 1 }] });
  expect((await readStream(client, 'ORDERS')).map(({ data }) => data)).toEqual(['hello']);
});

itNeeds(
  slow(redisServer),
  '--redis forwards out and in, refuses a server without a log in one line, and takes it with --volatile',
  async () => {
    const server = await startRedis();
    const [from, into] = [newQueue(), newQueue()];
    const common = ['--redis', server.url, '--state', stateFolder()];
    await from.send('hello', { type: 5 });
    const out = start('out', hexadecimal(from.key), '--to', 'orders', '--name', 'a', ...common);
    await until('out is connected', () => out.output.stderr.includes('connected to Redis 7'));
    start(
      'in',
      hexadecimal(into.key),
      '--stream',
      'orders',
      '--consumer',
      'b',
      '--name',
      'b',
      ...common,
      '--create-stream',
    );
    const message = await into.receive({ timeout: 15_000 });
    expect([message.data.toString(), message.type]).toEqual(['hello', 5]);
    const volatile = await startRedis('--appendonly', 'no');
    const args = ['out', hexadecimal(from.key), '--to', 'orders', '--name', 'c', '--state', stateFolder(), '--dry-run'];
    const refused = await start(...args, '--redis', volatile.url).ended;
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.stdout.replace(/\s+/g, ' ')).toMatch(/ERROR Redis at .*appendonly no.*--volatile/);
    expect(await start(...args, '--redis', volatile.url, '--volatile').ended).toMatchObject({ code: 0 });
    const both = await start(...args, '--redis', server.url, '--nats', 'nats://127.0.0.1').ended;
    expect(both).toMatchObject({ code: 2 });
    expect(both.stderr).toMatch(/--nats is for NATS/);
  },
);
