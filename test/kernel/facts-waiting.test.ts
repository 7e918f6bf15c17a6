import {
  IPC_NOWAIT,
  IPC_RMID,
  IPC_STAT,
  MessageTooLargeError,
  msgctl,
  msgrcv,
  msgsnd,
  QueueFullError,
} from '../../lib/index';
import { type Child, inChild, nobody, startChild } from '../support/child';
import { failure } from '../support/failure';
import { itNeeds, otherUsers } from '../support/needs';
import { fullQueue, newQueue, newQueueId } from '../support/queues';
import { itSlow, slow } from '../support/slow';

/** A process that waits in msgsnd, with a message of type 2, because the queue is full. */
async function waitingSender(id: number): Promise<Child> {
  const child = startChild(({ sysvmq, failure }, id) => {
    process.on('SIGUSR2', () => undefined);
    const error = failure(() => sysvmq.msgsnd(id, { mtype: 2, mtext: 'waited' }));
    return error ?? 'sent';
  }, id);
  await child.blockedIn('msgsnd');
  return child;
}

/** A process that waits in msgrcv because the queue is empty. */
async function waitingReceiver(id: number): Promise<Child> {
  const child = startChild(({ sysvmq, failure }, id) => {
    process.on('SIGUSR2', () => undefined);
    let text: string | undefined;
    const error = failure(() => {
      text = sysvmq.msgrcv(id).mtext.toString();
    });
    return error ?? text;
  }, id);
  await child.blockedIn('msgrcv');
  return child;
}

describe('a queue that holds msg_qbytes bytes', () => {
  it('fails a msgsnd with IPC_NOWAIT: EAGAIN', () => {
    const { id } = fullQueue(10);
    const error = failure(() => msgsnd(id, { mtype: 2, mtext: 'x' }, IPC_NOWAIT));
    expect(error).toBeInstanceOf(QueueFullError);
    expect(error).toMatchObject({ code: 'EAGAIN', limit: 'msg_qbytes', limitValue: 10, usedBytes: 10 });
    expect(msgctl(id, IPC_STAT).msg_qnum).toBe(1);
  });

  it('takes no part of a message that does not fit whole', () => {
    const queue = newQueue({ maxBytes: 10 });
    queue.sendSync(Buffer.alloc(6));
    expect(() => queue.sendSync(Buffer.alloc(5), { nowait: true })).toThrow(QueueFullError);
    expect(queue.stat()).toMatchObject({ messageCount: 1, usedBytes: 6 });
    queue.sendSync(Buffer.alloc(4), { nowait: true });
    expect(queue.stat()).toMatchObject({ messageCount: 2, usedBytes: 10 });
  });

  itSlow('has a sendSync of another process wait until a receiver makes room', async () => {
    const queue = fullQueue(10);
    const sender = startChild(
      ({ sysvmq }, id) => sysvmq.MessageQueue.attach(id).sendSync('waited', { type: 2 }),
      queue.id,
    );
    await sender.blockedIn('msgsnd');
    expect(queue.stat().messageCount).toBe(1);
    queue.tryReceive();
    await sender.result;
    expect(queue.tryReceive()).toMatchObject({ type: 2, data: Buffer.from('waited') });
  });
});

describe('a msgsnd that waits', () => {
  itSlow('ends when a message is received: it is sent', async () => {
    const { id } = fullQueue(10);
    const sender = await waitingSender(id);
    msgrcv(id, 10, 1, IPC_NOWAIT);
    expect(await sender.result).toBe('sent');
    expect(msgrcv(id, 10, 0, IPC_NOWAIT)).toMatchObject({ mtype: 2, mtext: Buffer.from('waited') });
  });

  itSlow('ends when a signal handler runs: EINTR, and nothing is sent', async () => {
    const { id } = fullQueue(10);
    const sender = await waitingSender(id);
    process.kill(sender.pid, 'SIGUSR2');
    expect(await sender.result).toMatchObject({ name: 'InterruptedError', code: 'EINTR', syscall: 'msgsnd' });
    expect(msgctl(id, IPC_STAT).msg_qnum).toBe(1);
  });

  itSlow('ends when the queue is removed: EIDRM', async () => {
    const { id } = fullQueue(10);
    const sender = await waitingSender(id);
    msgctl(id, IPC_RMID);
    expect(await sender.result).toMatchObject({ name: 'QueueRemovedError', code: 'EIDRM', syscall: 'msgsnd' });
  });
});

describe('a msgrcv that waits', () => {
  it('ends when a message is sent: it is received', async () => {
    const id = newQueueId();
    const receiver = await waitingReceiver(id);
    msgsnd(id, { mtype: 1, mtext: 'here' }, IPC_NOWAIT);
    expect(await receiver.result).toBe('here');
    expect(msgctl(id, IPC_STAT).msg_qnum).toBe(0);
  });

  itSlow('ends when a signal handler runs: EINTR, and nothing is taken', async () => {
    const id = newQueueId();
    const receiver = await waitingReceiver(id);
    process.kill(receiver.pid, 'SIGUSR2');
    expect(await receiver.result).toMatchObject({ name: 'InterruptedError', code: 'EINTR', syscall: 'msgrcv' });
    msgsnd(id, { mtype: 1, mtext: 'here' }, IPC_NOWAIT);
    expect(msgctl(id, IPC_STAT).msg_qnum).toBe(1);
  });

  itSlow('ends when the queue is removed: EIDRM', async () => {
    const id = newQueueId();
    const receiver = await waitingReceiver(id);
    msgctl(id, IPC_RMID);
    expect(await receiver.result).toMatchObject({ name: 'QueueRemovedError', code: 'EIDRM', syscall: 'msgrcv' });
  });
});

describe('a message larger than msg_qbytes, but not than MSGMAX', () => {
  it.each([
    ['empty', 0],
    ['not empty', 4],
  ])('is refused by trySend at once when the queue is %s', (_, used) => {
    const queue = newQueue({ maxBytes: 10 });
    if (used > 0) queue.sendSync(Buffer.alloc(used));
    const error = failure(() => queue.trySend(Buffer.alloc(11), { type: 3 }));
    expect(error).toBeInstanceOf(MessageTooLargeError);
    expect(error).toMatchObject({
      code: 'EINVAL',
      limit: 'msg_qbytes',
      limitValue: 10,
      requested: 11,
      queueId: queue.id,
      messageType: 3,
    });
  });

  // In a process of its own: waited with, the message would block the thread forever.
  itSlow.each([
    ['empty', 0],
    ['not empty', 4],
  ])('is refused by sendSync at once when the queue is %s', async (_, used) => {
    const queue = newQueue({ maxBytes: 10 });
    if (used > 0) queue.sendSync(Buffer.alloc(used));
    const error = await inChild(
      ({ sysvmq, failure }, id) => failure(() => sysvmq.MessageQueue.attach(id).sendSync(Buffer.alloc(11))),
      queue.id,
    );
    expect(error).toMatchObject({
      name: 'MessageTooLargeError',
      code: 'EINVAL',
      limit: 'msg_qbytes',
      limitValue: 10,
      requested: 11,
    });
    expect(queue.stat().usedBytes).toBe(used);
  });

  itNeeds(slow(otherUsers), 'is refused also where the sender may write to the queue, but not read it', async () => {
    const queue = newQueue({ maxBytes: 10, mode: 0o622 });
    const error = await inChild(
      ({ sysvmq, failure }, id) => failure(() => sysvmq.MessageQueue.attach(id).sendSync(Buffer.alloc(11))),
      queue.id,
      { user: nobody },
    );
    expect(error).toMatchObject({ name: 'MessageTooLargeError', code: 'EINVAL', limit: 'msg_qbytes', limitValue: 10 });
  });

  itSlow('is refused also when msg_qbytes is lowered while sendSync waits', async () => {
    const queue = fullQueue(10);
    const sender = startChild(
      ({ sysvmq, failure }, id) => failure(() => sysvmq.MessageQueue.attach(id).sendSync(Buffer.alloc(10))),
      queue.id,
    );
    await sender.blockedIn('msgsnd');
    queue.set({ maxBytes: 9 });
    expect(await sender.result).toMatchObject({
      name: 'MessageTooLargeError',
      code: 'EINVAL',
      limit: 'msg_qbytes',
      limitValue: 9,
      requested: 10,
    });
    expect(queue.stat().messageCount).toBe(1);
  });
});
