/** Waiting with a size of 0, which takes nothing that has bytes. Rows GAP-38 to GAP-45 of the conformance catalogue. */

import { IPC_NOWAIT, IPC_RMID, IPC_STAT, MSG_EXCEPT, msgctl, msgrcv, msgsnd } from '../../lib/index';
import { type Child, type ChildContext, nobody, startChild } from '../support/child';
import { failure } from '../support/failure';
import { itNeeds, otherUsers } from '../support/needs';
import { newQueue, newQueueId } from '../support/queues';
import { itSlow, slow } from '../support/slow';

const tooBig = { name: 'BufferTooSmallError', code: 'E2BIG', syscall: 'msgrcv', maxLength: 0 };
const message = { mtype: 5, mtext: 'five' };

/** A process that waits for a message, and returns the error that tells it of one. */
async function startWaiter(id: number): Promise<Child> {
  const waiter = startChild(({ sysvmq, failure }, queueId) => failure(() => sysvmq.msgrcv(queueId, 0)), id);
  await waiter.blockedIn('msgrcv');
  return waiter;
}

/** A process that receives a message, and returns its text. */
async function startReceiver(id: number): Promise<Child> {
  const receiver = startChild(({ sysvmq }, queueId) => sysvmq.msgrcv(queueId).mtext.toString(), id);
  await receiver.blockedIn('msgrcv');
  return receiver;
}

test('GAP-38 a receive of size 0 fails with E2BIG in every form of selection and changes nothing', () => {
  const id = newQueueId();
  msgsnd(id, message, IPC_NOWAIT);
  const before = msgctl(id, IPC_STAT);
  const outcomes = [
    failure(() => msgrcv(id, 0, 0)),
    failure(() => msgrcv(id, 0, 5)),
    failure(() => msgrcv(id, 0, -5)),
    failure(() => msgrcv(id, 0, 4, MSG_EXCEPT)),
  ];
  expect(outcomes).toMatchObject([tooBig, tooBig, tooBig, tooBig]);
  expect(msgctl(id, IPC_STAT)).toEqual(before);
});

itSlow('GAP-39 a waiter learns of a message by E2BIG, and takes nothing', async () => {
  const id = newQueueId();
  const waiter = await startWaiter(id);
  msgsnd(id, message, IPC_NOWAIT);
  expect(await waiter.result).toMatchObject(tooBig);
  expect(msgctl(id, IPC_STAT)).toMatchObject({ msg_qnum: 1, msg_cbytes: 4, msg_lrpid: 0, msg_rtime: 0 });
});

itSlow('GAP-40 a waiter receives an empty message', async () => {
  const id = newQueueId();
  const waiter = startChild(({ sysvmq }, queueId) => {
    const { mtype, mtext } = sysvmq.msgrcv(queueId, 0);
    return { mtype, length: mtext.length };
  }, id);
  await waiter.blockedIn('msgrcv');
  msgsnd(id, { mtype: 5, mtext: '' }, IPC_NOWAIT);
  expect(await waiter.result).toEqual({ mtype: 5, length: 0 });
  expect(msgctl(id, IPC_STAT)).toMatchObject({ msg_qnum: 0, msg_lrpid: waiter.pid });
});

itSlow('GAP-41 a message wakes the waiters in line before its receiver, not those behind', async () => {
  const id = newQueueId();
  const waiterBefore = await startWaiter(id);
  const receiver = await startReceiver(id);
  const waiterBehind = await startWaiter(id);

  msgsnd(id, { mtype: 1, mtext: 'the first' }, IPC_NOWAIT);
  expect(await receiver.result).toBe('the first');
  expect(await waiterBefore.result).toMatchObject(tooBig);
  expect(msgctl(id, IPC_STAT).msg_qnum).toBe(0);
  await waiterBehind.blockedIn('msgrcv');

  msgsnd(id, { mtype: 1, mtext: 'the second' }, IPC_NOWAIT);
  expect(await waiterBehind.result).toMatchObject(tooBig);
  expect(msgrcv(id, undefined, 0, IPC_NOWAIT).mtext.toString()).toBe('the second');
});

itSlow('GAP-42 one message wakes every waiter', async () => {
  const id = newQueueId();
  const waiters = await Promise.all([1, 2, 3, 4, 5, 6].map(() => startWaiter(id)));
  msgsnd(id, message, IPC_NOWAIT);
  const outcomes = await Promise.all(waiters.map((waiter) => waiter.result));
  expect(outcomes).toMatchObject([tooBig, tooBig, tooBig, tooBig, tooBig, tooBig]);
  expect(msgctl(id, IPC_STAT).msg_qnum).toBe(1);
});

itNeeds(
  slow(otherUsers),
  'GAP-43 a waiter ends with EINTR, EACCES or EIDRM, and sleeps on through an IPC_SET that leaves it its permission',
  async () => {
    const start = (id: number) => {
      const body = ({ sysvmq, failure }: ChildContext, queueId: number) => {
        process.on('SIGUSR2', () => undefined);
        return failure(() => sysvmq.msgrcv(queueId, 0));
      };
      return startChild(body, id, { user: nobody });
    };
    const signalled = newQueue({ mode: 0o666 });
    const changed = newQueue({ mode: 0o666 });
    const removed = newQueue({ mode: 0o666 });
    const [signalledWaiter, changedWaiter, removedWaiter] = [start(signalled.id), start(changed.id), start(removed.id)];
    await Promise.all([signalledWaiter, changedWaiter, removedWaiter].map((waiter) => waiter.blockedIn('msgrcv')));

    signalledWaiter.process.kill('SIGUSR2');
    expect(await signalledWaiter.result).toMatchObject({ name: 'InterruptedError', code: 'EINTR' });

    changed.set({ maxBytes: 100 });
    await changedWaiter.blockedIn('msgrcv');
    changed.set({ mode: 0o600 });
    expect(await changedWaiter.result).toMatchObject({ name: 'QueueAccessError', code: 'EACCES' });

    msgctl(removed.id, IPC_RMID);
    expect(await removedWaiter.result).toMatchObject({ name: 'QueueRemovedError', code: 'EIDRM' });
  },
);

itSlow('GAP-44 a waiter that is killed around a send loses no message', async () => {
  const start = async () => {
    const id = newQueueId();
    return { id, waiter: await startWaiter(id) };
  };
  const killedFirst = await Promise.all([1, 2, 3, 4, 5, 6].map(start));
  const sentFirst = await Promise.all([1, 2, 3, 4, 5, 6].map(start));
  for (const { id, waiter } of killedFirst) {
    waiter.process.kill('SIGKILL');
    msgsnd(id, message, IPC_NOWAIT);
  }
  for (const { id, waiter } of sentFirst) {
    msgsnd(id, message, IPC_NOWAIT);
    waiter.process.kill('SIGKILL');
  }
  for (const { id, waiter } of [...killedFirst, ...sentFirst]) {
    await waiter.exited;
    expect(msgrcv(id, 100, 0, IPC_NOWAIT).mtext.toString()).toBe('five');
  }
});

test('GAP-45 a receive of size 0 with IPC_NOWAIT asks whether there is a message', () => {
  const id = newQueueId();
  const whenEmpty = failure(() => msgrcv(id, 0, 0, IPC_NOWAIT));
  msgsnd(id, message, IPC_NOWAIT);
  const whenQueued = failure(() => msgrcv(id, 0, 0, IPC_NOWAIT));
  expect(whenEmpty).toMatchObject({ name: 'NoMessageError', code: 'ENOMSG' });
  expect(whenQueued).toMatchObject(tooBig);
  expect(msgctl(id, IPC_STAT).msg_qnum).toBe(1);
});
