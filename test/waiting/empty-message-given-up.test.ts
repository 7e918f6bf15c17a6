/**
 * An empty message that a wait has taken, and whose wait is canceled before the event loop learns of it: the message
 * goes back into the queue, whatever ended the wait.
 */

import { MessageQueue } from '../../lib/index';
import { type ChildContext, startChild, until } from '../support/child';
import { newQueue } from '../support/queues';
import { busyFor } from '../support/random-pauses';
import { itSlow } from '../support/slow';
import { threadsAtRest, threadsNamed, untilWaiting } from '../support/waiting-threads';

const TYPE = 2n ** 62n + 1n;

/** A receive that is parked. Holds the promise in an object, because an async function would await it. */
async function startReceive(queue: MessageQueue) {
  const controller = new AbortController();
  const receiving = queue.receive({ type: TYPE, signal: controller.signal });
  await untilWaiting('sysvmq-recv', 1);
  return { controller, receiving };
}

/** Sends an empty message to a receive that is parked, and returns, in the same turn, when its wait has told of it. */
function sendAndBlockUntilTaken(queue: MessageQueue): void {
  queue.trySend('', { type: TYPE });
  const deadline = performance.now() + 10_000;
  while (threadsAtRest('sysvmq-recv').length !== threadsNamed('sysvmq-recv').length) {
    if (performance.now() > deadline) throw new Error('The wait did not take the message.');
  }
  expect(queue.stat().messageCount).toBe(0);
}

async function expectBack(queue: MessageQueue): Promise<void> {
  await until('the message is back in the queue', () => queue.stat().messageCount === 1, 5000);
  expect(queue.tryReceive()).toMatchObject({ typeBigInt: TYPE, data: Buffer.alloc(0) });
}

describe('an empty message that a wait has taken goes back', () => {
  it('when the receive is aborted', async () => {
    const queue = newQueue({ spin: 0 });
    const { controller, receiving } = await startReceive(queue);
    sendAndBlockUntilTaken(queue);
    controller.abort();
    await expect(receiving).rejects.toMatchObject({ name: 'AbortError', code: 'ABORT_ERR' });
    await expectBack(queue);
    queue.close();
  });

  it('when the handle is closed', async () => {
    const queue = newQueue();
    const closed = MessageQueue.attach(queue.id, { spin: 0 });
    const receiving = closed.receive();
    await untilWaiting('sysvmq-recv', 1);
    sendAndBlockUntilTaken(queue);
    closed.close();
    await expect(receiving).rejects.toMatchObject({ name: 'QueueClosedError', code: 'ERR_QUEUE_CLOSED' });
    await expectBack(queue);
  });

  it('when the iteration ends', async () => {
    const queue = newQueue({ spin: 0 });
    const messages = queue.messages();
    const next = messages.next();
    await untilWaiting('sysvmq-recv', 1);
    sendAndBlockUntilTaken(queue);
    await messages.return?.();
    expect(await next).toEqual({ done: true, value: undefined });
    await expectBack(queue);
    queue.close();
  });

  it('and the next waiter receives it, when the receive is aborted', async () => {
    const queue = newQueue({ spin: 0 });
    const { controller, receiving } = await startReceive(queue);
    sendAndBlockUntilTaken(queue);
    controller.abort();
    const next = queue.receive();
    await expect(receiving).rejects.toMatchObject({ code: 'ABORT_ERR' });
    expect(await next).toMatchObject({ typeBigInt: TYPE, data: Buffer.alloc(0) });
    expect(queue.stat().messageCount).toBe(0);
    queue.close();
  });

  it('as soon as there is room, when the queue has filled meanwhile', async () => {
    const queue = newQueue({ spin: 0, maxBytes: 10 });
    const { controller, receiving } = await startReceive(queue);
    sendAndBlockUntilTaken(queue);
    while (queue.trySend('', { type: 1 }));
    controller.abort();
    await expect(receiving).rejects.toMatchObject({ code: 'ABORT_ERR' });
    expect(queue.stat().messageCount).toBe(10);
    expect(queue.tryReceive({ type: 1 })).toBeDefined();
    await until('the message is back in the queue', () => queue.stat().messageCount === 10);
    expect(queue.tryReceive({ type: TYPE })).toMatchObject({ typeBigInt: TYPE, data: Buffer.alloc(0) });
    queue.close();
  });
});

it('an empty message is received, or goes back, when the timeout passes while it is on its way', async () => {
  const queue = newQueue({ spin: 0 });
  // Parks the thread, so that from the receive with the timeout on everything is in one turn.
  const controller = new AbortController();
  const aborted = queue.receive({ signal: controller.signal }).catch(({ code }) => code);
  await untilWaiting('sysvmq-recv', 1);
  const receiving = queue.receive({ timeout: 5 });
  controller.abort();
  sendAndBlockUntilTaken(queue);
  busyFor(6000);
  expect(await aborted).toBe('ABORT_ERR');
  const outcome = await receiving.catch(({ code }) => code);
  if (outcome === 'ETIMEDOUT') await expectBack(queue);
  else expect(outcome).toMatchObject({ typeBigInt: TYPE, data: Buffer.alloc(0) });
  expect(queue.stat().messageCount).toBe(0);
  queue.close();
});

type Ending = 'natural end' | 'process.exit' | 'uncaught exception';

interface Waits {
  id: number;
  gate: number;
  ending: Ending;
}

// Blocks its event loop while the wait takes the message, and ends in the same turn, before the loop hears of it.
function endWhenTaken({ sysvmq, say }: ChildContext, { id, gate, ending }: Waits): void {
  const queue = sysvmq.MessageQueue.attach(id, { spin: 0 });
  queue.receive();
  say('waiting');
  setImmediate(() => {
    sysvmq.MessageQueue.attach(gate).receiveSync();
    queue.unref();
    if (ending === 'process.exit') process.exit(0);
    if (ending === 'uncaught exception') throw new Error('thrown on purpose');
  });
}

describe('an empty message that a wait has taken goes back', () => {
  itSlow.each<Ending>(['natural end', 'process.exit', 'uncaught exception'])(
    'when the process ends: %s',
    async (ending) => {
      const queue = newQueue();
      const gate = newQueue();
      const child = startChild(endWhenTaken, { id: queue.id, gate: gate.id, ending });
      await child.said('waiting');
      await child.blockedIn('msgrcv');
      await untilWaiting('sysvmq-recv', 1, child.pid);
      queue.trySend('', { type: TYPE });
      await until('the wait has told of it', () => threadsAtRest('sysvmq-recv', child.pid).length === 1);
      expect(queue.stat().messageCount).toBe(0);
      gate.trySend('go on');
      await child.exited;
      await expectBack(queue);
    },
  );

  itSlow.each(['terminate', 'process.exit'])('when the worker ends: %s', async (ending) => {
    const queue = newQueue();
    const gate = newQueue();
    const child = startChild(endWorkerWhenTaken, {
      workerSource: endInWorkerWhenTaken.toString(),
      id: queue.id,
      gate: gate.id,
      ending,
    });
    await child.said('waiting');
    await untilWaiting('sysvmq-recv', 1, child.pid);
    queue.trySend('', { type: TYPE });
    await until('the wait has told of it', () => threadsAtRest('sysvmq-recv', child.pid).length === 1);
    expect(queue.stat().messageCount).toBe(0);
    child.tell('end');
    if (ending === 'process.exit') gate.trySend('go on');
    expect(await child.said('ended')).toBe(1);
    await expectBack(queue);
  });
});

// Runs in the worker, and blocks its event loop until there is a message at the gate.
function endInWorkerWhenTaken(require: NodeJS.Require): void {
  const { parentPort, workerData } = require('node:worker_threads') as typeof import('node:worker_threads');
  const { MessageQueue } = require(process.env['SYSVMQ_TEST_PACKAGE'] as string) as typeof import('../../lib/index');
  MessageQueue.attach(workerData.id, { spin: 0 }).receive();
  parentPort?.postMessage('waiting');
  setImmediate(() => {
    MessageQueue.attach(workerData.gate).receiveSync();
    process.exit(1);
  });
}

async function endWorkerWhenTaken(
  { require, say, told }: ChildContext,
  options: { workerSource: string; id: number; gate: number; ending: string },
): Promise<void> {
  const { Worker } = require('node:worker_threads') as typeof import('node:worker_threads');
  const worker = new Worker(`(${options.workerSource})(require)`, { eval: true, workerData: options });
  const exited = new Promise((resolve) => worker.once('exit', resolve));
  await new Promise((resolve) => worker.once('message', resolve));
  say('waiting');
  await told();
  if (options.ending === 'terminate') await worker.terminate();
  say('ended', await exited);
}
