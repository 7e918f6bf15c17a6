/**
 * An empty message that a canceled wait has taken, and that can't go back into its queue: the process
 * keeps it for its next receive, and reports it at its end.
 */

import { Worker } from 'node:worker_threads';
import type { MessageQueue } from '../../lib/index';
import { countKept } from '../../lib/native/taken-calls';
import { type ChildContext, nobody, startChild, until } from '../support/child';
import { itNeeds, otherUsers } from '../support/needs';
import { newQueue } from '../support/queues';
import { threadsAtRest, untilWaiting } from '../support/waiting-threads';

const TYPE = 7;
const KEPT = { type: TYPE, data: Buffer.alloc(0) };

/** A queue that is full of ten empty messages of type 1, and one of type 7 that the process keeps. */
async function queueWithOneKept(): Promise<MessageQueue> {
  const queue = newQueue({ spin: 0, maxBytes: 10 });
  const controller = new AbortController();
  const receiving = queue.receive({ type: TYPE, signal: controller.signal });
  await untilWaiting('sysvmq-recv', 1);
  queue.trySend('', { type: TYPE });
  // In this turn, so that the event is still on its way.
  while (countKept() === 0);
  while (queue.trySend('', { type: 1 }));
  controller.abort();
  await expect(receiving).rejects.toMatchObject({ code: 'ABORT_ERR' });
  await until('the message is kept', () => countKept() === 1);
  expect(queue.stat().messageCount).toBe(10);
  return queue;
}

describe('an empty message of a canceled receive that its queue has no room for', () => {
  afterEach(() => expect(countKept()).toBe(0));

  const ways: [string, (queue: MessageQueue) => unknown][] = [
    ['tryReceive', (queue) => queue.tryReceive()],
    ['tryReceive by type', (queue) => queue.tryReceive({ type: TYPE })],
    ['tryReceive of all other types', (queue) => queue.tryReceive({ except: 1 })],
    ['receiveSync', (queue) => queue.receiveSync({ type: TYPE, timeout: 1000 })],
    ['receive', (queue) => queue.receive({ type: TYPE })],
    ['tryReceiveMany', (queue) => queue.tryReceiveMany({ max: 1 })[0]],
    ['receiveMany', async (queue) => (await queue.receiveMany({ max: 1 }))[0]],
    ['iteration', async (queue) => (await queue.messages({ type: TYPE }).next()).value],
  ];
  it.each(ways)('is what the next %s gets', async (_name, receive) => {
    const queue = await queueWithOneKept();
    expect(await receive(queue)).toMatchObject(KEPT);
    expect(queue.stat().messageCount).toBe(10);
    queue.close();
  });

  it('is what a receive of another worker thread gets', async () => {
    const queue = await queueWithOneKept();
    const body = `const { parentPort, workerData } = require('node:worker_threads');
      const queue = require(workerData.package).MessageQueue.attach(workerData.id);
      parentPort.postMessage(queue.tryReceive().type);`;
    const workerData = { id: queue.id, package: `${__dirname}/../..` };
    const worker = new Worker(body, { eval: true, workerData });
    // Node.js may deliver the last message as it emits `exit`.
    const exited = new Promise((resolve) => worker.once('exit', resolve));
    expect(await new Promise((resolve) => worker.once('message', resolve))).toBe(TYPE);
    await exited;
    queue.close();
  });

  it('is not what a peek sees, nor a receive of another type or queue', async () => {
    const queue = await queueWithOneKept();
    expect(queue.tryReceive({ type: 1 })).toMatchObject({ type: 1 });
    expect(newQueue().tryReceive()).toBeUndefined();
    await until('it has gone back', () => countKept() === 0);
    expect(queue.tryReceive({ type: TYPE })).toMatchObject(KEPT);
    queue.close();
  });
});

interface Unwritable {
  id: number;
  gate: number;
  again: boolean;
}

// Cancels a receive whose empty message is on its way, from a queue that it may not write to.
async function giveUpWithoutWriting(
  { sysvmq, say, told }: ChildContext,
  { id, gate, again }: Unwritable,
): Promise<unknown> {
  const queue = sysvmq.MessageQueue.attach(id, { spin: 0 });
  const controller = new AbortController();
  const outcome = queue.receive({ signal: controller.signal }).catch((error: { code: string }) => error.code);
  say('waiting');
  await told();
  // The event loop does not turn until the message was taken, and the receive canceled.
  say('blocking');
  sysvmq.MessageQueue.attach(gate).receiveSync();
  controller.abort();
  return [await outcome, again ? (await queue.receive()).type : 'not again'];
}

describe('a process that may not write to the queue and cancels in that moment', () => {
  for (const again of [true, false]) {
    const title = again ? 'gets the message with its next receive' : 'reports the message when it ends';
    itNeeds(otherUsers, title, async () => {
      const queue = newQueue({ mode: 0o644 });
      const gate = newQueue({ mode: 0o644 });
      const args = { id: queue.id, gate: gate.id, again };
      const child = startChild(giveUpWithoutWriting, args, { user: nobody });
      await child.said('waiting');
      await untilWaiting('sysvmq-recv', 1, child.pid);
      child.tell('block');
      await child.said('blocking');
      queue.trySend('', { type: TYPE });
      await until('the thread has taken it', () => threadsAtRest('sysvmq-recv', child.pid).length === 1);
      gate.trySend('go on');
      expect(await child.result).toEqual(['ABORT_ERR', again ? TYPE : 'not again']);
      await child.exited;
      const report = new RegExp(`SYSVMQ_UNDELIVERED.* from queue .*\\(id ${queue.id}\\) .*: type ${TYPE}, 0 bytes`);
      if (again) expect(child.stderr).toBe('');
      else expect(child.stderr).toMatch(report);
    });
  }
});
