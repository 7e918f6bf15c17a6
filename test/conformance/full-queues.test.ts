/** When a queue is full: rows GAP-07 and GAP-14 to GAP-19 of the conformance catalogue. */

import { IPC_NOWAIT, IPC_RMID, IPC_SET, IPC_STAT, msgctl, msgrcv, msgsnd } from '../../lib/syscalls';
import { startChild } from '../support/child';
import { failure } from '../support/failure';
import { fullQueue, newQueueId } from '../support/queues';
import { itSlow } from '../support/slow';

const full = { name: 'QueueFullError', code: 'EAGAIN', limit: 'msg_qbytes' };

function newQueueOfSize(msg_qbytes: number): number {
  const id = newQueueId();
  setSize(id, msg_qbytes);
  return id;
}

function setSize(id: number, msg_qbytes: number): void {
  msgctl(id, IPC_SET, { ...msgctl(id, IPC_STAT), msg_qbytes });
}

function sendNow(id: number, length: number): void {
  msgsnd(id, { mtype: 1, mtext: Buffer.alloc(length) }, IPC_NOWAIT);
}

it('GAP-07 a queue that is full of bytes still takes an empty message', () => {
  const { id } = fullQueue(10);

  expect(failure(() => sendNow(id, 1))).toMatchObject(full);
  sendNow(id, 0);

  expect(msgctl(id, IPC_STAT)).toMatchObject({ msg_qnum: 2, msg_cbytes: 10 });
});

it('GAP-14 empty messages take no bytes, and msg_qbytes limits the count of messages by itself', () => {
  const id = newQueueOfSize(10);

  for (let count = 0; count < 9; count++) sendNow(id, 0);
  sendNow(id, 10);

  expect(msgctl(id, IPC_STAT)).toMatchObject({ msg_qnum: 10, msg_cbytes: 10 });
  expect(failure(() => sendNow(id, 0))).toMatchObject({ ...full, limitValue: 10, messageCount: 10 });
});

itSlow('GAP-15 a queue of 16384 bytes takes exactly 16384 empty messages', () => {
  const id = newQueueOfSize(16384);

  for (let count = 0; count < 16384; count++) sendNow(id, 0);

  expect(failure(() => sendNow(id, 0))).toMatchObject({ ...full, messageCount: 16384, usedBytes: 0 });
});

itSlow('GAP-16 a queue of 0 bytes takes not even an empty message that a receiver waits for', async () => {
  const id = newQueueOfSize(0);
  const receiver = startChild(({ failure, sysvmq }, id) => failure(() => sysvmq.msgrcv(id)), id);
  await receiver.blockedIn('msgrcv');

  expect(failure(() => sendNow(id, 0))).toMatchObject({ ...full, limitValue: 0 });

  msgctl(id, IPC_RMID);
  expect(await receiver.result).toMatchObject({ name: 'QueueRemovedError', code: 'EIDRM' });
});

itSlow(
  'GAP-17 a message larger than msg_qbytes is never sent, although the queue is empty and a receiver waits',
  async () => {
    const id = newQueueOfSize(100);
    const tooLarge = { name: 'MessageTooLargeError', code: 'EINVAL', limit: 'msg_qbytes', limitValue: 100 };
    expect(failure(() => sendNow(id, 101))).toMatchObject(tooLarge);
    const receiver = startChild(({ failure, sysvmq }, id) => failure(() => sysvmq.msgrcv(id)), id);
    await receiver.blockedIn('msgrcv');
    expect(failure(() => sendNow(id, 101))).toMatchObject(tooLarge);
    const sender = startChild(
      ({ failure, sysvmq }, id) => failure(() => sysvmq.msgsnd(id, { mtype: 1, mtext: Buffer.alloc(101) })),
      id,
    );
    await sender.blockedIn('msgsnd');
    await receiver.blockedIn('msgrcv');

    msgctl(id, IPC_RMID);

    const removed = { name: 'QueueRemovedError', code: 'EIDRM' };
    expect(await Promise.all([sender.result, receiver.result])).toMatchObject([removed, removed]);
  },
);

itSlow('GAP-18 a sender that waits with too large a message goes through when msg_qbytes is raised', async () => {
  const id = newQueueOfSize(100);
  const sender = startChild(({ sysvmq }, id) => sysvmq.msgsnd(id, { mtype: 1, mtext: Buffer.alloc(101) }), id);
  await sender.blockedIn('msgsnd');

  setSize(id, 101);
  await sender.result;

  expect(msgctl(id, IPC_STAT)).toMatchObject({ msg_qnum: 1, msg_cbytes: 101 });
});

it('GAP-19 msg_qbytes set below what is in the queue drops nothing, and lets nothing in until it is drained', () => {
  const id = newQueueId();
  for (let count = 0; count < 10; count++) sendNow(id, 1000);

  setSize(id, 5000);

  expect(msgctl(id, IPC_STAT)).toMatchObject({ msg_qnum: 10, msg_cbytes: 10000, msg_qbytes: 5000 });
  for (let received = 0; received < 6; received++) {
    expect(failure(() => sendNow(id, 1))).toMatchObject(full);
    expect(msgrcv(id, 1000, 0, IPC_NOWAIT).mtext).toHaveLength(1000);
  }
  sendNow(id, 1);
  expect(msgctl(id, IPC_STAT)).toMatchObject({ msg_qnum: 5, msg_cbytes: 4001 });
});
