/** Limits that are changed, by another process, while something waits. */

import { type Message, MessageQueue, MessageTooLargeError } from '../../lib/index';
import { type ChildContext, inChild } from '../support/child';
import { setLimit } from '../support/namespace';
import { fullQueue, newQueue } from '../support/queues';
import { itSlow } from '../support/slow';
import { untilWaiting } from '../support/waiting-threads';

const LARGE = 3 * 2 ** 20;
const ROOM = 4 * 2 ** 20;

/** Bytes that differ from place to place, so that a part that is missing or moved shows. */
function bytesOf(length: number): Buffer {
  return Buffer.from(Uint32Array.from({ length: Math.ceil(length / 4) }, (_, index) => index).buffer).subarray(
    0,
    length,
  );
}

// Raises the limits and sends messages of these lengths.
async function sendLarge(id: number, lengths: number[]): Promise<void> {
  setLimit('msgmax', ROOM);
  setLimit('msgmnb', ROOM);
  await inChild(
    async ({ sysvmq }: ChildContext, { id, room, lengths }) => {
      const queue = sysvmq.MessageQueue.attach(id);
      queue.set({ maxBytes: room });
      for (const length of lengths) {
        const words = Uint32Array.from({ length: Math.ceil(length / 4) }, (_, index) => index);
        await queue.send(Buffer.from(words.buffer).subarray(0, length));
      }
    },
    { id, room: ROOM, lengths },
  );
}

const forms: [string, (queue: MessageQueue) => Promise<Message>][] = [
  ['receive', (queue) => queue.receive()],
  ['receiveMany', async (queue) => (await queue.receiveMany())[0] as Message],
  ['messages', async (queue) => (await queue.messages().next()).value],
];

describe('a message larger than any before, after msgmax was raised', () => {
  itSlow.each(forms)('comes whole to a receive that is parked: %s', async (_, take) => {
    const queue = newQueue({ spin: 0 });
    const taking = take(queue);
    await untilWaiting('sysvmq-recv', 1);
    await sendLarge(queue.id, [LARGE]);
    const { data, truncated } = await taking;
    expect(data.equals(bytesOf(LARGE))).toBe(true);
    expect(truncated).toBe(false);
    queue.close();
  });

  itSlow('comes whole to a receive that polls', async () => {
    const queue = newQueue({ spin: 1_000_000 });
    const receiving = queue.receive();
    await sendLarge(queue.id, [LARGE]);
    expect((await receiving).data.equals(bytesOf(LARGE))).toBe(true);
    queue.close();
  });

  itSlow('comes whole also when each is larger than the one before', async () => {
    const lengths = [16_385, 100_000, 2 ** 20 + 1, LARGE];
    const queue = newQueue({ spin: 0 });
    const receives = lengths.map(() => queue.receive());
    await untilWaiting('sysvmq-recv', 1);
    await sendLarge(queue.id, lengths);
    const received = (await Promise.all(receives)).map(({ data }) => data);
    expect(received.map(({ length }) => length)).toEqual(lengths);
    expect(received.every((data) => data.equals(bytesOf(data.length)))).toBe(true);
    queue.close();
  });

  itSlow('waits for room as any other, and arrives whole', async () => {
    const queue = newQueue({ spin: 0 });
    await sendLarge(queue.id, [LARGE]);
    const sending = queue.send(bytesOf(LARGE), { type: 2 });
    await untilWaiting('sysvmq-send', 1);
    queue.tryReceive();
    await sending;
    expect(queue.tryReceive({ type: 2 })?.data.equals(bytesOf(LARGE))).toBe(true);
  });
});

describe('sends that wait when another process lowers msg_qbytes below their length', () => {
  const lower = (id: number, maxBytes: number): Promise<void> =>
    inChild(({ sysvmq }, change) => sysvmq.MessageQueue.attach(change.id).set({ maxBytes: change.maxBytes }), {
      id,
      maxBytes,
    });
  const tooLarge = { code: 'EINVAL', syscall: 'msgsnd', limit: 'msg_qbytes', limitValue: 5, requested: 10 };

  itSlow('are MessageTooLargeErrors, and those that fit go on in order', async () => {
    const full = fullQueue(10);
    const queue = MessageQueue.attach(full.id);
    const outcomes = Promise.allSettled(['one is ten', 'two', 'is ten too', 'four'].map((data) => queue.send(data)));
    await untilWaiting('sysvmq-send', 1);
    await lower(full.id, 5);
    full.tryReceive();
    const received = [await full.receive(), await full.receive()];
    expect(received.map(({ data }) => data.toString())).toEqual(['two', 'four']);
    const [one, two, three, four] = await outcomes;
    expect([two?.status, four?.status]).toEqual(['fulfilled', 'fulfilled']);
    for (const outcome of [one, three]) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: tooLarge });
      expect((outcome as PromiseRejectedResult).reason).toBeInstanceOf(MessageTooLargeError);
    }
    expect(full.stat().messageCount).toBe(0);
  });

  itSlow('reject also while no process receives', async () => {
    const { id } = fullQueue(10);
    const sending = MessageQueue.attach(id).send('is ten too');
    const outcome = sending.catch((error) => error);
    await untilWaiting('sysvmq-send', 1);
    await lower(id, 5);
    const error = await outcome;
    expect(error).toBeInstanceOf(MessageTooLargeError);
    expect(error).toMatchObject(tooLarge);
  });

  it('go on when it is raised again at once', async () => {
    const full = fullQueue(10);
    const sending = MessageQueue.attach(full.id).send('is ten too');
    await untilWaiting('sysvmq-send', 1);
    full.set({ maxBytes: 5 });
    full.set({ maxBytes: 10 });
    full.tryReceive();
    await sending;
    expect(full.tryReceive()?.data.toString()).toBe('is ten too');
  });
});

describe('sends that wait when another process raises msg_qbytes', () => {
  itSlow('are sent without any receiver', async () => {
    const { id } = fullQueue(10);
    const queue = MessageQueue.attach(id);
    const sends = Promise.all([queue.send('more'), queue.send('and more')]);
    await untilWaiting('sysvmq-send', 1);
    await inChild(({ sysvmq }, queueId) => sysvmq.MessageQueue.attach(queueId).set({ maxBytes: 22 }), id);
    await sends;
    expect(queue.stat().usedBytes).toBe(22);
  });
});
