/** What POSIX says of msgsnd: rows POS-07 to POS-15 of the conformance catalogue. */

import { IPC_NOWAIT, IPC_RMID, IPC_STAT, msgctl, msgrcv, msgsnd } from '../../lib/syscalls';
import { inChild, nobody, startChild } from '../support/child';
import { failure } from '../support/failure';
import { readLimit } from '../support/namespace';
import { itNeeds, otherUsers } from '../support/needs';
import { fullQueue, newQueueId } from '../support/queues';
import { itSlow, slow } from '../support/slow';

it('POS-07 a sent message is counted, with the sender’s process id and the time', () => {
  const id = newQueueId();
  const startedAt = Math.floor(Date.now() / 1000);

  msgsnd(id, { mtype: 1, mtext: 'hello' });

  const status = msgctl(id, IPC_STAT);
  expect(status).toMatchObject({ msg_qnum: 1, msg_cbytes: 5, msg_lspid: process.pid });
  // The kernel's count of seconds goes on with the timer tick, so that it may be one behind for some milliseconds.
  expect(status.msg_stime).toBeGreaterThanOrEqual(startedAt - 1);
  expect(status.msg_stime).toBeLessThanOrEqual(Math.floor(Date.now() / 1000));
});

itNeeds(slow(otherUsers), 'POS-08 sending without write permission is EACCES', async () => {
  const id = newQueueId(0o604);

  const error = await inChild(
    ({ failure, sysvmq }, id) => failure(() => sysvmq.msgsnd(id, { mtype: 1, mtext: 'x' })),
    id,
    { user: nobody },
  );

  expect(error).toMatchObject({ name: 'QueueAccessError', code: 'EACCES', syscall: 'msgsnd', queueId: id });
  expect(msgctl(id, IPC_STAT).msg_qnum).toBe(0);
});

it('POS-09 sending to a full queue with IPC_NOWAIT is EAGAIN, and nothing is sent', () => {
  const { id } = fullQueue(10);

  const error = failure(() => msgsnd(id, { mtype: 1, mtext: 'x' }, IPC_NOWAIT));

  expect(error).toMatchObject({ name: 'QueueFullError', code: 'EAGAIN', syscall: 'msgsnd', queueId: id });
  expect(msgctl(id, IPC_STAT)).toMatchObject({ msg_qnum: 1, msg_cbytes: 10 });
});

itSlow('POS-10 sending to a full queue waits, and goes through when there is room', async () => {
  const { id } = fullQueue(10);
  const sender = startChild(({ sysvmq }, id) => sysvmq.msgsnd(id, { mtype: 2, mtext: 'late' }), id);
  await sender.blockedIn('msgsnd');

  expect(msgrcv(id).mtext).toHaveLength(10);
  await sender.result;

  expect(msgrcv(id, 100, 0, IPC_NOWAIT)).toMatchObject({ mtype: 2, mtext: Buffer.from('late') });
});

itSlow('POS-11 a sender that waits when the queue is removed gets EIDRM', async () => {
  const { id } = fullQueue(10);
  const sender = startChild(
    ({ failure, sysvmq }, id) => failure(() => sysvmq.msgsnd(id, { mtype: 1, mtext: 'late' })),
    id,
  );
  await sender.blockedIn('msgsnd');

  msgctl(id, IPC_RMID);

  expect(await sender.result).toMatchObject({ name: 'QueueRemovedError', code: 'EIDRM', syscall: 'msgsnd' });
});

itSlow('POS-12 a sender that waits when a signal is handled gets EINTR, and nothing is sent', async () => {
  const { id } = fullQueue(10);
  const sender = startChild(({ failure, sysvmq }, id) => {
    process.on('SIGUSR2', () => undefined);
    return failure(() => sysvmq.msgsnd(id, { mtype: 1, mtext: 'late' }));
  }, id);
  await sender.blockedIn('msgsnd');

  sender.process.kill('SIGUSR2');

  expect(await sender.result).toMatchObject({ name: 'InterruptedError', code: 'EINTR', syscall: 'msgsnd' });
  expect(msgctl(id, IPC_STAT)).toMatchObject({ msg_qnum: 1, msg_cbytes: 10 });
});

it('POS-13 sending to an id that no queue has is EINVAL', () => {
  const id = newQueueId();
  msgctl(id, IPC_RMID);

  expect(failure(() => msgsnd(id, { mtype: 1, mtext: 'x' }))).toMatchObject({
    name: 'QueueRemovedError',
    code: 'EINVAL',
    syscall: 'msgsnd',
    queueId: id,
  });
  expect(failure(() => msgsnd(-1, { mtype: 1, mtext: 'x' }))).toMatchObject({
    name: 'RangeError',
    code: 'ERR_OUT_OF_RANGE',
  });
});

it('POS-14 a message type below 1 is refused', () => {
  const id = newQueueId();

  for (const mtype of [0, -1, Number.MIN_SAFE_INTEGER, 0n, -1n, -(2n ** 63n)]) {
    expect(failure(() => msgsnd(id, { mtype, mtext: 'x' }, IPC_NOWAIT))).toMatchObject({
      name: 'RangeError',
      code: 'ERR_OUT_OF_RANGE',
    });
  }
  expect(msgctl(id, IPC_STAT).msg_qnum).toBe(0);
});

// A size below 0 cannot be said: it is the length of the bytes.
it('POS-15 a message longer than the system’s limit is EINVAL', () => {
  const id = newQueueId();
  const msgmax = readLimit('msgmax');

  const error = failure(() => msgsnd(id, { mtype: 1, mtext: Buffer.alloc(msgmax + 1) }, IPC_NOWAIT));

  expect(error).toMatchObject({
    name: 'MessageTooLargeError',
    code: 'EINVAL',
    syscall: 'msgsnd',
    limit: 'MSGMAX',
    limitValue: msgmax,
    requested: msgmax + 1,
  });
  msgsnd(id, { mtype: 1, mtext: Buffer.alloc(msgmax) }, IPC_NOWAIT);
  expect(msgctl(id, IPC_STAT)).toMatchObject({ msg_qnum: 1, msg_cbytes: msgmax });
});
