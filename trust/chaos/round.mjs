// One round of the chaos: the processes, what is done to them, and the account.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { isMessageQueueError, listQueues, MessageQueue } from '../../dist/index.js';
import { writeLimit } from '../../tools/harness/proc.cjs';
import { account } from './accounting.mjs';
import { receivers } from './receivers.mjs';
import { RECEIVED, readBody, readRecords } from './records.mjs';
import { MAX_BYTES, makeSchedule } from './schedule.mjs';

const KEYS = [0x7c400001, 0x7c400002, 0x7c400003, 0x7c400004];
const DEFAULT_LIMITS = { msgmni: 32_000, msgmax: 8192, msgmnb: 16_384 };
const STOP_MS = 60_000; // On a machine that has better to do.

function setLimits(limits) {
  for (const [name, value] of Object.entries(limits)) writeLimit(name, value);
}

function resize(key, maxBytes) {
  try {
    const queue = MessageQueue.open(KEYS[key]);
    queue.set({ maxBytes: Math.min(maxBytes, MAX_BYTES) });
    queue.close();
  } catch (error) {
    if (!isMessageQueueError(error)) throw error;
  }
}

class Cast {
  #folder = mkdtempSync(join(tmpdir(), 'sysvmq-chaos-'));
  #slots = [];
  #logs = [];
  #unexpected = [];
  inHands = 0;

  /** Resolves when the process is up, or has ended. */
  start(slot, { role, mode, seed }) {
    const number = this.#logs.length + 1;
    const log = join(this.#folder, String(number));
    writeFileSync(log, '');
    this.#logs.push(log);
    const argument = JSON.stringify({ role, mode, number, seed, keys: KEYS, log });
    const child = fork(join(import.meta.dirname, 'actor.mjs'), [argument], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    const actor = { role, mode, child, killed: false, exited: once(child, 'close') };
    let words = '';
    child.stderr.on('data', (chunk) => {
      words += chunk;
    });
    child.on('error', () => undefined); // A message to one that is just ending.
    actor.exited.then(([code, signal]) => {
      if (code !== 0 && !actor.killed) this.#unexpected.push(`${role} ${mode} ended with ${signal ?? code}: ${words}`);
    });
    this.#slots[slot] = actor;
    return Promise.race([once(child, 'message'), actor.exited]);
  }

  async kill(slot, next) {
    const actor = this.#slots[slot];
    // One that has ended by itself is not our victim: why it ended is said with the failures.
    if (actor.child.exitCode === null && actor.child.signalCode === null) {
      actor.killed = true;
      actor.child.kill('SIGKILL');
      if (actor.role === 'receive') this.inHands += receivers[actor.mode].holds;
    }
    await actor.exited;
    this.start(slot, next);
  }

  signal(slot, signal) {
    this.#slots[slot].child.kill(signal);
  }

  async stop() {
    for (const { child } of this.#slots) {
      child.kill('SIGCONT');
      if (child.connected) child.send('stop');
    }
    const late = pause(STOP_MS, 'late', { ref: false });
    for (const actor of this.#slots) {
      if ((await Promise.race([actor.exited, late])) === 'late') {
        this.#unexpected.push(`${actor.role} ${actor.mode} does not stop`);
        actor.killed = true;
        actor.child.kill('SIGKILL');
        await actor.exited;
      }
    }
  }

  get unexpected() {
    return this.#unexpected;
  }

  get started() {
    return this.#logs.length;
  }

  takeRecords() {
    const records = this.#logs.flatMap(readRecords);
    rmSync(this.#folder, { recursive: true });
    return records;
  }
}

/** Takes what is left in every queue, and removes it. */
function emptyQueues() {
  const left = [];
  const existing = new Set();
  for (const { id } of listQueues()) {
    existing.add(id);
    const queue = MessageQueue.attach(id);
    for (let message = queue.tryReceive(); message !== undefined; message = queue.tryReceive()) {
      left.push({ kind: RECEIVED, ...readBody(message.data) });
    }
    queue.remove();
  }
  return { left, existing };
}

export async function runRound(seed, milliseconds, tell) {
  const { actors, events } = makeSchedule(seed, milliseconds);
  setLimits(DEFAULT_LIMITS);
  const cast = new Cast();
  await Promise.all(actors.map((actor, slot) => cast.start(slot, actor)));
  const began = performance.now();
  const done = { kill: 0, stop: 0, continue: 0, limits: 0, resize: 0 };
  for (const event of events) {
    await pause(Math.max(0, event.at - (performance.now() - began)));
    done[event.action] += 1;
    if (event.action === 'kill') await cast.kill(event.slot, event.next);
    else if (event.action === 'stop') cast.signal(event.slot, 'SIGSTOP');
    else if (event.action === 'continue') cast.signal(event.slot, 'SIGCONT');
    else if (event.action === 'limits') setLimits(event.limits);
    else resize(event.key, event.maxBytes);
    tell(done);
  }
  setLimits(DEFAULT_LIMITS);
  await cast.stop();
  const { left, existing } = emptyQueues();
  const { inHands, unexpected, started } = cast;
  const { wrongs, counts } = account({ records: cast.takeRecords(), left, existing, inHands, mostBytes: MAX_BYTES });
  return { wrongs: [...unexpected, ...wrongs], counts: { ...counts, processes: started, ...done } };
}
