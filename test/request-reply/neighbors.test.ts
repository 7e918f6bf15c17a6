/** What other processes put into the queues of requests and replies harms neither servers nor clients. */

import { statSync } from 'node:fs';
import { codecs, MessageQueue, QueueRemovedError } from '../../lib/index';
import { inChild, nobody, until } from '../support/child';
import { itNeeds } from '../support/needs';
import { newQueue } from '../support/queues';
import { rejectionOf } from '../support/rejection';
import { newClient, newServer } from '../support/requests';
import { itSlow, slow } from '../support/slow';

const LARGEST_TYPE = 2n ** 63n - 1n;

/** A reply that expired long ago. */
function expiredReply(): Buffer {
  const frame = Buffer.alloc(24);
  frame.write('RP\x01', 'latin1');
  frame.writeBigUInt64LE(1n, 16);
  return frame;
}

it.each([2n ** 31n, 2n ** 53n + 1n, 2n ** 62n + 1n, LARGEST_TYPE])(
  'a server sweeps an expired reply of type %s out, and goes on',
  async (type) => {
    const requests = newQueue({ codec: codecs.utf8 });
    newServer(requests, (text) => text.toUpperCase(), { replyLifetime: 200 });
    MessageQueue.attach(requests.id).trySend(expiredReply(), { type });
    await until('the reply is swept out', () => requests.stat().messageCount === 0);
    expect(await newClient(requests).request('hello')).toBe('HELLO');
  },
);

it('a server leaves neighbors’ messages of any type and content where they are', async () => {
  const requests = newQueue({ codec: codecs.utf8 });
  newServer(requests, (text) => text, { replyLifetime: 100 });
  const strange = [Buffer.alloc(0), Buffer.from('RP'), Buffer.alloc(24, 'RP\x01'), Buffer.alloc(24, 0xff)];
  const types = [70_000n, 2n ** 40n, 2n ** 62n, LARGEST_TYPE];
  for (const data of strange) for (const type of types) MessageQueue.attach(requests.id).trySend(data, { type });
  const client = newClient(requests);
  for (let rounds = 0; rounds < 20; rounds++) expect(await client.request('x')).toBe('x');
  // The third one is a reply that expires in the far future.
  expect(requests.stat().messageCount).toBe(strange.length * types.length);
});

it.each([
  ['an empty message', ''],
  ['a message of one byte', 'x'],
])('%s of any type does not keep a client from noticing that the requests are gone', async (_, data) => {
  const requests = newQueue({ codec: codecs.utf8 });
  const client = newClient(requests, { replies: 'private' });
  const refused = rejectionOf(client.request('hello'));
  const types = [LARGEST_TYPE, LARGEST_TYPE - 1n, 2n ** 62n, 2n ** 53n, 2n ** 31n];
  for (const type of types) requests.trySend(data, { type });
  // They are still there: the watch takes nothing.
  expect(types.filter((type) => requests.tryReceive({ type }) === undefined)).toEqual([]);
  for (const type of types) requests.trySend(data, { type });
  requests.remove();
  expect(await refused).toBeInstanceOf(QueueRemovedError);
});

itSlow('a client that may not read the queue of the requests notices that it is gone, too', async () => {
  const requests = newQueue();
  requests.set({ mode: 0o622 });
  const { id } = requests;
  const refused = inChild(
    async ({ sysvmq }, queueId) => {
      const client = new sysvmq.RequestClient(sysvmq.MessageQueue.attach(queueId), { replies: 'private' });
      return client.request('x', { timeout: 20_000 }).catch(({ name, code }) => ({ name, code }));
    },
    id,
    { user: nobody },
  );
  await until('the request is in the queue', () => requests.stat().messageCount === 1);
  requests.remove();
  expect(await refused).toEqual({ name: 'QueueRemovedError', code: 'EIDRM' });
});

// The cost of one look is bounded by its count and its time; between two looks the event loop turns.
itSlow('a flood of expired replies leaves the event loop of a server time for others', async () => {
  const requests = newQueue({ codec: codecs.utf8 });
  const replies = newQueue({ codec: codecs.utf8 });
  newServer(requests, (text) => text, { replyLifetime: 200, replies });
  const flood = MessageQueue.attach(replies.id);
  const batch = Array(200).fill({ data: expiredReply(), type: 99_999 });
  let turns = 0;
  for (let rounds = 0; rounds < 50; rounds++) {
    while (flood.trySendMany(batch) > 0);
    const before = replies.stat().messageCount;
    expect(before).toBeGreaterThan(256);
    for (; replies.stat().messageCount === before; turns++) await new Promise((resolve) => setTimeout(resolve, 1));
    // One look at most has come in between two turns.
    expect(before - replies.stat().messageCount).toBeLessThanOrEqual(256);
  }
  expect(turns).toBeGreaterThan(0);
});

const otherClock = {
  met: process.getuid?.() === 0 && hasTimeNamespaces(),
  reason: 'a time namespace takes root, and Linux 5.6 or later',
};

function hasTimeNamespaces(): boolean {
  try {
    return statSync('/proc/self/ns/time').ino > 0;
  } catch {
    return false;
  }
}

describe('across time namespaces', () => {
  const inOtherTime = ['unshare', '--time', '--monotonic', '1000000', '--fork'];

  itNeeds(slow(otherClock), 'a request with a timeout is handled, and answered', async () => {
    const requests = newQueue({ codec: codecs.utf8 });
    newServer(requests, (text, { timeLeft }) => `${text} ${timeLeft}`);
    const reply = await inChild(
      ({ sysvmq }, id) => {
        const queue = sysvmq.MessageQueue.attach(id, { codec: sysvmq.codecs.utf8 });
        return new sysvmq.RequestClient(queue).request('hello', { timeout: 20_000 });
      },
      requests.id,
      { prefix: inOtherTime },
    );
    expect(reply).toBe('hello Infinity');
  });

  itNeeds(slow(otherClock), 'a reply that has not expired is not swept out', async () => {
    const replies = newQueue();
    await inChild(
      ({ sysvmq, require }, id) => {
        const frame = Buffer.alloc(24);
        frame.write('RP\x01', 'latin1');
        frame.writeUInt32LE((require('node:fs') as typeof import('node:fs')).statSync('/proc/self/ns/time').ino, 4);
        frame.writeBigUInt64LE(process.hrtime.bigint() / 1_000_000n - 1n, 16);
        sysvmq.MessageQueue.attach(id).trySend(frame, { type: 70_000 });
        return Promise.resolve();
      },
      replies.id,
      { prefix: ['unshare', '--time', '--monotonic', '-1', '--fork'] },
    );
    const server = newServer(newQueue(), (bytes) => bytes, { replyLifetime: 100, replies });
    replies.trySend(expiredReply(), { type: 70_001 });
    await until('what has expired here is swept out', () => replies.stat().messageCount === 1);
    expect(replies.tryReceive({ type: 70_000 })).toBeDefined();
    await server.close();
  });
});
