/** The order in which waiters are served. Rows GAP-46 to GAP-49 of the conformance catalogue. */

import { IPC_NOWAIT, IPC_STAT, msgctl, msgrcv, msgsnd } from '../../lib/index';
import { nobody, startChild } from '../support/child';
import { itNeeds, otherUsers } from '../support/needs';
import { fullQueue, newQueue, newQueueId } from '../support/queues';
import { itSlow, slow } from '../support/slow';

itSlow('GAP-46 receivers are served in the order in which they began to wait', async () => {
  const id = newQueueId();
  const receivers = Array.from({ length: 8 }, () =>
    startChild(async ({ sysvmq, say, told }, queueId) => {
      say('ready');
      await told();
      return sysvmq.msgrcv(queueId).mtext.toString();
    }, id),
  );
  for (const receiver of receivers) {
    await receiver.said('ready');
    receiver.tell('receive');
    await receiver.blockedIn('msgrcv');
  }
  const texts = receivers.map((_, position) => `for receiver ${position}`);
  for (const mtext of texts) msgsnd(id, { mtype: 1, mtext }, IPC_NOWAIT);
  expect(await Promise.all(receivers.map((receiver) => receiver.result))).toEqual(texts);
});

test('GAP-47 a small message overtakes a large one whose sender is blocked', async () => {
  const queue = newQueue({ maxBytes: 100 });
  queue.sendSync(Buffer.alloc(60), { nowait: true });
  const sender = startChild(({ sysvmq }, id) => {
    sysvmq.msgsnd(id, { mtype: 1, mtext: Buffer.alloc(80) });
  }, queue.id);
  await sender.blockedIn('msgsnd');
  msgsnd(queue.id, { mtype: 1, mtext: Buffer.alloc(20) }, IPC_NOWAIT);
  await sender.blockedIn('msgsnd');
  const lengths = [queue.tryReceive(), queue.tryReceive()].map((message) => message?.data.length);
  await sender.result;
  expect([...lengths, queue.tryReceive()?.data.length]).toEqual([60, 20, 80]);
});

itSlow('GAP-48 a sender and a receiver of one type wait for each other until another type makes room', async () => {
  const id = fullQueue(10).id;
  const receiver = startChild(({ sysvmq }, queueId) => sysvmq.msgrcv(queueId, 100, 2).mtext.toString(), id);
  const sender = startChild(({ sysvmq }, queueId) => sysvmq.msgsnd(queueId, { mtype: 2, mtext: 'of type 2' }), id);
  await Promise.all([receiver.blockedIn('msgrcv'), sender.blockedIn('msgsnd')]);
  expect(msgrcv(id, 100, 1, IPC_NOWAIT).mtype).toBe(1);
  await sender.result;
  expect(await receiver.result).toBe('of type 2');
  expect(msgctl(id, IPC_STAT).msg_qnum).toBe(0);
});

itNeeds(
  slow(otherUsers),
  'GAP-49 a blocked sender that loses write permission stays blocked, and fails with EACCES once there is room',
  async () => {
    const queue = newQueue({ maxBytes: 10, mode: 0o602 });
    queue.sendSync('ten bytes!', { nowait: true });
    const sender = startChild(
      ({ sysvmq, failure }, id) => {
        const refusal = failure(() => sysvmq.msgsnd(id, { mtype: 1, mtext: 'more' }));
        return { refusal, roomWhenRefused: sysvmq.getUsage().messages === 0 };
      },
      queue.id,
      { user: nobody },
    );
    await sender.blockedIn('msgsnd');
    queue.set({ mode: 0o600 });
    await sender.blockedIn('msgsnd');
    expect(queue.tryReceive()?.data.toString()).toBe('ten bytes!');
    expect(await sender.result).toMatchObject({
      refusal: { name: 'QueueAccessError', code: 'EACCES', syscall: 'msgsnd', needed: 'write permission' },
      roomWhenRefused: true,
    });
    expect(queue.stat().messageCount).toBe(0);
  },
);
