/** A queue that is removed, by another process, while much waits for it. */

import { MessageQueue, QueueRemovedError } from '../../lib/index';
import { inChild } from '../support/child';
import { fullQueue, newQueue } from '../support/queues';
import { itSlow } from '../support/slow';
import { untilWaiting } from '../support/waiting-threads';

async function removeElsewhere(id: number): Promise<void> {
  await inChild(({ sysvmq }, queueId) => sysvmq.MessageQueue.attach(queueId).remove(), id);
}

/** Every way to wait for a message. Those of one selector wait in one line, so these are seven lines. */
function waitForMessages(queue: MessageQueue): Promise<unknown>[] {
  return [
    queue.receive(),
    queue.receive(),
    queue.receive({ type: 1 }),
    queue.receive({ type: 2n ** 62n }),
    queue.receive({ except: 3 }),
    queue.receive({ upTo: 4 }),
    queue.receiveMany({ max: 5 }),
    queue.receiveMany({ type: 5 }),
    queue.messages().next(),
    queue.messages({ upTo: 6 }).next(),
  ];
}

/** What became of each: its error, or what it resolved with. Asked for at once, so that no rejection is unhandled. */
async function settled(promises: Promise<unknown>[]): Promise<unknown[]> {
  const outcomes = await Promise.allSettled(promises);
  return outcomes.map((outcome) => (outcome.status === 'rejected' ? outcome.reason : outcome.value));
}

function expectRemoved(errors: unknown[], count: number, expected: object): void {
  expect(errors).toHaveLength(count);
  for (const error of errors) {
    expect(error).toBeInstanceOf(QueueRemovedError);
    expect(error).toMatchObject(expected);
  }
}

describe('a queue that is removed', () => {
  itSlow('ends every receive that is parked: EIDRM', async () => {
    const { id } = newQueue();
    const receives = settled(waitForMessages(MessageQueue.attach(id, { spin: 0 })));
    await untilWaiting('sysvmq-recv', 7);
    await removeElsewhere(id);
    expectRemoved(await receives, 10, { code: 'EIDRM', syscall: 'msgrcv', queueId: id });
  });

  it('ends every receive that polls: EINVAL, which says that it is gone', async () => {
    const { id } = newQueue();
    const polling = MessageQueue.attach(id, { spin: 1_000_000 });
    const receives = settled(waitForMessages(polling));
    polling.remove();
    expectRemoved(await receives, 10, { code: 'EINVAL', syscall: 'msgrcv', queueId: id });
  });

  itSlow('ends every send that waits: EIDRM for the one under way, EINVAL for those behind it', async () => {
    const { id } = fullQueue();
    const queue = MessageQueue.attach(id);
    const sends = settled(Array.from({ length: 10 }, (_, index) => queue.send('x', { type: index + 1 })));
    await untilWaiting('sysvmq-send', 1);
    await removeElsewhere(id);
    const [first, ...others] = await sends;
    expectRemoved([first], 1, { code: 'EIDRM', syscall: 'msgsnd', queueId: id, messageType: 1 });
    expectRemoved(others, 9, { code: 'EINVAL', syscall: 'msgsnd', queueId: id });
  });

  itSlow('ends a sendMany that waits, which says how many were sent', async () => {
    const queue = newQueue({ maxBytes: 10 });
    const sending = settled([queue.sendMany(Array.from({ length: 8 }, () => ({ data: '1234' })))]);
    await untilWaiting('sysvmq-send', 1);
    await removeElsewhere(queue.id);
    expectRemoved(await sending, 1, { code: 'EIDRM', sent: 2 });
  });

  itSlow('ends receives and sends that wait at the same time', async () => {
    const { id } = fullQueue();
    const queue = MessageQueue.attach(id, { spin: 0 });
    const receives = [2, 3, 4, 5, 6].flatMap((type) => [queue.receive({ type }), queue.receiveMany({ type })]);
    const sends = Array.from({ length: 10 }, () => queue.send('x', { type: 7 }));
    const all = settled([...receives, ...sends]);
    await untilWaiting('sysvmq-recv', 5);
    await untilWaiting('sysvmq-send', 1);
    await removeElsewhere(id);
    expectRemoved(await all, 20, { queueId: id });
  });

  it('ends no wait of another queue', async () => {
    const removed = newQueue({ spin: 0 });
    const other = newQueue({ spin: 0 });
    const receives = settled([removed.receive()]);
    const stays = other.receive();
    await untilWaiting('sysvmq-recv', 2);
    await removeElsewhere(removed.id);
    expectRemoved(await receives, 1, { code: 'EIDRM' });
    other.trySend('still here');
    expect((await stays).data.toString()).toBe('still here');
    other.close();
  });
});
