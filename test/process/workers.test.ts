/** The library in worker threads: many at once, on one queue, and ended while they wait. */

import { type Child, inChild, ownNamespace, startChild } from '../support/child';
import { fullQueue, newQueue } from '../support/queues';
import { itSlow } from '../support/slow';
import { threadsBlockedIn } from '../support/waiting-threads';

// More rounds can be had for a longer search: SYSVMQ_WORKER_ROUNDS=100.
const ROUNDS = Number(process.env['SYSVMQ_WORKER_ROUNDS'] ?? 5);

itSlow(`the addon loads in 16 workers at once, ${ROUNDS} times, and all of them send, receive and end`, async () => {
  const exits = await inChild(
    async ({ require }, { rounds }) => {
      const { Worker } = require('node:worker_threads') as typeof import('node:worker_threads');
      const source = `
        const { MessageQueue } = require(process.env.SYSVMQ_TEST_PACKAGE);
        const queue = MessageQueue.createPrivate();
        for (let i = 0; i < 200; i++) {
          queue.sendSync('message ' + i, { type: i + 1 });
          const { data, type } = queue.receiveSync();
          if (type !== i + 1 || data.toString() !== 'message ' + i) throw new Error('another message came back');
        }
        queue.remove();
      `;
      const ends: string[] = [];
      for (let round = 0; round < rounds; round++) {
        const workers = Array.from({ length: 16 }, () => new Worker(source, { eval: true }));
        const ended = workers.map((worker) => {
          worker.on('error', (error) => ends.push(String(error)));
          return new Promise<number>((resolve) => worker.on('exit', resolve));
        });
        for (const code of await Promise.all(ended)) ends.push(`exit code ${code}`);
      }
      return ends;
    },
    { rounds: ROUNDS },
    { prefix: ownNamespace },
  );
  expect(exits).toEqual(Array(16 * ROUNDS).fill('exit code 0'));
});

itSlow('workers that come and go leave nothing behind that disturbs the next ones', async () => {
  const queue = newQueue();
  const texts = await inChild(
    async ({ sysvmq, require }, { id }) => {
      const { Worker } = require('node:worker_threads') as typeof import('node:worker_threads');
      const source = `
        const { workerData } = require('node:worker_threads');
        const { MessageQueue } = require(process.env.SYSVMQ_TEST_PACKAGE);
        const queue = MessageQueue.attach(workerData);
        const text = queue.receiveSync().data + ' and on';
        queue.sendSync(text, { type: 2 });
      `;
      const own = sysvmq.MessageQueue.attach(id);
      own.sendSync('on');
      for (let i = 0; i < 10; i++) {
        const worker = new Worker(source, { eval: true, workerData: id });
        await new Promise((resolve) => worker.on('exit', resolve));
      }
      return own.receiveSync().data.toString();
    },
    { id: queue.id },
  );
  expect(texts).toBe(`on${' and on'.repeat(10)}`);
});

itSlow('workers that share a queue get each message once', async () => {
  const queue = newQueue();
  const { received, expected } = await inChild(
    async ({ sysvmq, require }, { id }) => {
      const { Worker } = require('node:worker_threads') as typeof import('node:worker_threads');
      const count = 1000;
      const sender = `
        const { workerData: { id, name, count } } = require('node:worker_threads');
        const queue = require(process.env.SYSVMQ_TEST_PACKAGE).MessageQueue.attach(id);
        for (let i = 0; i < count; i++) queue.sendSync(name + ' ' + i);
      `;
      const receiver = `
        const { parentPort, workerData: { id } } = require('node:worker_threads');
        const queue = require(process.env.SYSVMQ_TEST_PACKAGE).MessageQueue.attach(id);
        const texts = [];
        for (;;) {
          const { type, data } = queue.receiveSync();
          if (type === 2) break;
          texts.push(data.toString());
        }
        parentPort.postMessage(texts);
      `;
      const texts: string[] = [];
      const start = (source: string, name: string) => {
        const worker = new Worker(source, { eval: true, workerData: { id, name, count } });
        worker.on('message', (some: string[]) => texts.push(...some));
        return new Promise((resolve, reject) => worker.on('error', reject).on('exit', resolve));
      };
      const names = ['one', 'two', 'three'];
      const receivers = names.map((name) => start(receiver, name));
      await Promise.all(names.map((name) => start(sender, name)));
      for (const _ of names) sysvmq.MessageQueue.attach(id).sendSync('the end', { type: 2 });
      await Promise.all(receivers);
      const sent = names.flatMap((name) => Array.from({ length: count }, (_, index) => `${name} ${index}`));
      return { received: texts.sort(), expected: sent.sort() };
    },
    { id: queue.id },
  );
  expect(received).toEqual(expected);
});

// ---- Ended while they wait

type Syscall = 'msgsnd' | 'msgrcv';
const waits: [call: string, syscall: Syscall, source: string][] = [
  ['receiveSync', 'msgrcv', 'sysvmq.MessageQueue.attach(workerData).receiveSync()'],
  ['sendSync', 'msgsnd', 'sysvmq.MessageQueue.attach(workerData).sendSync("more")'],
  ['msgrcv', 'msgrcv', 'sysvmq.msgrcv(workerData, 100, 0, 0)'],
  ['msgsnd', 'msgsnd', 'sysvmq.msgsnd(workerData, { mtype: 1, mtext: "more" }, 0)'],
];

/** A process with a worker that waits in this call, which then runs the commands that it receives. */
async function processWithWaitingWorker(syscall: Syscall, call: string): Promise<Child> {
  const queueId = syscall === 'msgsnd' ? fullQueue().id : newQueue().id;
  const child = startChild(
    async ({ require, told }, { id, code }) => {
      const { Worker } = require('node:worker_threads') as typeof import('node:worker_threads');
      const source = `
        const { workerData } = require('node:worker_threads');
        const sysvmq = require(process.env.SYSVMQ_TEST_PACKAGE);
        ${code};
      `;
      const worker = new Worker(source, { eval: true, workerData: id });
      const todo = await told();
      if (todo === 'terminate') return { exitCode: await worker.terminate() };
      if (todo === 'exit') process.exit(7);
      setTimeout(() => {
        throw new Error('nobody catches this');
      });
      return new Promise(() => undefined);
    },
    { id: queueId, code: call },
  );
  await threadsBlockedIn(child.pid, syscall);
  return child;
}

itSlow.each(waits)(
  'terminate() ends a worker that waits in %s, and the process ends by itself',
  async (_, syscall, call) => {
    const child = await processWithWaitingWorker(syscall, call);
    child.tell('terminate');
    expect(await child.result).toEqual({ exitCode: 1 });
    expect(await child.exited).toEqual({ code: 0, signal: null });
    expect(child.stderr).toBe('');
  },
);

itSlow.each(waits)('process.exit() ends the process while a worker waits in %s', async (_, syscall, call) => {
  const child = await processWithWaitingWorker(syscall, call);
  child.tell('exit');
  expect(await child.exited).toEqual({ code: 7, signal: null });
  expect(child.stderr).toBe('');
});

itSlow.each(waits)('an uncaught exception ends the process while a worker waits in %s', async (_, syscall, call) => {
  const child = await processWithWaitingWorker(syscall, call);
  child.tell('throw');
  expect(await child.exited).toEqual({ code: 1, signal: null });
  expect(child.stderr).toMatch(/Error: nobody catches this/);
});

it.each(waits)('SIGTERM ends a process at once whose main thread waits in %s', async (_, syscall, call) => {
  const { id } = syscall === 'msgsnd' ? fullQueue() : newQueue();
  const child = startChild(
    ({ sysvmq }, { workerData, code }) => new Function('sysvmq', 'workerData', code)(sysvmq, workerData),
    { workerData: id, code: call },
  );
  await child.blockedIn(syscall);
  const start = performance.now();
  child.process.kill('SIGTERM');
  expect(await child.exited).toEqual({ code: null, signal: 'SIGTERM' });
  expect(performance.now() - start).toBeLessThan(5000);
  expect(child.stderr).toBe('');
});
