// What every scenario has: a queue, a state folder and a log, workers, feeders and rivals; and that all of them go.
import { execFileSync, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { MessageQueue } from '../../dist/index.js';

/** So long nothing may happen: on a busy machine work may take long, but some of it is done. */
const STILL_MS = 50_000;
/** Processes that have loaded the library, and wait for their orders. */
const STANDING_BY = 2;
let compiled;

/** The programs in C, compiled once. */
function programs() {
  if (compiled !== undefined) return compiled;
  compiled = mkdtempSync(join(tmpdir(), 'sysvmq-consume-'));
  process.once('exit', () => rmSync(compiled, { recursive: true }));
  for (const name of ['feeder', 'rival']) {
    const source = join(import.meta.dirname, `${name}.c`);
    execFileSync('cc', ['-O2', '-std=gnu11', '-Wall', '-Wextra', '-Werror', '-o', join(compiled, name), source]);
  }
  return compiled;
}

/** `done()` is a number that grows as long as something is being done. */
export async function until(words, condition, { everyMs = 1, done = () => 0 } = {}) {
  let known = done();
  let since = performance.now();
  while (!(await condition())) {
    const now = done();
    if (now !== known) since = performance.now();
    known = now;
    if (performance.now() > since + STILL_MS) throw new Error(`timed out waiting until ${words}`);
    await pause(everyMs);
  }
}

export class Scene {
  folder = mkdtempSync(join(tmpdir(), 'sysvmq-consume-'));
  state = mkdtempSync('/dev/shm/sysvmq-trust-');
  log = join(this.folder, 'log');
  /** Workers that were killed, or asked to end, by their number. */
  ended = new Map();
  kills = 0;
  #number = 0;
  #random;
  #children = new Set();
  #standingBy = [];
  #queues = new Set();

  constructor(random) {
    this.#random = random;
    writeFileSync(this.log, '');
  }

  /** A new queue with a key of its own. */
  queue(options = {}, key = 0x7c500000 + this.#random.below(0xffff)) {
    const queue = MessageQueue.create(key, options);
    this.#queues.add(queue);
    return queue;
  }

  /** Sends `count` messages; `sent` resolves to how many when all are, or the queue is gone. */
  feed(queue, count, kind = 'numbered', firstNumber = 0) {
    const args = [String(queue.id), String(firstNumber), String(count), kind];
    const child = spawn(join(programs(), 'feeder'), args, { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#children.add(child);
    let words = '';
    child.stdout.on('data', (chunk) => {
      words += chunk;
    });
    const sent = once(child, 'close').then(([code]) => {
      this.#children.delete(child);
      if (code !== 0) throw new Error(`the feeder ended with ${code}`);
      return Number(words);
    });
    return { sent, child };
  }

  rival(queue) {
    const child = spawn(join(programs(), 'rival'), [String(queue.id), this.log, String(++this.#number)], {
      stdio: 'inherit',
    });
    this.#children.add(child);
    return child;
  }

  /** Resolves when it consumes, or was refused. `prefix` is a command in front of node. */
  async work(settings, { prefix = [] } = {}) {
    const number = ++this.#number;
    const { concurrency = 1 } = settings.options ?? {};
    const options = { state: this.state, ...settings.options };
    const settled = {
      ...{ kind: 'numbered', log: this.log, number, seed: this.#random.below(2 ** 31) },
      ...settings,
      options,
    };
    const child = this.#childFor(prefix);
    const worker = { number, concurrency, child, events: [], refused: undefined, exited: once(child, 'close') };
    child.on('error', () => undefined); // A message to one that is just ending.
    child.on('message', (message) => {
      if (message.refused !== undefined) worker.refused = message.refused;
      else worker.events.push(message);
    });
    const answer = once(child, 'message');
    child.send(settled);
    await Promise.race([answer, worker.exited]);
    return worker;
  }

  #childFor(prefix) {
    if (prefix.length > 0) return this.#fork(prefix);
    while (this.#standingBy.length <= STANDING_BY) this.#standingBy.push(this.#fork([]));
    return this.#standingBy.shift();
  }

  #fork(prefix) {
    const [execPath, ...execArgv] = [...prefix, process.execPath];
    const child = fork(join(import.meta.dirname, 'worker.mjs'), [], {
      ...{ execPath, execArgv },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.#children.add(child);
    return child;
  }

  async kill(worker, { gracefully = false } = {}) {
    this.ended.set(worker.number, { concurrency: worker.concurrency, gracefully });
    worker.child.kill(gracefully ? 'SIGTERM' : 'SIGKILL');
    const [code, signal] = await worker.exited;
    this.#children.delete(worker.child);
    this.kills += 1;
    if (gracefully && code !== 0) throw new Error(`worker ${worker.number} ended with ${signal ?? code} after SIGTERM`);
  }

  /** Ends a worker when everything is handled. */
  async finish(worker) {
    worker.child.send('end');
    const [code, signal] = await worker.exited;
    this.#children.delete(worker.child);
    if (code !== 0) throw new Error(`worker ${worker.number} ended with ${signal ?? code}`);
  }

  /** Bytes of the log: a measure of the work that is done. */
  get logged() {
    return statSync(this.log).size;
  }

  /** Waits as long as work is being done. */
  until(words, condition, everyMs = 1) {
    return until(words, condition, { everyMs, done: () => this.logged });
  }

  /** Until so many bytes more are in the log: as much work as that is done meanwhile. */
  async progress(bytes, isOver) {
    const wanted = this.logged + bytes;
    await this.until('work is done', () => this.logged >= wanted || isOver());
  }

  /** The log so far, word by word. */
  lines() {
    return readFileSync(this.log, 'latin1')
      .split('\n')
      .map((line) => line.split(' '));
  }

  /** Begins the log anew. */
  forget() {
    writeFileSync(this.log, '');
  }

  airlocks() {
    return readdirSync(this.state);
  }

  async close() {
    for (const child of this.#children) {
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    }
    for (const queue of this.#queues) {
      try {
        queue.remove();
      } catch (error) {
        if (error.name !== 'QueueRemovedError') throw error;
      }
    }
    rmSync(this.folder, { recursive: true });
    rmSync(this.state, { recursive: true });
  }
}
