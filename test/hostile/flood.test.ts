/** A neighbor with write permission that sends without end: empty messages, huge ones, and messages that do not decode. */

import { codecs, MessageQueue } from '../../lib/index';
import { type ChildContext, startChild, until } from '../support/child';
import { setLimit } from '../support/namespace';
import { newQueue } from '../support/queues';
import { itSlow } from '../support/slow';

interface Flood {
  id: number;
  length: number;
  type: number;
}

async function flood({ sysvmq, told, say }: ChildContext, { id, length, type }: Flood): Promise<number> {
  const queue = sysvmq.MessageQueue.attach(id);
  let stopped = false;
  told().then(() => {
    stopped = true;
  });
  const data = Buffer.alloc(length, '{');
  let sent = 0;
  for (; !stopped; await new Promise(setImmediate)) {
    for (let burst = 0; burst < 500 && queue.trySend(data, { type }); burst++) sent += 1;
    if (!queue.trySend(data, { type })) say('full');
    else sent += 1;
  }
  return sent;
}

itSlow('a flood of empty messages fills the queue by count, and says so to the next sender', async () => {
  const queue = newQueue();
  const neighbor = startChild(flood, { id: queue.id, length: 0, type: 1 });
  await neighbor.said('full');
  expect(queue.stat()).toMatchObject({ messageCount: 16_384, usedBytes: 0 });
  await expect(queue.send('mine', { nowait: true })).rejects.toMatchObject({ name: 'QueueFullError', code: 'EAGAIN' });
  await neighbor.kill();
});

itSlow('a receiver of another type gets its messages through a flood of empty ones', async () => {
  const queue = newQueue();
  const neighbor = startChild(flood, { id: queue.id, length: 0, type: 1 });
  await neighbor.said('full');
  // Room for one, which the neighbor wants as well; a send that waits gets it in the end.
  const sent = queue.send('mine', { type: 2 });
  const received = queue.receive({ type: 2 });
  let arrived = false;
  received.then(() => {
    arrived = true;
  });
  await until('the message has arrived', () => {
    queue.tryReceive({ type: 1 });
    return arrived;
  });
  await sent;
  expect((await received).data.toString()).toBe('mine');
  await neighbor.kill();
});

itSlow(
  'maxLength keeps huge messages of a neighbor out of this process: an error each, and the message stays',
  async () => {
    setLimit('msgmax', 8 << 20);
    setLimit('msgmnb', 16 << 20);
    const queue = newQueue();
    const neighbor = startChild(flood, { id: queue.id, length: 8 << 20, type: 1 });
    await neighbor.said('full');
    const before = process.memoryUsage().external;
    const calls = [
      () => queue.receive({ maxLength: 1000 }),
      () => queue.receiveMany({ maxLength: 1000 }),
      () => queue.messages({ maxLength: 1000 }).next(),
    ];
    for (const call of calls) {
      await expect(call()).rejects.toMatchObject({ name: 'BufferTooSmallError', code: 'E2BIG', maxLength: 1000 });
    }
    expect(() => queue.tryReceive({ maxLength: 1000 })).toThrow(expect.objectContaining({ code: 'E2BIG' }));
    expect(process.memoryUsage().external - before).toBeLessThan(1 << 20);
    expect(queue.stat().messageCount).toBe(2);
    // With truncate they can be got rid of, without their bytes.
    expect(queue.tryReceive({ maxLength: 10, truncate: true })).toMatchObject({ truncated: true });
    await neighbor.kill();
  },
);

it('messages that do not decode end no wait but the one that took them, and carry their bytes', async () => {
  const { id } = newQueue();
  const queue = MessageQueue.attach(id, { codec: codecs.json<{ good: number }>() });
  const raw = MessageQueue.attach(id);
  const receives = [queue.receive(), queue.receive(), queue.receive()];
  const settled = Promise.allSettled(receives);
  raw.sendSync('{{{', { nowait: true });
  queue.sendSync({ good: 1 }, { nowait: true });
  raw.sendSync(Buffer.from([0xff, 0xfe]), { nowait: true });
  expect(await settled).toMatchObject([
    { status: 'rejected', reason: { name: 'DecodeError', code: 'ERR_MESSAGE_DECODE', raw: Buffer.from('{{{') } },
    { status: 'fulfilled', value: { data: { good: 1 } } },
    { status: 'rejected', reason: { name: 'DecodeError', raw: Buffer.from([0xff, 0xfe]) } },
  ]);
});
