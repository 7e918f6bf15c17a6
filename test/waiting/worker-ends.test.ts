/** Worker threads that end while they wait, at any stage of it; and the process, while its workers wait. */

import type { Worker as NodeWorker } from 'node:worker_threads';
import { type ChildContext, startChild } from '../support/child';
import { inParallel, LONG_TIMEOUT_MS, report, times } from '../support/long-tests';
import { fullQueue, newQueue } from '../support/queues';
import { itSlow } from '../support/slow';
import { untilNoThreads, untilWaiting } from '../support/waiting-threads';

const ROUNDS = times(10, 200);

interface Queues {
  empty: number;
  full: number;
}

interface Round {
  /** How it waits; all of them at once, or none but one. */
  how: 'parked' | 'polling' | 'sending' | 'all';
  /** Turns of the main thread's event loop, from the worker's word that it waits (or before it) to its end. */
  turns: number;
  /** Whether the end may come before the worker has started to wait. */
  early: boolean;
}

interface Endings {
  queues: Queues;
  workerSource: string;
  rounds: Round[];
  ending: 'terminate' | 'unref' | 'process.exit';
}

// Runs in the worker.
function waitInWorker(require: NodeJS.Require): void {
  const { parentPort, workerData } = require('node:worker_threads') as typeof import('node:worker_threads');
  const { MessageQueue } = require(process.env['SYSVMQ_TEST_PACKAGE'] as string) as typeof import('../../lib/index');
  const { queues, how, unref } = workerData as { queues: Queues; how: Round['how']; unref: boolean };
  const parked = MessageQueue.attach(queues.empty, { spin: 0 });
  // Polling keeps the event loop busy, so for the natural end it must not go on for long.
  const polling = MessageQueue.attach(queues.empty, { spin: unref ? 1000 : 1_000_000 });
  const sending = MessageQueue.attach(queues.full);
  if (how === 'parked' || how === 'all') parked.receive();
  if (how === 'polling' || how === 'all') polling.receive({ type: 2 });
  if (how === 'sending' || how === 'all') sending.send('x');
  if (unref) for (const queue of [parked, polling, sending]) queue.unref();
  parentPort?.postMessage('waiting');
}

// Runs in the process: ends its workers, eight at a time, and returns their exit codes; then waits for the word to end.
async function endWorkers({ require, say, told }: ChildContext, options: Endings): Promise<unknown> {
  const { Worker } = require('node:worker_threads') as typeof import('node:worker_threads');
  const { queues, workerSource, rounds, ending } = options;
  const errors: string[] = [];
  const start = (how: Round['how']): NodeWorker => {
    const source = `(${workerSource})(require)`;
    const worker = new Worker(source, { eval: true, workerData: { queues, how, unref: ending === 'unref' } });
    worker.on('error', (error) => errors.push(error.message));
    return worker;
  };
  const endOne = async ({ how, turns, early }: Round): Promise<unknown> => {
    const worker = start(how);
    const exited = new Promise((resolve) => worker.once('exit', resolve));
    await new Promise((resolve) => worker.once(early ? 'online' : 'message', resolve));
    for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
    if (ending === 'terminate') await worker.terminate();
    return exited;
  };
  const codes: unknown[] = [];
  const endSome = async (): Promise<void> => {
    for (let round = rounds.shift(); round !== undefined; round = rounds.shift()) codes.push(await endOne(round));
  };
  await Promise.all(Array.from({ length: 8 }, endSome));
  say('ended', { codes, errors });
  await told();
  return 'ended';
}

const ways = ['parked', 'polling', 'sending', 'all'] as const;

// A worker takes some ten thousand turns of the main thread's event loop to start.
function randomRound(index: number): Round {
  const early = Math.floor(index / ways.length) % 2 === 0;
  const turns = Math.floor(Math.random() * (early ? 20_000 : 20));
  return { how: ways[index % ways.length] as Round['how'], early, turns };
}

describe('a worker thread that waits', () => {
  itSlow.each([
    ['terminate', 1, ROUNDS * ways.length],
    ['unref', 0, ROUNDS],
  ] as const)(
    'ends at any stage and leaves no thread behind: %s',
    async (ending, code, count) => {
      const empty = newQueue();
      const full = fullQueue();
      const rounds = Array.from({ length: count }, (_, index) => randomRound(index));
      const child = startChild(endWorkers, {
        queues: { empty: empty.id, full: full.id },
        workerSource: waitInWorker.toString(),
        rounds,
        ending,
      });
      const ended = await child.said('ended');
      await untilNoThreads(child.pid);
      expect(ended).toEqual({ codes: Array(count).fill(code), errors: [] });
      child.tell('end');
      expect(await child.exited).toEqual({ code: 0, signal: null });
      expect(child.stderr).toBe('');
      expect(full.stat().messageCount).toBe(1);
      expect(empty.stat().lastReceivedAt).toBeNull();
      report(`${ending}: ${count} workers`);
    },
    LONG_TIMEOUT_MS,
  );
});

// Starts workers that wait, says so, and exits when it is asked to.
async function exitWhileWorkersWait({ require, say, told }: ChildContext, options: Endings): Promise<void> {
  const { Worker } = require('node:worker_threads') as typeof import('node:worker_threads');
  const { queues, workerSource, rounds } = options;
  const waiting = rounds.map(({ how }) => {
    const worker = new Worker(`(${workerSource})(require)`, {
      eval: true,
      workerData: { queues, how, unref: false },
    });
    return new Promise((resolve) => worker.once('message', resolve));
  });
  await Promise.all(waiting);
  say('waiting');
  await told();
  process.exit(3);
}

describe('a process of which three workers wait', () => {
  itSlow(
    'ends at once: process.exit in the main thread',
    async () => {
      const empty = newQueue();
      const full = fullQueue();
      const rounds = ways.slice(0, 3).map((how) => ({ how, turns: 0, early: false }));
      const outcomes = await inParallel(ROUNDS, 4, async () => {
        const child = startChild(exitWhileWorkersWait, {
          queues: { empty: empty.id, full: full.id },
          workerSource: waitInWorker.toString(),
          rounds,
          ending: 'process.exit' as const,
        });
        await child.said('waiting');
        await untilWaiting('sysvmq-send', 1, child.pid);
        const startedAt = performance.now();
        child.tell('end');
        const { code, signal } = await child.exited;
        return { code, signal, stderr: child.stderr, ms: performance.now() - startedAt };
      });
      expect(outcomes).toMatchObject(Array(ROUNDS).fill({ code: 3, signal: null, stderr: '' }));
      const sorted = outcomes.map(({ ms }) => ms).sort((a, b) => a - b);
      expect(sorted[ROUNDS >> 1]).toBeLessThan(1000);
      report(`process.exit: ${ROUNDS} processes, median ${sorted[ROUNDS >> 1]?.toFixed(0)} ms`);
      expect(full.stat().messageCount).toBe(1);
      expect(empty.stat().lastReceivedAt).toBeNull();
    },
    LONG_TIMEOUT_MS,
  );
});
