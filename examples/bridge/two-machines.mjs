// Two machines, a producer in C on one and a consumer in Python on the other, with NATS between them. Each machine is an IPC
// namespace here: a queue of one does not exist in the other. Takes root, cc, nats-server and Debian's python3-sysv-ipc.
//
//   node examples/bridge/two-machines.mjs
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';

const ORDERS = 10;
// The same key on both machines, and not the same queue.
const KEY = 0x5eed0b01;
const here = import.meta.dirname;
const [role, url, folder] = process.argv.slice(2);

const stateOf = (place, direction) => join('/dev/shm', `${basename(place)}-${direction}`);

/** A bridge that runs. nats-server takes a moment until it listens. */
async function startBridge(route) {
  const { createBridge, natsEngine } = await import('sysvmq/bridge');
  for (let tries = 1; ; tries++) {
    const bridge = createBridge({
      engine: natsEngine({ servers: url, createStream: true }),
      routes: [{ ...route, queue: { key: KEY } }],
      name: `example-${route.direction}`,
      // Machines have a /dev/shm each.
      state: stateOf(folder, route.direction),
    });
    try {
      await bridge.start();
      return bridge;
    } catch (error) {
      if (error.code !== 'ERR_BRIDGE_UNREACHABLE' && error.code !== 'ERR_BRIDGE_NO_JETSTREAM') throw error;
      if (tries === 100) throw error;
      await pause(100);
    }
  }
}

/** One machine: a queue, a bridge, and a program that knows the queue only. */
async function machine(route, program) {
  const { MessageQueue } = await import('sysvmq');
  const queue = MessageQueue.create(KEY, { autoRemove: true });
  const bridge = await startBridge(route);
  const child = spawn(program[0], [...program.slice(1), String(KEY), String(ORDERS)], { stdio: 'inherit' });
  const [status] = await once(child, 'exit');
  // stop() waits for acknowledgements of what is in hand; what is in the queue is not in hand yet.
  while (queue.stat().messageCount > 0) await pause(10);
  await bridge.stop();
  queue.close(); // autoRemove: this removes it.
  process.exitCode = status ?? 1;
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  return port;
}

/** This program again, on a machine of its own. */
function startMachine(name, address, place) {
  return spawn('unshare', ['--ipc', process.execPath, import.meta.filename, name, address, place], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

async function main() {
  const place = mkdtempSync(join(tmpdir(), 'sysvmq-two-machines-'));
  execFileSync('cc', ['-O2', '-o', join(place, 'producer'), join(here, 'producer.c')]);
  const port = await freePort();
  const nats = spawn('nats-server', ['-js', '-sd', place, '-a', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' });
  await once(nats, 'spawn');
  const address = `nats://127.0.0.1:${port}`;
  try {
    const a = startMachine('a', address, place);
    const [statusOfA] = await once(a, 'exit');
    console.log(`machine A: the producer in C has sent ${ORDERS} orders, and has ended with status ${statusOfA}`);
    const b = startMachine('b', address, place);
    for await (const line of createInterface({ input: b.stdout })) console.log(`machine B, Python: ${line}`);
  } finally {
    nats.kill('SIGTERM');
    await once(nats, 'exit');
    rmSync(place, { recursive: true });
    for (const direction of ['out', 'in']) rmSync(stateOf(place, direction), { recursive: true, force: true });
  }
}

if (role === 'a') {
  await machine({ name: 'out', direction: 'out', to: 'orders' }, [join(folder, 'producer')]);
} else if (role === 'b') {
  const from = { stream: 'ORDERS', consumer: 'b' };
  await machine({ name: 'in', direction: 'in', from }, ['/usr/bin/python3', join(here, 'consumer.py')]);
} else await main();
