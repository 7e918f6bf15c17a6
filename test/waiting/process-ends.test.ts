/** A process that ends while it waits: at once, with its own status, and silently. */

import type { MessageQueue } from '../../lib/index';
import { type ChildContext, startChild } from '../support/child';
import { inParallel, LONG_TIMEOUT_MS, report, times } from '../support/long-tests';
import { fullQueue, newQueue } from '../support/queues';
import { itSlow } from '../support/slow';
import { untilWaiting } from '../support/waiting-threads';

const ROUNDS = times(10, 200);
const AT_ONCE = 4;
/** A process that ends at once takes some 50 ms for it. The machine may be busy, but not all the time. */
const MEDIAN_BOUND_MS = 1000;
const BOUND_MS = 20_000;

interface Waits {
  empty: number;
  full: number;
  /** How many turns of the event loop a receive has polled when the process ends. */
  turns: number;
  ending: Ending;
  waits: boolean;
}

type Ending = 'process.exit' | 'natural end' | 'uncaught exception' | 'SIGTERM';

// Waits in all three ways: in msgrcv, in msgsnd, and polling.
async function waitAndEnd({ sysvmq, say, told }: ChildContext, options: Waits): Promise<void> {
  const { empty, full, turns, ending, waits } = options;
  const attach = sysvmq.MessageQueue.attach;
  const parked = attach(empty, { spin: 0 });
  const sending = attach(full);
  // Polling keeps the event loop busy, so for the natural end it must not go on for long.
  const polling = attach(empty, { spin: ending === 'natural end' ? 1000 : 1_000_000 });
  if (waits) {
    parked.receive();
    sending.send('x');
  }
  say('waiting');
  await told();
  if (waits) polling.receive({ type: 2 });
  let left = turns;
  const onTurn = (): void => {
    left -= 1;
    if (left >= 0) setImmediate(onTurn);
    else if (ending === 'process.exit') process.exit(3);
    else if (ending === 'uncaught exception') throw new Error('thrown on purpose');
    else if (ending === 'natural end') for (const queue of [parked, sending, polling]) queue.unref();
    else process.kill(process.pid, 'SIGTERM');
  };
  setImmediate(onTurn);
}

interface Outcome {
  code: number | null;
  signal: NodeJS.Signals | null;
  stderr: string;
  ms: number;
}

async function endOne(ending: Ending, empty: MessageQueue, full: MessageQueue, turns: number, waits = true) {
  const child = startChild(waitAndEnd, { empty: empty.id, full: full.id, turns, ending, waits });
  await child.said('waiting');
  if (waits) {
    await untilWaiting('sysvmq-recv', 1, child.pid);
    await untilWaiting('sysvmq-send', 1, child.pid);
  }
  const startedAt = performance.now();
  child.tell('end');
  const { code, signal } = await child.exited;
  return { code, signal, stderr: child.stderr, ms: performance.now() - startedAt };
}

async function endMany(ending: Ending): Promise<Outcome[]> {
  const empty = newQueue();
  const full = fullQueue();
  const outcomes = await inParallel(ROUNDS, AT_ONCE, (index) => endOne(ending, empty, full, index % 8));
  const sorted = outcomes.map(({ ms }) => ms).sort((a, b) => a - b);
  const median = sorted[sorted.length >> 1] as number;
  const most = sorted.at(-1) as number;
  report(`${ending}: ${outcomes.length} processes, median ${median.toFixed(0)} ms, most ${most.toFixed(0)} ms`);
  expect(median).toBeLessThan(MEDIAN_BOUND_MS);
  expect(most).toBeLessThan(BOUND_MS);
  // What waited has neither been sent nor taken anything.
  expect(full.stat().messageCount).toBe(1);
  expect(empty.stat()).toMatchObject({ messageCount: 0, lastReceivedAt: null });
  return outcomes;
}

describe('a process with receives and a send that wait', () => {
  itSlow.each<[Ending, { code: number | null; signal: NodeJS.Signals | null }]>([
    ['process.exit', { code: 3, signal: null }],
    ['natural end', { code: 0, signal: null }],
    ['SIGTERM', { code: null, signal: 'SIGTERM' }],
  ])(
    'ends at once: %s',
    async (ending, expected) => {
      const outcomes = await endMany(ending);
      expect(outcomes).toMatchObject(Array(ROUNDS).fill({ ...expected, stderr: '' }));
    },
    LONG_TIMEOUT_MS,
  );

  itSlow(
    'ends at once: uncaught exception, which it prints as any process does',
    async () => {
      const { stderr } = await endOne('uncaught exception', newQueue(), fullQueue(), 0, false);
      expect(stderr).toContain('Error: thrown on purpose');
      const outcomes = await endMany('uncaught exception');
      expect(outcomes).toMatchObject(Array(ROUNDS).fill({ code: 1, signal: null, stderr }));
    },
    LONG_TIMEOUT_MS,
  );
});
