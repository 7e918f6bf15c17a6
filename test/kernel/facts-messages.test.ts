import { IPC_NOWAIT, IPC_STAT, type MessageQueue, msgctl, msgrcv, QueueFullError } from '../../lib/index';
import { inChild } from '../support/child';
import { setLimit } from '../support/namespace';
import { newQueue } from '../support/queues';
import { itSlow } from '../support/slow';

const MiB = 1 << 20;

/** Bytes that differ from place to place, and from one length to another. */
function pattern(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at + 4 <= length; at += 4) bytes.writeUInt32LE((at * 2654435761 + length) >>> 0, at);
  return bytes;
}

/** A new queue that takes one message of this length. */
function queueFor(length: number): MessageQueue {
  setLimit('msgmax', length);
  setLimit('msgmnb', length);
  return newQueue();
}

const receivers: [method: string, receive: (queue: MessageQueue) => Buffer | undefined][] = [
  ['tryReceive', (queue) => queue.tryReceive()?.data],
  ['receiveSync', (queue) => queue.receiveSync().data],
  ['msgrcv', (queue) => msgrcv(queue.id).mtext],
];

describe('empty messages', () => {
  it.each([1, 10, 1000])('are taken as many as msg_qbytes says: %d', (maxBytes) => {
    const queue = newQueue({ maxBytes });
    let count = 0;
    while (queue.trySend('')) count += 1;
    expect(count).toBe(maxBytes);
    expect(() => queue.sendSync('', { nowait: true })).toThrow(QueueFullError);
    expect(queue.stat()).toMatchObject({ messageCount: maxBytes, usedBytes: 0 });
  });

  it('do not count as one byte each: nine of them leave room for ten bytes in a queue of ten', () => {
    const queue = newQueue({ maxBytes: 10 });
    for (let count = 0; count < 9; count++) queue.sendSync('', { nowait: true });
    queue.sendSync('ten bytes!', { nowait: true });
    expect(queue.stat()).toMatchObject({ messageCount: 10, usedBytes: 10 });
  });

  it('fit a queue that holds all the bytes it may', () => {
    const queue = newQueue({ maxBytes: 10 });
    queue.sendSync('ten bytes!');
    expect(queue.trySend('x')).toBe(false);
    expect(queue.trySend('')).toBe(true);
  });

  it('share the count with others: a queue takes msg_qbytes messages whatever their size', () => {
    const queue = newQueue({ maxBytes: 10 });
    for (let count = 0; count < 4; count++) queue.sendSync('', { nowait: true });
    for (let count = 0; count < 6; count++) queue.sendSync('x', { nowait: true });
    expect(queue.stat()).toMatchObject({ messageCount: 10, usedBytes: 6 });
    expect(queue.trySend('x')).toBe(false);
    expect(queue.trySend('')).toBe(false);
  });
});

describe.each(receivers)('%s', (_, receive) => {
  it('takes a message whole that is longer than MSGMAX is now', () => {
    const sent = pattern(100_000);
    const queue = queueFor(sent.length);
    queue.sendSync(sent);
    setLimit('msgmax', 10);
    expect(receive(queue)?.equals(sent)).toBe(true);
    expect(msgctl(queue.id, IPC_STAT).msg_qnum).toBe(0);
  });

  it('takes a message whole when MSGMAX is 0 now', () => {
    const sent = pattern(8192);
    const queue = newQueue();
    queue.sendSync(sent);
    setLimit('msgmax', 0);
    expect(receive(queue)?.equals(sent)).toBe(true);
  });

  it.each([16383, 16384, 16385, 32769, MiB - 1, MiB, MiB + 1, 5 * MiB])('takes %d bytes whole', (length) => {
    const sent = pattern(length);
    const queue = queueFor(length);
    queue.sendSync(sent, { nowait: true });
    expect(receive(queue)?.equals(sent)).toBe(true);
  });

  it('takes small messages as ever after a large one', () => {
    const queue = queueFor(5 * MiB);
    queue.sendSync(pattern(5 * MiB));
    const large = receive(queue);
    for (const length of [0, 1, 8192, 20_000]) {
      const sent = pattern(length);
      queue.sendSync(sent, { nowait: true });
      expect(receive(queue)?.equals(sent)).toBe(true);
    }
    expect(large?.equals(pattern(5 * MiB))).toBe(true);
  });
});

it('a text of several MiB passes whole', () => {
  const text = 'größer als ein Häppchen, €1\n'.repeat(100_000);
  const length = Buffer.byteLength(text);
  const queue = queueFor(length);
  queue.sendSync(text, { nowait: true });
  expect(queue.stat().usedBytes).toBe(length);
  expect(queue.tryReceive()?.data.toString() === text).toBe(true);
});

itSlow('a message of several MiB comes whole out of another process', async () => {
  const length = 3 * MiB;
  const queue = queueFor(length);
  await inChild(({ sysvmq }, { id, bytes }) => sysvmq.msgsnd(id, { mtype: 1, mtext: bytes }, sysvmq.IPC_NOWAIT), {
    id: queue.id,
    bytes: pattern(length),
  });
  setLimit('msgmax', 8192);
  expect(msgrcv(queue.id, undefined, 0, IPC_NOWAIT).mtext.equals(pattern(length))).toBe(true);
});
