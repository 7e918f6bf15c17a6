// nats-server and redis-server on loopback ports of their own, and clients that look: the same few functions for each.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { answers, freePort } from '../../tools/harness/loopback.cjs';

const WAIT_MS = 60_000;
const AT_ONCE = 1000;

/** A server that can be killed and started again on the same data. */
class Server {
  folder = mkdtempSync(join(tmpdir(), 'sysvmq-trust-engine-'));
  #command;
  #process;

  /** `isSlow`: its disk is. */
  constructor(command, isSlow) {
    this.#command = command;
    this.isSlow = isSlow;
  }

  async start() {
    this.port ??= await freePort();
    const [program, ...args] = this.#command(this);
    this.#process = spawn(program, args, { stdio: 'ignore' });
    const deadline = performance.now() + WAIT_MS;
    while (!(await answers(this.port))) {
      if (this.#process.exitCode !== null || performance.now() > deadline) throw new Error(`${program} does not start`);
      await pause(5);
    }
  }

  async kill() {
    const running = this.#process;
    if (running === undefined || running.exitCode !== null || running.signalCode !== null) return;
    const ended = once(running, 'exit');
    running.kill('SIGKILL');
    await ended;
  }

  async close() {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function natsCommand({ port, folder }) {
  const file = join(folder, 'nats.conf');
  writeFileSync(file, `listen: "127.0.0.1:${port}"\njetstream { store_dir: "${folder}/jetstream" }\n`);
  return ['nats-server', '-c', file];
}

async function natsClient(port) {
  const { connect } = await import('@nats-io/transport-node');
  const { jetstreamManager, jetstream } = await import('@nats-io/jetstream');
  const nats = await connect({ servers: `127.0.0.1:${port}`, maxReconnectAttempts: -1, reconnectTimeWait: 50 });
  const manager = await jetstreamManager(nats, { timeout: 30_000, checkAPI: false });
  const client = jetstream(nats, { timeout: 30_000 });
  return {
    addStream: (name, options = {}) => manager.streams.add({ name: name.toUpperCase(), subjects: [name], ...options }),
    count: async (name) => (await manager.streams.info(name.toUpperCase())).state.messages,
    publishAll: (name, texts) => Promise.all(texts.map((text) => client.publish(name, text))),
    async read(name, onMessage) {
      const { state } = await manager.streams.info(name.toUpperCase());
      if (state.messages === 0) return;
      const consumer = await client.consumers.get(name.toUpperCase());
      for await (const { data, headers, info } of await consumer.consume({ max_messages: AT_ONCE })) {
        onMessage(Buffer.from(data), headers?.get('Sysvmq-Type'));
        if (info.pending === 0) return;
      }
    },
    close: () => nats.close(),
  };
}

/** How much longer the disk takes for an fsync, which Redis has every second: meanwhile it answers, and does not write. */
const SLOW_US = 400_000;

function slowDisk(folder) {
  const library = join(folder, 'slow_fdatasync.so');
  const source = join(import.meta.dirname, '..', '..', 'test', 'peers', 'slow_fdatasync.c');
  execFileSync('cc', ['-shared', '-fPIC', '-O1', '-o', library, source, '-ldl']);
  return ['env', `LD_PRELOAD=${library}`, `FDATASYNC_US=${SLOW_US}`];
}

const redisCommand = ({ port, folder, isSlow }) => [
  ...(isSlow ? slowDisk(folder) : []),
  'redis-server',
  ...['--bind', '127.0.0.1', '--port', String(port), '--dir', folder, '--save', '', '--appendonly', 'yes'],
  ...['--appendfsync', 'everysec', '--logfile', join(folder, 'log')],
];

async function redisClient(port) {
  const { Redis } = await import('ioredis');
  const client = new Redis(port, '127.0.0.1', { retryStrategy: () => 50, maxRetriesPerRequest: null });
  client.on('error', () => undefined);
  return {
    addStream: (name) => client.call('XGROUP', 'CREATE', name, 'looker', '$', 'MKSTREAM'),
    count: async (name) => Number(await client.call('XLEN', name)),
    publishAll: (name, texts) => Promise.all(texts.map((text) => client.call('XADD', name, '*', 'data', text))),
    async read(name, onMessage) {
      for (let after = '-'; ; ) {
        const entries = await client.callBuffer('XRANGE', name, after, '+', 'COUNT', AT_ONCE);
        for (const [, fields] of entries) onMessage(fields.at(-1), String(fields[1]));
        if (entries.length < AT_ONCE) return;
        after = `(${entries.at(-1)[0]}`;
      }
    },
    close: async () => client.disconnect(),
  };
}

/** By name: how to start it, a client, the engine's options, and the stream of a subject. */
export const engines = {
  nats: {
    title: 'NATS',
    program: 'nats-server',
    server: () => new Server(natsCommand),
    twicePerServerKill: 0,
    client: natsClient,
    optionsAt: (port) => ({ servers: `nats://127.0.0.1:${port}`, createStream: true }),
    streamOf: (subject) => subject.toUpperCase(),
  },
  redis: {
    title: 'Redis',
    program: 'redis-server',
    server: (isSlow) => new Server(redisCommand, isSlow),
    // What a kill makes it forget is published again; it may have been delivered.
    twicePerServerKill: 512,
    client: redisClient,
    optionsAt: (port) => ({ url: `redis://127.0.0.1:${port}`, createStream: true }),
    streamOf: (subject) => subject,
  },
};

export const isThere = ({ program }) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
