// What every scenario has: a server and a client of it, queues, a state folder, bridges, and a producer in C.
import { execFileSync, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { MessageQueue } from '../../dist/index.js';
import { engines } from './servers.mjs';

const WAIT_MS = 120_000;
/** So many a feeder sends: then it may end, or another one goes on. */
const CHUNK = 2000;
/** Processes that have loaded everything, and wait for their settings. */
const STANDING_BY = 7;
let compiled;

function feederProgram() {
  if (compiled !== undefined) return compiled;
  const folder = mkdtempSync(join(tmpdir(), 'sysvmq-bridge-'));
  process.once('exit', () => rmSync(folder, { recursive: true }));
  compiled = join(folder, 'feeder');
  const source = join(import.meta.dirname, '..', 'consume', 'feeder.c');
  execFileSync('cc', ['-O2', '-std=gnu11', '-Wall', '-Wextra', '-Werror', '-o', compiled, source]);
  return compiled;
}

export async function until(words, condition, everyMs = 20) {
  const deadline = performance.now() + WAIT_MS;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`timed out waiting until ${words}`);
    await pause(everyMs);
  }
}

export class Scene {
  state = mkdtempSync('/dev/shm/sysvmq-trust-');
  kills = 0;
  #random;
  #children = new Set();
  #queues = [];
  #standingBy = [];

  constructor(engine, random) {
    this.engine = engine;
    this.kit = engines[engine];
    this.#random = random;
  }

  async open(isSlow) {
    this.server = this.kit.server(isSlow);
    await this.server.start();
    this.client = await this.kit.client(this.server.port);
  }

  queue() {
    const queue = MessageQueue.create(0x7c600000 + this.#random.below(0xffff));
    this.#queues.push(queue);
    return queue;
  }

  /** Keeps a queue full until stop() is called, which says how many were sent. */
  feed(queue, kind = 'numbered') {
    let isOver = false;
    const run = async () => {
      let sent = 0;
      while (!isOver) {
        const child = spawn(feederProgram(), [queue.id, sent, CHUNK, kind].map(String), { stdio: 'ignore' });
        this.#children.add(child);
        const [code] = await once(child, 'close');
        this.#children.delete(child);
        if (code !== 0) throw new Error(`the feeder ended with ${code}`);
        sent += CHUNK;
      }
      return sent;
    };
    const done = run();
    done.catch(() => undefined);
    return {
      stop: () => {
        isOver = true;
        return done;
      },
    };
  }

  /** Resolves when the route runs, with the process; undefined: it could not start, or has ended before. */
  async bridge(route, { port = this.server.port, name = 'trust' } = {}) {
    while (this.#standingBy.length <= STANDING_BY) this.#standingBy.push(this.#fork());
    const child = this.#standingBy.shift();
    child.send({ options: this.kit.optionsAt(port), state: this.state, name, route });
    child.exited = once(child, 'close');
    child.isOver = false;
    void child.exited.then(() => {
      child.isOver = true;
      this.#children.delete(child);
    });
    const [said] = await Promise.race([once(child, 'message'), child.exited]);
    if (typeof said === 'string' && said.startsWith('stopped')) throw new Error(said);
    child.on('message', (words) => {
      if (words.startsWith('stopped')) child.stopped = words;
    });
    return said === 'running' ? child : undefined;
  }

  #fork() {
    const child = fork(join(import.meta.dirname, 'bridge-process.mjs'), [this.engine], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.#children.add(child);
    child.on('error', () => undefined); // A message to one that is just ending.
    return child;
  }

  async kill(child) {
    if (child.stopped !== undefined) throw new Error(child.stopped);
    child.kill('SIGKILL');
    await child.exited;
    this.kills += 1;
  }

  async close() {
    for (const child of [...this.#children]) {
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    }
    for (const queue of this.#queues) {
      try {
        queue.remove();
      } catch {
        // It is gone.
      }
    }
    await this.client?.close();
    await this.server?.close();
    rmSync(this.state, { recursive: true, force: true });
  }
}
