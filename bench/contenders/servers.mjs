// A nats-server or a redis-server of a contender's own, and a delay in front of it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { answers, freePort } from '../../tools/harness/loopback.cjs';
import { contenderPath } from '../harness/places.mjs';

const START_MS = 30_000;

/** The port of a server with its data in a folder on the disk, which ends with this process. */
async function startServer(program, argumentsFor) {
  const folder = mkdtempSync(join(tmpdir(), `sysvmq-bench-${program}-`));
  const port = await freePort();
  const server = spawn(program, argumentsFor(folder, String(port)), { stdio: 'ignore' });
  process.once('exit', () => {
    server.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });
  const deadline = performance.now() + START_MS;
  while (!(await answers(port))) {
    if (performance.now() > deadline) throw new Error(`${program} does not start`);
    await pause(10);
  }
  return port;
}

export function startNatsServer() {
  return startServer('nats-server', (folder, port) => ['-js', '-sd', folder, '-a', '127.0.0.1', '-p', port]);
}

/** With its log, which goes to the disk every second. */
export function startRedisServer() {
  const log = ['--appendonly', 'yes', '--appendfsync', 'everysec', '--save', ''];
  return startServer('redis-server', (folder, port) => [
    '--bind',
    '127.0.0.1',
    '--port',
    port,
    '--dir',
    folder,
    ...log,
  ]);
}

/** Another port of the same server: everything takes half of the round trip in each direction. */
export async function startDelay(port, roundTripMs) {
  const proxy = spawn(process.execPath, [contenderPath('delay.mjs'), String(port), String(roundTripMs / 2)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  process.once('exit', () => proxy.kill('SIGKILL'));
  const [line] = await once(createInterface({ input: proxy.stdout }), 'line');
  return Number(line);
}
