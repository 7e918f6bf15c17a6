/**
 * Processes and workers that end while receiveSync waits: the message is in the queue, or a process had it that was alive.
 *
 * An ordinary blocked msgrcv loses it: the kernel hands the message over inside the sender's call, to a thread that may
 * be dying. Such a message would show here: Linux stores the thread's id as the last receiver then, and the process's
 * when a message was already queued (see `msg_lrpid` in lib/native/structs.ts). So the waiters are threads.
 */

import type { MessageQueue } from '../../lib/index';
import { type Child, startChild } from '../support/child';
import { newQueue } from '../support/queues';
import { itSlow } from '../support/slow';
import { threadsBlockedIn } from '../support/waiting-threads';

const PROCESSES = 5;
const WAITERS = 10;

/** A process whose threads wait, each for a message of a queue of its own. */
function startWaiters(ids: number[]): Child {
  return startChild(
    async ({ require, say, told }, { queueIds }) => {
      const { Worker } = require('node:worker_threads') as typeof import('node:worker_threads');
      const source = `
        const { workerData } = require('node:worker_threads');
        require(process.env.SYSVMQ_TEST_PACKAGE).MessageQueue.attach(workerData).receiveSync();
      `;
      const workers = queueIds.map((id) => new Worker(source, { eval: true, workerData: id }));
      await told();
      say('terminating');
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
    { queueIds: ids },
  );
}

async function killWaiters(kill: (child: Child, queues: MessageQueue[]) => void): Promise<[Child, MessageQueue][]> {
  const all: [Child, MessageQueue][] = [];
  for (let i = 0; i < PROCESSES; i++) {
    const queues = Array.from({ length: WAITERS }, () => newQueue());
    const child = startWaiters(queues.map(({ id }) => id));
    await threadsBlockedIn(child.pid, 'msgrcv', WAITERS);
    kill(child, queues);
    expect(await child.exited).toEqual({ code: null, signal: 'SIGKILL' });
    for (const queue of queues) all.push([child, queue]);
  }
  return all;
}

itSlow('a message that is sent right after the kill stays in the queue, 50 of 50 times', async () => {
  const all = await killWaiters((child, queues) => {
    child.process.kill('SIGKILL');
    for (const queue of queues) queue.trySend('kept');
  });
  expect(all.map(([, queue]) => queue.tryReceive()?.data.toString())).toEqual(Array(50).fill('kept'));
});

itSlow(
  'a message that is sent right before the kill stays, or was taken by a process that ran, 50 of 50 times',
  async () => {
    const all = await killWaiters((child, queues) => {
      for (const queue of queues) queue.trySend('kept');
      child.process.kill('SIGKILL');
    });
    expect(all.filter(([child, queue]) => isLost(child, queue)).length).toBe(0);
  },
);

itSlow('a message that is sent while its waiter is terminated stays, or was taken by a worker that ran', async () => {
  const queues = Array.from({ length: WAITERS }, () => newQueue());
  const child = startWaiters(queues.map(({ id }) => id));
  await threadsBlockedIn(child.pid, 'msgrcv', WAITERS);
  child.tell('terminate');
  await child.said('terminating');
  for (const queue of queues) queue.trySend('kept');
  await child.result;
  expect(queues.filter((queue) => isLost(child, queue)).length).toBe(0);
});

function isLost(child: Child, queue: MessageQueue): boolean {
  const { messageCount, lastReceiverPid } = queue.stat();
  return messageCount === 0 && lastReceiverPid !== child.pid;
}
