/** What POSIX says of msgrcv: rows POS-16 to POS-27 of the conformance catalogue. */

import { IPC_NOWAIT, IPC_RMID, IPC_STAT, MSG_NOERROR, msgctl, msgrcv, msgsnd } from '../../lib/syscalls';
import { inChild, nobody, startChild } from '../support/child';
import { failure } from '../support/failure';
import { itNeeds, otherUsers } from '../support/needs';
import { newQueueId } from '../support/queues';
import { itSlow, slow } from '../support/slow';

/** A queue that holds these messages, in this order. */
function queueOf(...messages: [mtype: number, mtext: string][]): number {
  const id = newQueueId();
  for (const [mtype, mtext] of messages) msgsnd(id, { mtype, mtext }, IPC_NOWAIT);
  return id;
}

function takeText(id: number, msgtyp: number): string {
  return msgrcv(id, 100, msgtyp, IPC_NOWAIT).mtext.toString();
}

it('POS-16 msgtyp 0 takes the first message, whatever its type', () => {
  const id = queueOf([9, 'a'], [1, 'b'], [5, 'c']);

  expect([takeText(id, 0), takeText(id, 0), takeText(id, 0)]).toEqual(['a', 'b', 'c']);
});

it('POS-17 msgtyp above 0 takes the first message of that type', () => {
  const id = queueOf([1, 'a'], [2, 'b'], [3, 'c'], [2, 'd']);

  expect([takeText(id, 2), takeText(id, 2)]).toEqual(['b', 'd']);
});

it('POS-18 msgtyp below 0 takes the first message of the lowest type up to −msgtyp', () => {
  const id = queueOf([4, 'a'], [3, 'b'], [2, 'c'], [5, 'd'], [2, 'e']);

  expect([takeText(id, -4), takeText(id, -4), takeText(id, -4), takeText(id, -4)]).toEqual(['c', 'e', 'b', 'a']);
  expect(failure(() => takeText(id, -4))).toMatchObject({ name: 'NoMessageError', code: 'ENOMSG' });
});

it('POS-19 a message that is too long is E2BIG, and stays', () => {
  const id = queueOf([7, 'hello']);

  const error = failure(() => msgrcv(id, 4, 0, IPC_NOWAIT));

  expect(error).toMatchObject({ name: 'BufferTooSmallError', code: 'E2BIG', syscall: 'msgrcv', maxLength: 4 });
  expect(msgctl(id, IPC_STAT)).toMatchObject({ msg_qnum: 1, msg_cbytes: 5 });
  expect(msgrcv(id, 5, 0, IPC_NOWAIT)).toMatchObject({ mtype: 7, mtext: Buffer.from('hello') });
});

it('POS-20 with MSG_NOERROR a message that is too long is cut: the rest is lost, and nothing says so', () => {
  const id = queueOf([7, 'hello']);

  const message = msgrcv(id, 4, 0, IPC_NOWAIT | MSG_NOERROR);

  expect(message).toEqual({ mtype: 7, mtypeBigInt: 7n, mtext: Buffer.from('hell') });
  expect(msgctl(id, IPC_STAT)).toMatchObject({ msg_qnum: 0, msg_cbytes: 0 });
});

it('POS-21 without a message that matches, IPC_NOWAIT is ENOMSG', () => {
  const id = queueOf([1, 'a']);

  expect(failure(() => msgrcv(id, 100, 2, IPC_NOWAIT))).toMatchObject({
    name: 'NoMessageError',
    code: 'ENOMSG',
    syscall: 'msgrcv',
    queueId: id,
    selector: 'type 2',
  });
});

itSlow('POS-22 a receiver waits for a message, and gets it', async () => {
  const id = newQueueId();
  const receiver = startChild(({ sysvmq }, id) => sysvmq.msgrcv(id, 100), id);
  await receiver.blockedIn('msgrcv');

  msgsnd(id, { mtype: 3, mtext: 'here' });

  expect(await receiver.result).toMatchObject({ mtype: 3, mtext: Buffer.from('here') });
  expect(msgctl(id, IPC_STAT).msg_qnum).toBe(0);
});

itSlow('POS-23 a receiver that waits when the queue is removed gets EIDRM', async () => {
  const id = newQueueId();
  const receiver = startChild(({ failure, sysvmq }, id) => failure(() => sysvmq.msgrcv(id)), id);
  await receiver.blockedIn('msgrcv');

  msgctl(id, IPC_RMID);

  expect(await receiver.result).toMatchObject({ name: 'QueueRemovedError', code: 'EIDRM', syscall: 'msgrcv' });
});

itSlow('POS-24 a receiver that waits when a signal is handled gets EINTR', async () => {
  const id = newQueueId();
  const receiver = startChild(({ failure, sysvmq }, id) => {
    process.on('SIGUSR2', () => undefined);
    return failure(() => sysvmq.msgrcv(id));
  }, id);
  await receiver.blockedIn('msgrcv');

  receiver.process.kill('SIGUSR2');

  expect(await receiver.result).toMatchObject({ name: 'InterruptedError', code: 'EINTR', syscall: 'msgrcv' });
});

itNeeds(slow(otherUsers), 'POS-25 receiving without read permission is EACCES', async () => {
  const id = newQueueId(0o602);
  msgsnd(id, { mtype: 1, mtext: 'x' });

  const error = await inChild(
    ({ failure, sysvmq }, id) => failure(() => sysvmq.msgrcv(id, 100, 0, sysvmq.IPC_NOWAIT)),
    id,
    { user: nobody },
  );

  expect(error).toMatchObject({ name: 'QueueAccessError', code: 'EACCES', syscall: 'msgrcv', queueId: id });
  expect(msgctl(id, IPC_STAT).msg_qnum).toBe(1);
});

it('POS-26 receiving from an id that no queue has is EINVAL', () => {
  const id = newQueueId();
  msgctl(id, IPC_RMID);

  expect(failure(() => msgrcv(id))).toMatchObject({
    name: 'QueueRemovedError',
    code: 'EINVAL',
    syscall: 'msgrcv',
    queueId: id,
  });
  expect(failure(() => msgrcv(-1))).toMatchObject({ name: 'RangeError', code: 'ERR_OUT_OF_RANGE' });
});

it('POS-27 a received message has its length and is counted off, with the receiver’s process id and the time', () => {
  const id = queueOf([1, 'hello'], [1, 'again']);
  const startedAt = Math.floor(Date.now() / 1000);

  expect(msgrcv(id, 100).mtext).toHaveLength(5);

  const status = msgctl(id, IPC_STAT);
  expect(status).toMatchObject({ msg_qnum: 1, msg_cbytes: 5, msg_lrpid: process.pid });
  // The kernel's count of seconds goes on with the timer tick, so that it may be one behind for some milliseconds.
  expect(status.msg_rtime).toBeGreaterThanOrEqual(startedAt - 1);
  expect(status.msg_rtime).toBeLessThanOrEqual(Math.floor(Date.now() / 1000));
});
