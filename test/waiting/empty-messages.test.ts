/** Empty messages: the wait itself takes them, so they come another way than the others. */

import { codecs, MessageQueue } from '../../lib/index';
import { startChild } from '../support/child';
import { newQueue } from '../support/queues';
import { itSlow } from '../support/slow';
import { untilWaiting } from '../support/waiting-threads';

const types: (number | bigint)[] = [1, 2 ** 31, 2 ** 53 - 1, 2n ** 53n + 1n, 2n ** 62n, 2n ** 63n - 1n];

const spins = { polling: 1_000_000, parked: 0 };

type Way = 'immediate' | keyof typeof spins;
type Take = (queue: MessageQueue) => Promise<unknown>;

const forms: [string, Take][] = [
  ['receive', (queue) => queue.receive()],
  ['receive of lowest types', (queue) => queue.receive({ upTo: 2n ** 63n - 1n })],
  ['receive of no more than 0 bytes', (queue) => queue.receive({ maxLength: 0 })],
  ['receive that cuts', (queue) => queue.receive({ maxLength: 0, truncate: true })],
  ['receiveMany', async (queue) => (await queue.receiveMany())[0]],
  ['messages', async (queue) => (await queue.messages().next()).value],
];

function beBusyFor(ms: number): void {
  for (const until = performance.now() + ms; performance.now() < until; );
}

describe.each<Way>(['immediate', 'polling', 'parked'])('an empty message that comes when a receive is %s', (way) => {
  it.each(forms)('is received with its exact type: %s', async (_, take) => {
    const { id } = newQueue();
    const queue = MessageQueue.attach(id, { spin: way === 'immediate' ? 0 : spins[way] });
    for (const type of types) {
      if (way === 'immediate') queue.trySend('', { type });
      const taking = take(queue);
      if (way === 'parked') await untilWaiting('sysvmq-recv', 1);
      if (way !== 'immediate') queue.trySend('', { type });
      expect(await taking).toMatchObject({
        type: Number(type),
        typeBigInt: BigInt(type),
        data: Buffer.alloc(0),
        truncated: false,
      });
    }
    expect(queue.stat().messageCount).toBe(0);
    queue.close();
  });
});

itSlow('an empty message that comes while receiveSync blocks is received with its exact type', async () => {
  const queue = newQueue();
  const child = startChild(
    ({ sysvmq }, { id, count }) => {
      const queue = sysvmq.MessageQueue.attach(id);
      return Array.from({ length: count }, () => queue.receiveSync()).map(({ typeBigInt, data }) => [
        typeBigInt,
        data.length,
      ]);
    },
    { id: queue.id, count: types.length },
  );
  for (const type of types) {
    await child.blockedIn('msgrcv');
    queue.trySend('', { type });
  }
  expect(await child.result).toEqual(types.map((type) => [BigInt(type), 0]));
});

it('an empty message that a codec does not read is an error that has its type', async () => {
  const queue = newQueue({ codec: codecs.json(), spin: 0 });
  const receiving = queue.receive();
  await untilWaiting('sysvmq-recv', 1);
  MessageQueue.attach(queue.id).trySend('', { type: 2n ** 62n });
  await expect(receiving).rejects.toMatchObject({
    name: 'DecodeError',
    code: 'ERR_MESSAGE_DECODE',
    messageType: 2n ** 62n,
    raw: Buffer.alloc(0),
  });
  queue.close();
});

describe.each([
  ['parked', 0],
  ['polling', 1_000_000],
])('several receives that are %s', (_, spin) => {
  it('get empty messages one each, in order', async () => {
    const queue = newQueue({ spin });
    const receives = [1, 2, 3, 4, 5].map(() => queue.receive());
    if (spin === 0) await untilWaiting('sysvmq-recv', 1);
    for (const type of [11, 12, 13, 14, 15]) queue.trySend('', { type });
    const messages = await Promise.all(receives);
    expect(messages.map(({ type }) => type)).toEqual([11, 12, 13, 14, 15]);
    queue.close();
  });

  it('get empty and other messages one each, in order', async () => {
    const queue = newQueue({ spin });
    const receives = Array.from({ length: 20 }, () => queue.receive());
    if (spin === 0) await untilWaiting('sysvmq-recv', 1);
    const sent = receives.map((_, index) => ({ data: 'x'.repeat(index % 3), type: index + 1 }));
    for (const { data, type } of sent) queue.trySend(data, { type });
    const messages = await Promise.all(receives);
    expect(messages.map(({ data, type }) => ({ data: data.toString(), type }))).toEqual(sent);
    queue.close();
  });

  it('get an empty message before those that are sent while the event loop is busy', async () => {
    const queue = newQueue({ spin });
    const receives = [1, 2, 3].map(() => queue.receive());
    if (spin === 0) await untilWaiting('sysvmq-recv', 1);
    queue.trySend('', { type: 1 });
    // Longer than a message stays that has woken no wait.
    beBusyFor(60);
    queue.trySend('x', { type: 2 });
    queue.trySend('', { type: 3 });
    beBusyFor(60);
    expect((await Promise.all(receives)).map(({ type }) => type)).toEqual([1, 2, 3]);
    queue.close();
  });

  it('get the empty messages that each has selected', async () => {
    const queue = newQueue({ spin });
    const receives = [
      queue.receive({ type: 3 }),
      queue.receive({ except: 3 }),
      queue.receive({ type: 2n ** 62n }),
      queue.receiveMany({ type: 4 }).then(([message]) => message),
    ];
    if (spin === 0) await untilWaiting('sysvmq-recv', 4);
    // `except: 3` would take the later ones as well, so it gets one of its own before they are sent.
    queue.trySend('', { type: 3 });
    expect((await receives[0])?.type).toBe(3);
    queue.trySend('', { type: 9 });
    expect((await receives[1])?.type).toBe(9);
    queue.trySend('', { type: 4 });
    queue.trySend('', { type: 2n ** 62n });
    expect((await receives[2])?.typeBigInt).toBe(2n ** 62n);
    expect((await receives[3])?.type).toBe(4);
    queue.close();
  });
});

// The kernel gives a message to the first of the waiting threads that selects it, and so does a process.
describe('receives with different selections that wait', () => {
  it('get an empty message only if they selected it and no earlier message was theirs', async () => {
    const queue = newQueue({ spin: 0 });
    for (let round = 0; round < 50; round++) {
      const any = queue.receive();
      const lowest = queue.receive({ upTo: 1 });
      await untilWaiting('sysvmq-recv', 2);
      await queue.sendMany([
        { type: 5, data: 'first' },
        { type: 1, data: '' },
      ]);
      expect([(await any).type, (await lowest).type]).toEqual([5, 1]);
    }
    queue.close();
  });

  it('get an empty message that another receive had been woken for and was canceled', async () => {
    const queue = newQueue({ spin: 0 });
    const canceling = new AbortController();
    const lowest = queue.receive({ upTo: 1, signal: canceling.signal });
    await untilWaiting('sysvmq-recv', 1);
    queue.trySend('', { type: 1 });
    // The event loop has not read of the message when the receive is canceled.
    while (queue.stat().messageCount > 0);
    const any = queue.receive();
    canceling.abort();
    await expect(lowest).rejects.toMatchObject({ name: 'AbortError' });
    expect((await any).type).toBe(1);
    queue.close();
  });
});
