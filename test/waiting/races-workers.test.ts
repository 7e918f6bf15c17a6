/** Several workers on one queue, each with a handle of its own: each message goes to one of them. */

import { type ChildContext, startChild, until } from '../support/child';
import { LONG_TIMEOUT_MS, report, times } from '../support/long-tests';
import { newQueue } from '../support/queues';
import { pause } from '../support/random-pauses';
import { withSeed } from '../support/seeded-random';
import { itSlow } from '../support/slow';
import { Tally } from '../support/tally';

const MESSAGES = times(8_000, 100_000);
const WORKERS = 8;
/** Types below it are of messages with text, which says their number; an empty message's type is its number. */
const FIRST_NUMBER = 10;

interface WorkerData {
  id: number;
  index: number;
}

/** A worker: takes messages in one of the ways there are until it is asked to stop, and reports their numbers. */
async function receiveInWorker(require: NodeJS.Require): Promise<void> {
  const { parentPort, workerData } = require('node:worker_threads') as typeof import('node:worker_threads');
  const { MessageQueue, QueueClosedError } = require(process.env['SYSVMQ_TEST_PACKAGE'] as string);
  const { id, index } = workerData as WorkerData;
  const queue = MessageQueue.attach(id, index % 2 === 0 ? { spin: 0 } : {});
  // All of them match all messages, on two lines.
  const select = index % 3 === 0 ? { upTo: 2 ** 40 } : {};
  const numbers: number[] = [];
  const note = ({ type, data }: { type: number; data: Buffer }) => {
    numbers.push(data.length === 0 ? type : Number(data));
  };
  parentPort?.once('message', () => queue.close());
  parentPort?.postMessage('ready');
  try {
    if (index % 4 === 0) for await (const message of queue) note(message);
    else if (index % 4 === 1) for (;;) (await queue.receiveMany({ ...select, max: 5 })).forEach(note);
    else for (;;) note(await queue.receive(select));
  } catch (error) {
    if (!(error instanceof QueueClosedError)) throw error;
  }
  parentPort?.postMessage(numbers);
}

/** The process of the workers: starts them, sends half of the messages, and returns what each worker has taken. */
async function runWorkers(
  { sysvmq, require, say, told }: ChildContext,
  { id, source, workers, first, last }: { id: number; source: string; workers: number; first: number; last: number },
): Promise<number[][]> {
  const { Worker } = require('node:worker_threads') as typeof import('node:worker_threads');
  const { once } = require('node:events') as typeof import('node:events');
  const all = Array.from({ length: workers }, (_, index) => {
    return new Worker(`(${source})(require)`, { eval: true, workerData: { id, index } });
  });
  await Promise.all(all.map((worker) => once(worker, 'message')));
  const results = all.map((worker) => once(worker, 'message'));
  const exits = all.map((worker) => once(worker, 'exit'));
  say('ready');
  const queue = sysvmq.MessageQueue.attach(id);
  for (let number = first; number < last; number += 2) {
    const empty = number % 3 === 0;
    await queue.send(empty ? '' : String(number), { type: empty ? number : 1 + (number % 4) });
    if (number % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  say('sent');
  await told();
  for (const worker of all) worker.postMessage('stop');
  const numbers = await Promise.all(results);
  await Promise.all(exits);
  return numbers.map(([taken]) => taken);
}

itSlow(
  `${WORKERS} workers that receive from one queue get each message once`,
  () =>
    withSeed(async (random) => {
      const queue = newQueue();
      const tally = new Tally();
      const last = FIRST_NUMBER + MESSAGES;
      for (let number = FIRST_NUMBER; number < last; number++) tally.sent(number);
      const source = receiveInWorker.toString();
      const child = startChild(runWorkers, { id: queue.id, source, workers: WORKERS, first: FIRST_NUMBER, last });
      await child.said('ready');
      for (let number = FIRST_NUMBER + 1; number < last; number += 2) {
        const empty = number % 3 === 0;
        await queue.send(empty ? '' : String(number), { type: empty ? number : 1 + (number % 4) });
        if (random.below(20) === 0) await pause(random);
      }
      await child.said('sent');
      await until('the queue is empty', () => queue.stat().messageCount === 0);
      child.tell('stop');
      const taken = (await child.result) as number[][];
      for (const number of taken.flat()) tally.delivered(number);
      // Empty messages that were on their way to a worker when it stopped have gone back.
      await until('every message has turned up', () => {
        for (const { type } of queue.tryReceiveMany()) tally.delivered(type);
        return tally.complete;
      }).catch(() => undefined);
      expect(tally.wrongs()).toEqual([]);
      report(`${MESSAGES} messages; the workers took ${taken.map(({ length }) => length).join(', ')}`);
    }),
  LONG_TIMEOUT_MS,
);
