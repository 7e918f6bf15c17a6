/** The addon in many worker threads at once, again and again: nothing of it stays behind. */

import { type ChildContext, startChild, until } from '../support/child';
import { LONG_TIMEOUT_MS, report, times } from '../support/long-tests';
import { fullQueue, newQueue } from '../support/queues';
import { itSlow } from '../support/slow';
import { threadsOf, untilNoThreads } from '../support/waiting-threads';

const WORKERS = 16;
const ROUNDS = times(5, 100);
/** How much the process may have grown, which depends on the allocator. A worker's own memory is some 5 MiB. */
const MAX_GROWTH_MIB = 60;

interface Options {
  workerSource: string;
  empty: number;
  full: number;
}

// Runs in the worker: loads the addon, waits for both, and ends, or lets itself be ended.
function waitAndEnd(require: NodeJS.Require): void {
  const { parentPort, workerData } = require('node:worker_threads') as typeof import('node:worker_threads');
  const { MessageQueue } = require(process.env['SYSVMQ_TEST_PACKAGE'] as string) as typeof import('../../lib/index');
  const { empty, full, ending } = workerData as Options & { ending: string };
  const receiving = MessageQueue.attach(empty, { spin: 0 });
  const sending = MessageQueue.attach(full);
  receiving.receive();
  sending.send(Buffer.alloc(100));
  parentPort?.postMessage('waiting');
  if (ending === 'process.exit') setImmediate(() => process.exit(1));
  if (ending === 'uncaught exception') {
    setImmediate(() => {
      throw new Error('thrown on purpose');
    });
  }
  if (ending === 'natural end') {
    receiving.unref();
    sending.unref();
  }
}

// Runs in the process: a round each time it is asked to, and how large the process is after it.
async function runRounds({ require, say, told }: ChildContext, options: Options): Promise<void> {
  const { Worker } = require('node:worker_threads') as typeof import('node:worker_threads');
  const endings = ['terminate', 'process.exit', 'natural end', 'uncaught exception'];
  const runOne = async (index: number): Promise<unknown> => {
    const ending = endings[index % endings.length];
    const worker = new Worker(`(${options.workerSource})(require)`, {
      eval: true,
      workerData: { ...options, ending },
    });
    let error: string | undefined;
    worker.on('error', ({ message }) => {
      error = message;
    });
    const exited = new Promise((resolve) => worker.once('exit', resolve));
    await new Promise((resolve) => worker.once('message', resolve));
    if (ending === 'terminate') await worker.terminate();
    return { ending, code: await exited, error };
  };
  say('ready');
  while ((await told()) === 'run') {
    const ended = await Promise.all(Array.from({ length: 16 }, (_, index) => runOne(index)));
    say('ended', { ended, rss: process.memoryUsage.rss() });
  }
}

const expected = [
  { ending: 'terminate', code: 1, error: undefined },
  { ending: 'process.exit', code: 1, error: undefined },
  { ending: 'natural end', code: 0, error: undefined },
  { ending: 'uncaught exception', code: 1, error: 'thrown on purpose' },
];

itSlow(
  `${WORKERS} workers at once that end in every way while they wait leave no thread and no memory behind`,
  async () => {
    const empty = newQueue();
    const full = fullQueue(100);
    const child = startChild(runRounds, { workerSource: waitAndEnd.toString(), empty: empty.id, full: full.id });
    await child.said('ready');
    const sizes: number[] = [];
    let threads = 0;
    // The first round is for what a process keeps once it has had workers.
    for (let round = 0; round <= ROUNDS; round++) {
      child.tell('run');
      const { ended, rss } = (await child.said('ended')) as { ended: unknown[]; rss: number };
      expect(ended).toEqual(Array.from({ length: WORKERS }, (_, index) => expected[index % expected.length]));
      sizes.push(rss);
      if (round === 0) {
        await untilNoThreads(child.pid);
        threads = threadsOf(child.pid).length;
      }
    }
    await untilNoThreads(child.pid);
    // A worker's own thread may go a moment after the worker has told that it ends, after the first round, too.
    await until('every thread of theirs has ended', () => threadsOf(child.pid).length <= threads);
    child.tell('end');
    expect(await child.exited).toEqual({ code: 0, signal: null });
    expect(child.stderr).toBe('');
    const growth = ((sizes.at(-1) as number) - (sizes[0] as number)) / 2 ** 20;
    report(`${ROUNDS} rounds: RSS ${sizes.map((size) => size >> 20).join(', ')} MiB`);
    expect(growth).toBeLessThan(MAX_GROWTH_MIB);
    expect(full.stat().messageCount).toBe(1);
  },
  LONG_TIMEOUT_MS,
);
