/** A thousand receives that wait at once: they cost threads of ours, and nothing that the program needs. */

import { type ChildContext, startChild, until } from '../support/child';
import { LONG_TIMEOUT_MS, report } from '../support/long-tests';
import { newQueue } from '../support/queues';
import { itSlow } from '../support/slow';
import { threadsNamed, threadsOf, untilNoThreads, untilWaiting } from '../support/waiting-threads';

const RECEIVES = 1000;

interface Figures {
  rss: number;
  delays: { mean: number; p99: number; max: number };
}

// Does what uses libuv's pool, before, while and after all of the queues are waited on.
async function waitOnAll({ sysvmq, require, say, told }: ChildContext, ids: number[]): Promise<string[]> {
  const fs = require('node:fs') as typeof import('node:fs');
  const dns = require('node:dns') as typeof import('node:dns');
  const crypto = require('node:crypto') as typeof import('node:crypto');
  const { promisify } = require('node:util') as typeof import('node:util');
  const { monitorEventLoopDelay } = require('node:perf_hooks') as typeof import('node:perf_hooks');
  // Of each more than the pool has threads, so that all of these must be free.
  const usePool = async (): Promise<number> => {
    const calls = Array.from({ length: 8 }, () => [
      promisify(fs.readFile)('/proc/self/status'),
      promisify(dns.lookup)('localhost'),
      promisify(crypto.pbkdf2)('password', 'salt', 1000, 32, 'sha256'),
    ]);
    return (await Promise.all(calls.flat())).length;
  };
  const histogram = monitorEventLoopDelay({ resolution: 1 });
  const figures = (): Figures => {
    const delays = { mean: histogram.mean / 1e6, p99: histogram.percentile(99) / 1e6, max: histogram.max / 1e6 };
    return { rss: process.memoryUsage.rss(), delays };
  };

  await usePool();
  histogram.enable();
  const queues = ids.map((id) => sysvmq.MessageQueue.attach(id, { spin: 0 }));
  say('before', figures());
  await told();
  const received = Promise.allSettled(queues.map((queue) => queue.receive()));
  say('waiting');
  await told();
  histogram.reset();
  say('used the pool', await usePool());
  say('while waiting', figures());
  await told();
  for (const queue of queues) queue.close();
  say('closed');
  await told();
  return (await received).map((outcome) =>
    outcome.status === 'fulfilled' ? outcome.value.data.toString() : outcome.reason.code,
  );
}

itSlow(
  `${RECEIVES} receives leave libuv's pool and the event loop to the program, and nothing behind`,
  async () => {
    const queues = Array.from({ length: RECEIVES }, () => newQueue());
    const child = startChild(
      waitOnAll,
      queues.map(({ id }) => id),
    );
    const before = (await child.said('before')) as Figures;
    const threadsBefore = threadsOf(child.pid).length;
    child.tell('start');
    await child.said('waiting');
    await untilWaiting('sysvmq-recv', RECEIVES, child.pid);
    child.tell('use the pool');
    expect(await child.said('used the pool')).toBe(24);
    const during = (await child.said('while waiting')) as Figures;
    expect(threadsNamed('sysvmq-recv', child.pid)).toHaveLength(RECEIVES);
    expect(threadsOf(child.pid)).toHaveLength(threadsBefore + RECEIVES);
    child.tell('close');
    await child.said('closed');
    await untilNoThreads(child.pid);
    await until('all other threads are as before', () => threadsOf(child.pid).length === threadsBefore);
    child.tell('end');
    expect(new Set((await child.result) as string[])).toEqual(new Set(['ERR_QUEUE_CLOSED']));

    const { mean, p99, max } = during.delays;
    report(`threads: ${threadsBefore}, and ${RECEIVES} that wait`);
    report(`RSS: ${before.rss >> 20} MiB before, ${during.rss >> 20} MiB while waiting`);
    report(`event loop delay: mean ${mean.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, most ${max.toFixed(1)} ms`);
    // Seconds would mean that the loop is blocked; what is usual is in the report.
    expect(max).toBeLessThan(2000);
  },
  LONG_TIMEOUT_MS,
);

itSlow(`each of ${RECEIVES} receives gets the message of its own queue`, async () => {
  const queues = Array.from({ length: RECEIVES }, () => newQueue());
  const child = startChild(
    async ({ sysvmq, say }, ids) => {
      const receives = ids.map((id) => sysvmq.MessageQueue.attach(id, { spin: 0 }).receive());
      say('waiting');
      return (await Promise.all(receives)).map(({ data }) => data.toString());
    },
    queues.map(({ id }) => id),
  );
  await child.said('waiting');
  await untilWaiting('sysvmq-recv', RECEIVES, child.pid);
  for (const queue of queues) queue.trySend(`for ${queue.id}`);
  expect(await child.result).toEqual(queues.map(({ id }) => `for ${id}`));
});
