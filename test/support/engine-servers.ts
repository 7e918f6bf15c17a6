/** nats-server and redis-server for tests of the bridge: on loopback ports of their own, with folders of their own. */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { answers, freePort } from '../../tools/harness/loopback.cjs';
import { statusField, threadsOf } from '../../tools/harness/proc.cjs';
import { until } from './child';
import { program } from './needs';
import { beforeQueuesGo } from './queues';

export const natsServer = program('nats-server');
export const redisServer = program('redis-server');

/** A server that can be killed and started again on the same data. It ends with the test. */
export class EngineServer {
  readonly port: number;
  readonly folder: string;
  readonly url: string;
  readonly #command: (server: EngineServer) => string[];
  #process: ChildProcess | undefined;

  private constructor(port: number, folder: string, scheme: string, command: (server: EngineServer) => string[]) {
    this.port = port;
    this.folder = folder;
    this.url = `${scheme}://127.0.0.1:${port}`;
    this.#command = command;
  }

  static async start(scheme: string, command: (server: EngineServer) => string[]): Promise<EngineServer> {
    const folder = mkdtempSync(join(tmpdir(), 'sysvmq-engine-'));
    const server = new EngineServer(await freePort(), folder, scheme, command);
    beforeQueuesGo(async () => {
      await server.kill();
      rmSync(folder, { recursive: true, force: true });
    });
    await server.start();
    return server;
  }

  async start(): Promise<void> {
    const [program, ...args] = this.#command(this) as [string, ...string[]];
    const started = spawn(program, args, { stdio: 'ignore' });
    this.#process = started;
    await until(`${program} answers`, async () => {
      if (started.exitCode !== null) throw new Error(`${program} ended with ${started.exitCode}`);
      return await answers(this.port);
    });
  }

  /** Stops answering, with its connections open. kill() ends it. */
  async stop(): Promise<void> {
    const pid = this.#process?.pid as number;
    this.#process?.kill('SIGSTOP');
    await until('all threads of the server have stopped', () =>
      threadsOf(pid).every((thread) => statusField('State', pid, thread)?.startsWith('T') === true),
    );
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const process = this.#process;
    if (process === undefined || process.exitCode !== null || process.signalCode !== null) return;
    const ended = once(process, 'exit');
    process.kill(signal);
    await ended;
  }
}

/** nats-server with JetStream. `config` is added to its configuration, `jetStream` to that of JetStream. */
export function startNats(config = '', jetStream = ''): Promise<EngineServer> {
  return EngineServer.start('nats', ({ port, folder }) => {
    const file = join(folder, 'nats.conf');
    const lines = [
      `listen: "127.0.0.1:${port}"`,
      `jetstream { store_dir: "${folder}/jetstream"\n${jetStream} }`,
      config,
    ];
    writeFileSync(file, `${lines.join('\n')}\n`);
    return ['nats-server', '-c', file];
  });
}

/** redis-server that writes every command to its log before it answers, unless options say otherwise; PORT in them is its port. */
export function startRedis(...options: string[]): Promise<EngineServer> {
  return EngineServer.start('redis', ({ port, folder }) => [
    'redis-server',
    ...['--bind', '127.0.0.1', '--port', String(port), '--dir', folder, '--save', '', '--logfile', `${folder}/log`],
    ...(options.length > 0 ? options : ['--appendonly', 'yes', '--appendfsync', 'everysec']).map((option) =>
      option === 'PORT' ? String(port) : option,
    ),
  ]);
}

/** A certificate authority, and a certificate of 127.0.0.1 signed by it: paths in the folder. */
export function makeCertificates(folder: string): { ca: string; cert: string; key: string } {
  const [ca, caKey, cert, key, request, names] = [
    'ca.pem',
    'ca.key',
    'cert.pem',
    'key.pem',
    'request.pem',
    'names',
  ].map((name) => join(folder, name)) as [string, string, string, string, string, string];
  const openssl = (...args: string[]): void => void execFileSync('openssl', args, { stdio: 'ignore' });
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl('req', '-x509', ...curve, '-keyout', caKey, '-out', ca, '-subj', '/CN=test authority', '-days', '2');
  openssl('req', ...curve, '-keyout', key, '-out', request, '-subj', '/CN=127.0.0.1');
  writeFileSync(names, 'subjectAltName=DNS:localhost,IP:127.0.0.1');
  openssl(
    'x509',
    '-req',
    '-in',
    request,
    '-CA',
    ca,
    '-CAkey',
    caKey,
    '-CAcreateserial',
    '-out',
    cert,
    '-days',
    '2',
    '-extfile',
    names,
  );
  return { ca, cert, key };
}
