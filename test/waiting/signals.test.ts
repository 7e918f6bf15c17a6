/** Signals: the program's own change nothing for what waits, and what wakes our threads is no matter of the program's. */

import { constants } from 'node:os';
import { type ChildContext, startChild } from '../support/child';
import { fullQueue, newQueue } from '../support/queues';
import { itSlow } from '../support/slow';
import { readThread, threadsNamed, untilWaiting } from '../support/waiting-threads';

const MESSAGES = 20_000;
// On a busy machine; 40 s on a quiet one.
const STORM_MS = 300_000;
const WAKES = 200;

interface Queues {
  from: number;
  to: number;
}

// Sends on what it receives, one by one, so that it nearly always waits, while signals pour in.
async function forwardInStorm({ sysvmq, require }: ChildContext, { queues, count }: { queues: Queues; count: number }) {
  const { spawn } = require('node:child_process') as typeof import('node:child_process');
  const calls = { SIGUSR2: 0, SIGCHLD: 0 };
  let children = 0;
  let over = false;
  process.on('SIGUSR2', () => calls.SIGUSR2++);
  process.on('SIGCHLD', () => calls.SIGCHLD++);
  const spawnNext = (): void => {
    if (over) return;
    spawn('true').once('exit', () => {
      children += 1;
      spawnNext();
    });
  };
  const storm = (): void => {
    if (over) return;
    process.kill(process.pid, 'SIGUSR2');
    process.kill(process.pid, 'SIGCHLD');
    setImmediate(storm);
  };
  spawnNext();
  storm();
  const from = sysvmq.MessageQueue.attach(queues.from, { spin: 0 });
  const to = sysvmq.MessageQueue.attach(queues.to);
  for (let forwarded = 0; forwarded < count; forwarded++) {
    const { data } = await from.receive();
    await to.send(data);
  }
  over = true;
  return { ...calls, children };
}

async function sendAll({ sysvmq }: ChildContext, { id, count }: { id: number; count: number }): Promise<number> {
  const queue = sysvmq.MessageQueue.attach(id);
  return queue.sendMany(Array.from({ length: count }, (_, index) => ({ data: String(index) })));
}

itSlow(
  `${MESSAGES} messages through a process in a storm of signals arrive once each and in order`,
  async () => {
    const from = newQueue({ maxBytes: 1000 });
    const to = newQueue({ maxBytes: 50, spin: 0 });
    const forwarder = startChild(forwardInStorm, { queues: { from: from.id, to: to.id }, count: MESSAGES });
    const sender = startChild(sendAll, { id: from.id, count: MESSAGES });
    const arrived: number[] = [];
    while (arrived.length < MESSAGES) {
      for (const { data } of await to.receiveMany({ max: 7 })) arrived.push(Number(data.toString()));
    }
    expect(await sender.result).toBe(MESSAGES);
    const { SIGUSR2, SIGCHLD, children } = (await forwarder.result) as Record<string, number>;
    expect(arrived).toEqual(Array.from({ length: MESSAGES }, (_, index) => index));
    expect([from.stat().messageCount, to.stat().messageCount]).toEqual([0, 0]);
    expect(SIGUSR2).toBeGreaterThan(100);
    expect(SIGCHLD).toBeGreaterThan(100);
    expect(children).toBeGreaterThan(1);
  },
  STORM_MS,
);

interface Waits {
  empty: number;
  full: number;
}

// Listens to whatever it may, wakes our threads again and again, and then sends itself two signals. Returns the
// listeners that were called by the first and by the second.
async function wakeThreads({ sysvmq, require }: ChildContext, { empty, full, wakes }: Waits & { wakes: number }) {
  const { constants } = require('node:os') as typeof import('node:os');
  let called: string[] = [];
  for (const signal of Object.keys(constants.signals) as NodeJS.Signals[]) {
    try {
      process.on(signal, () => called.push(signal));
    } catch {
      // Nobody may listen to this one.
    }
  }
  const parked = sysvmq.MessageQueue.attach(empty, { spin: 0 });
  const sending = sysvmq.MessageQueue.attach(full);
  for (let wake = 0; wake < wakes; wake++) {
    const controller = new AbortController();
    const waits = [parked.receive({ signal: controller.signal }), sending.send('x', { signal: controller.signal })];
    await new Promise(setImmediate);
    controller.abort();
    await Promise.allSettled(waits);
  }
  const byWakes = called;
  called = [];
  process.kill(process.pid, 'SIGUSR2');
  process.kill(process.pid, 'SIGWINCH');
  while (called.length < 2) await new Promise(setImmediate);
  return { byWakes, bySignals: called.sort() };
}

// Says what the signals of a child are: of one that is spawned before any wait, and of one while waits are pending.
async function spawnWhileWaiting({ sysvmq, require, say, told }: ChildContext, { empty, full }: Waits) {
  const { execFileSync, spawnSync } = require('node:child_process') as typeof import('node:child_process');
  const cat = (): string[] => [
    execFileSync('cat', ['/proc/self/status'], { encoding: 'latin1' }),
    spawnSync('cat /proc/self/status', { encoding: 'latin1', shell: true }).stdout,
  ];
  const before = cat();
  const parked = sysvmq.MessageQueue.attach(empty, { spin: 0 });
  const sending = sysvmq.MessageQueue.attach(full);
  const waits = Promise.allSettled([parked.receive(), sending.send('x')]);
  say('waiting');
  await told();
  const after = cat();
  parked.close();
  sending.close();
  await waits;
  return { before, after };
}

const masks = (status: string): string[] => status.match(/^Sig(Blk|Ign|Cgt):.*$/gm) ?? [];

function mask(status: string, name: 'SigBlk' | 'SigIgn' | 'SigCgt'): bigint {
  return BigInt(`0x${new RegExp(`^${name}:\\s*(\\w+)$`, 'm').exec(status)?.[1]}`);
}

/** The numbers of the signals in a mask. */
function signalsIn(bits: bigint): number[] {
  return Array.from({ length: 64 }, (_, index) => index + 1).filter((signal) => (bits >> BigInt(signal - 1)) & 1n);
}

describe('the signal that wakes our threads', () => {
  itSlow('calls no listener of the program, whose own signals come as ever', async () => {
    const child = startChild(wakeThreads, { empty: newQueue().id, full: fullQueue().id, wakes: WAKES });
    expect(await child.result).toEqual({ byWakes: [], bySignals: ['SIGUSR2', 'SIGWINCH'] });
    expect(await child.exited).toEqual({ code: 0, signal: null });
  });

  itSlow('is nothing that a child process inherits, nor is the mask of our threads', async () => {
    const child = startChild(spawnWhileWaiting, { empty: newQueue().id, full: fullQueue().id });
    await child.said('waiting');
    await untilWaiting('sysvmq-recv', 1, child.pid);
    await untilWaiting('sysvmq-send', 1, child.pid);
    child.tell('spawn');
    const { before, after } = (await child.result) as { before: string[]; after: string[] };
    expect(before.flatMap(masks)).toHaveLength(6);
    expect(after.map(masks)).toEqual(before.map(masks));
  });

  it('is SIGURG, or a real-time signal in its place, and our threads hear no other', async () => {
    const { id } = newQueue();
    const child = startChild(
      async ({ sysvmq, say, told }, { empty, full }) => {
        say('before');
        await told();
        const receiving = sysvmq.MessageQueue.attach(empty, { spin: 0 });
        const sending = sysvmq.MessageQueue.attach(full);
        const waits = [receiving.receive(), sending.send('x')];
        say('waiting');
        await told();
        say('started both');
        await told();
        receiving.close();
        sending.close();
        await Promise.allSettled(waits);
      },
      { empty: id, full: fullQueue().id },
    );
    const main = String(child.pid);
    await child.said('before');
    const before = readThread(child.pid, main, 'status');
    child.tell('wait');
    await child.said('waiting');
    await untilWaiting('sysvmq-recv', 1, child.pid);
    await untilWaiting('sysvmq-send', 1, child.pid);
    // pthread_create blocks every signal in its caller, for longer than the new thread takes to wait.
    child.tell('answer');
    await child.said('started both');
    const after = readThread(child.pid, main, 'status');
    const caught = signalsIn(mask(after, 'SigCgt') & ~mask(before, 'SigCgt'));
    expect(caught).toEqual([constants.signals.SIGURG, expect.any(Number)]);
    expect(caught[1]).toBeGreaterThanOrEqual(34);
    expect(mask(after, 'SigBlk')).toBe(mask(before, 'SigBlk'));
    expect(mask(after, 'SigIgn')).toBe(mask(before, 'SigIgn'));
    for (const name of ['sysvmq-recv', 'sysvmq-send'] as const) {
      const [thread] = threadsNamed(name, child.pid);
      const blocked = signalsIn(mask(readThread(child.pid, thread as string, 'status'), 'SigBlk'));
      // SIGKILL and SIGSTOP can't be blocked, and 32 and 33 are the C library's.
      const heard = Array.from({ length: 64 }, (_, index) => index + 1).filter((signal) => !blocked.includes(signal));
      expect(heard.filter((signal) => ![9, 19, 32, 33].includes(signal))).toEqual(caught);
    }
    child.tell('end');
    await child.result;
  });
});
