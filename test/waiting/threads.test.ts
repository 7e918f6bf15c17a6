/** Our threads: how many there are, what they are called, and when they end. */

import { type ChildContext, startChild, until } from '../support/child';
import { fullQueue, newQueue } from '../support/queues';
import { itSlow } from '../support/slow';
import { threadsAtRest, threadsNamed, threadsOf, untilNoThreads, untilWaiting } from '../support/waiting-threads';

/** How long they rest before they end, and what a busy machine makes of it. */
const REST_MS = 2000;
const REST_BOUND_MS = 3 * REST_MS;

interface Queues {
  empty: number;
  full: number;
}

// Waits in many ways, some of them alike, says so, and stops when it is asked to.
async function waitInManyWays({ sysvmq, say, told }: ChildContext, { empty, full }: Queues): Promise<string> {
  const attach = (id: number) => sysvmq.MessageQueue.attach(id, { spin: 0 });
  const handles = [attach(empty), attach(empty), attach(full), attach(full)];
  const waits = handles
    .slice(0, 2)
    .flatMap((queue) => [
      queue.receive(),
      queue.receive({ maxLength: 10 }),
      queue.receiveMany(),
      queue.messages().next(),
      queue.receive({ type: 7 }),
      queue.receive({ type: 7n }),
      queue.receive({ except: 7 }),
      queue.receive({ upTo: 7 }),
      queue.receive({ upTo: 7, maxLength: 10, truncate: true }),
    ]);
  const sends = handles.slice(2).flatMap((queue) => [queue.send('x'), queue.sendMany([{ data: 'x' }, { data: 'y' }])]);
  say('waiting');
  await told();
  for (const queue of handles) queue.close();
  await Promise.allSettled([...waits, ...sends]);
  say('closed');
  await told();
  return 'ended';
}

itSlow('a process waits with one thread for each queue and selector, and one for all sends to a queue', async () => {
  const child = startChild(waitInManyWays, { empty: newQueue().id, full: fullQueue().id });
  await child.said('waiting');
  // Any type, 7, all but 7, and up to 7.
  await untilWaiting('sysvmq-recv', 4, child.pid);
  await untilWaiting('sysvmq-send', 1, child.pid);
  expect(threadsNamed('sysvmq-recv', child.pid)).toHaveLength(4);
  expect(threadsNamed('sysvmq-send', child.pid)).toHaveLength(1);
  child.tell('close');
  await child.said('closed');
  await until('no thread is left', () => threadsNamed('sysvmq-recv', child.pid).length === 0);
  child.tell('end');
  expect(await child.result).toBe('ended');
});

itSlow('receives from different queues have a thread each, as have sends', async () => {
  const empty = Array.from({ length: 5 }, () => newQueue().id);
  const full = Array.from({ length: 5 }, () => fullQueue().id);
  const child = startChild(
    async ({ sysvmq, say, told }, ids) => {
      const handles = [...ids.empty, ...ids.full].map((id) => sysvmq.MessageQueue.attach(id, { spin: 0 }));
      const waits = handles.map((queue, index) => (index < 5 ? queue.receive() : queue.send('x')));
      say('waiting');
      await told();
      for (const queue of handles) queue.close();
      await Promise.allSettled(waits);
    },
    { empty, full },
  );
  await child.said('waiting');
  await untilWaiting('sysvmq-recv', 5, child.pid);
  await untilWaiting('sysvmq-send', 5, child.pid);
  child.tell('close');
  await child.result;
});

// Runs in the worker, and receives until a message says that it is the last.
function receiveInWorker(require: NodeJS.Require): void {
  const { parentPort, workerData } = require('node:worker_threads') as typeof import('node:worker_threads');
  const { MessageQueue } = require(process.env['SYSVMQ_TEST_PACKAGE'] as string) as typeof import('../../lib/index');
  const queue = MessageQueue.attach(workerData, { spin: 0 });
  const receive = async (): Promise<void> => {
    const { data } = await queue.receive({ type: 3 });
    parentPort?.postMessage(data.toString());
    if (data.toString() !== 'last') await receive();
  };
  receive();
  parentPort?.postMessage('waiting');
}

// Has eight workers receive from one queue, and says what each message says that one of them has received.
async function receiveInWorkers(
  { require, say }: ChildContext,
  { id, workerSource }: { id: number; workerSource: string },
): Promise<void> {
  const { Worker } = require('node:worker_threads') as typeof import('node:worker_threads');
  const workers = Array.from({ length: 8 }, () => {
    const worker = new Worker(`(${workerSource})(require)`, { eval: true, workerData: id });
    worker.on('message', (text) => say(text === 'waiting' ? 'waiting' : 'received', text));
    return new Promise((resolve) => worker.once('exit', resolve));
  });
  await Promise.all(workers);
}

itSlow(
  'eight workers that wait for the same queue and selector share one thread, and each message comes once',
  async () => {
    const queue = newQueue();
    const child = startChild(receiveInWorkers, { id: queue.id, workerSource: receiveInWorker.toString() });
    for (let worker = 0; worker < 8; worker++) await child.said('waiting');
    await untilWaiting('sysvmq-recv', 1, child.pid);
    expect(threadsNamed('sysvmq-recv', child.pid)).toHaveLength(1);
    const texts = Array.from({ length: 50 }, (_, index) => (index % 5 === 0 ? '' : String(index)));
    for (const text of texts) {
      queue.trySend(text, { type: 3 });
      expect(await child.said('received')).toBe(text);
    }
    expect(queue.stat().messageCount).toBe(0);
    // The thread that keeps an empty message is started by this one, and has its name until it runs. Another one that waits
    // would be there for two seconds.
    await until('one thread is left', () => threadsNamed('sysvmq-recv', child.pid).length === 1, 1000);
    for (let worker = 0; worker < 8; worker++) queue.trySend('last', { type: 3 });
    await child.result;
  },
);

// Receives a message and sends one, each after a wait; and again when it is asked to. The handles stay open.
async function waitTwice({ sysvmq, say, told }: ChildContext, { empty, full }: Queues): Promise<string> {
  const receiving = sysvmq.MessageQueue.attach(empty, { spin: 0 });
  const sending = sysvmq.MessageQueue.attach(full);
  for (let round = 0; round < 2; round++) {
    const waits = Promise.all([receiving.receive(), sending.send('x')]);
    say('waiting');
    await waits;
    say('done');
    await told();
  }
  return 'ended';
}

// The same once, and then closes the handles when it is asked to.
async function waitOnceAndClose({ sysvmq, say, told }: ChildContext, { empty, full }: Queues): Promise<string> {
  const receiving = sysvmq.MessageQueue.attach(empty, { spin: 0 });
  const sending = sysvmq.MessageQueue.attach(full);
  const waits = Promise.all([receiving.receive(), sending.send('x')]);
  say('waiting');
  await waits;
  say('done');
  await told();
  receiving.close();
  sending.close();
  await told();
  return 'ended';
}

describe('threads that have nothing to do', () => {
  itSlow('rest, end after a while, and are started again when they are needed', async () => {
    const empty = newQueue();
    const full = fullQueue();
    const child = startChild(waitTwice, { empty: empty.id, full: full.id });
    let before: number | undefined;
    for (let round = 0; round < 2; round++) {
      await child.said('waiting');
      await untilWaiting('sysvmq-recv', 1, child.pid);
      await untilWaiting('sysvmq-send', 1, child.pid);
      before ??= threadsOf(child.pid).length - 2;
      empty.trySend('for the receive');
      full.tryReceive();
      await child.said('done');
      await until('our threads have ended', () => threadsOf(child.pid).length === before, REST_BOUND_MS);
      expect(full.tryReceive()?.data.toString()).toBe('x');
      full.trySend('ten bytes!');
      child.tell('go on');
    }
    expect(await child.result).toBe('ended');
  });

  it('end at once when the handle is closed', async () => {
    const empty = newQueue();
    const full = fullQueue();
    const child = startChild(waitOnceAndClose, { empty: empty.id, full: full.id });
    await child.said('waiting');
    await untilWaiting('sysvmq-recv', 1, child.pid);
    await untilWaiting('sysvmq-send', 1, child.pid);
    empty.trySend('for the receive');
    full.tryReceive();
    await child.said('done');
    await until('our threads rest', () => threadsAtRest('sysvmq-recv', child.pid).length === 1);
    child.tell('close');
    await untilNoThreads(child.pid, REST_MS / 2);
    child.tell('end');
    expect(await child.result).toBe('ended');
  });
});
