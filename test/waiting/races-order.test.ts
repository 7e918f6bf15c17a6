/** Sends arrive in the order of the calls, awaited or not, and as they were at the call. */

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { MessageQueue, QueueFullError, TimeoutError } from '../../lib/index';
import { type ChildContext, startChild } from '../support/child';
import { failure } from '../support/failure';
import { LONG_TIMEOUT_MS, report, times } from '../support/long-tests';
import { fullQueue, newQueue } from '../support/queues';
import { somePauses } from '../support/random-pauses';
import { rejectionOf } from '../support/rejection';
import { type Random, withSeed } from '../support/seeded-random';
import { itSlow } from '../support/slow';
import { untilWaiting } from '../support/waiting-threads';

const MESSAGES = times(10_000, 100_000);
const MAX_MESSAGES_IN_A_ROW = 1000;
const LENGTHS = 150;
/** Room for some twenty messages. */
const CAPACITY = 2000;
const BYTES_OF_NUMBER = 4;
/** Nothing else ends a test that blocks its thread. */
const SYNC_TIMEOUT_MS = 20_000;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** A number, then up to 149 bytes that go with it, in memory of their own. */
function bytesOf(number: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(BYTES_OF_NUMBER + (number % LENGTHS)).fill(number % 251, BYTES_OF_NUMBER);
  new DataView(bytes.buffer).setUint32(0, number, true);
  return bytes;
}

// The call has copied it: changes from now on have no effect.
function spoil(random: Random, bytes: Uint8Array<ArrayBuffer>): void {
  const kind = random.below(3);
  if (kind === 0) bytes.fill(255);
  if (kind === 1) structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
}

/** The second process: takes messages singly and in batches, with pauses; the number of each, or −1 for a corrupted one. */
async function takeAll(
  { sysvmq, say }: ChildContext,
  { id, count, pauses, lengths }: { id: number; count: number; pauses: number[]; lengths: number },
): Promise<Int32Array> {
  const queue = sysvmq.MessageQueue.attach(id);
  const numbers = new Int32Array(count);
  let taken = 0;
  say('ready');
  for (let turn = 0; taken < count; turn++) {
    const pause = pauses[turn % pauses.length] as number;
    const end = performance.now() + pause / 1000;
    while (performance.now() < end);
    const messages = turn % 2 === 0 ? [await queue.receive()] : await queue.receiveMany({ max: 1 + (pause % 20) });
    for (const { data } of messages) {
      const number = data.readUInt32LE(0);
      const intact = data.length === 4 + (number % lengths) && data.subarray(4).every((byte) => byte === number % 251);
      numbers[taken++] = intact ? number : -1;
    }
  }
  return numbers;
}

// When a test has failed, what it has not awaited yet must not end the whole run.
function sendUnawaited(queue: MessageQueue, data: string | Uint8Array): Promise<void> {
  const sending = queue.send(data);
  sending.catch(() => undefined);
  return sending;
}

/** Sends the next numbers by one of the calls; how many. Awaits nothing. */
function sendSome(random: Random, queue: MessageQueue, first: number): { count: number; done: Promise<unknown> } {
  const form = random.below(100);
  const count = form < 10 ? Math.min(1 + random.below(10), MESSAGES - first) : 1;
  const all = Array.from({ length: count }, (_, index) => bytesOf(first + index));
  let done: Promise<unknown> = Promise.resolve();
  if (form < 10) done = queue.sendMany(all.map((data, index) => ({ data: index % 2 === 0 ? data : data.buffer })));
  else if (form < 11) queue.sendSync(all[0] as Uint8Array, { timeout: SYNC_TIMEOUT_MS });
  else done = sendUnawaited(queue, all[0] as Uint8Array);
  for (const bytes of all) spoil(random, bytes);
  return { count, done };
}

itSlow(
  'sends that are not awaited arrive in order and intact, whatever becomes of their buffers',
  () =>
    withSeed(async (random) => {
      const queue = newQueue({ maxBytes: CAPACITY });
      const taker = startChild(takeAll, {
        id: queue.id,
        count: MESSAGES,
        pauses: somePauses(random),
        lengths: LENGTHS,
      });
      await taker.said('ready');
      let unawaited = 0;
      for (let sent = 0; sent < MESSAGES; ) {
        const row: Promise<unknown>[] = [];
        for (let length = 1 + random.below(MAX_MESSAGES_IN_A_ROW); length > 0 && sent < MESSAGES; length--) {
          const { count, done } = sendSome(random, queue, sent);
          row.push(done);
          sent += count;
        }
        unawaited = Math.max(unawaited, row.length);
        if (random.below(10) === 0) collectGarbage();
        await Promise.all(row);
      }
      const numbers = (await taker.result) as Int32Array;
      report(`${MESSAGES} messages, up to ${unawaited} calls without an await`);
      expect(numbers).toEqual(Int32Array.from({ length: MESSAGES }, (_, index) => index));
    }),
  LONG_TIMEOUT_MS,
);

// Takes what is there, and makes room by that.
const contents = (queue: MessageQueue): string[] => queue.tryReceiveMany().map(({ data }) => data.toString());

describe('while a send waits, a queue that has room again is still full for', () => {
  // A send waits; its thread may have sent it by now, but this turn of the event loop has not heard of it.
  function queueWithWaitingSend(): { queue: MessageQueue; waiting: Promise<void> } {
    const queue = fullQueue(10);
    const waiting = sendUnawaited(queue, 'waiting');
    expect(queue.tryReceive()?.data.toString()).toBe('x'.repeat(10));
    return { queue, waiting };
  }

  test('trySend', async () => {
    const { queue, waiting } = queueWithWaitingSend();
    expect(queue.trySend('2')).toBe(false);
    await waiting;
    expect(queue.trySend('3')).toBe(true);
    expect(contents(queue)).toEqual(['waiting', '3']);
  });

  test('trySendMany', async () => {
    const { queue, waiting } = queueWithWaitingSend();
    expect(queue.trySendMany([{ data: '2' }])).toBe(0);
    await waiting;
    expect(queue.trySendMany([{ data: '3' }])).toBe(1);
    expect(contents(queue)).toEqual(['waiting', '3']);
  });

  test('sendSync with nowait', async () => {
    const { queue, waiting } = queueWithWaitingSend();
    const error = failure(() => queue.sendSync('2', { nowait: true }));
    expect(error).toBeInstanceOf(QueueFullError);
    expect(error).toMatchObject({ name: 'QueueFullError', code: 'EAGAIN' });
    await waiting;
    expect(contents(queue)).toEqual(['waiting']);
  });

  test('send with nowait', async () => {
    const { queue, waiting } = queueWithWaitingSend();
    const error = await rejectionOf(queue.send('2', { nowait: true }));
    expect(error).toBeInstanceOf(QueueFullError);
    expect(error).toMatchObject({ name: 'QueueFullError', code: 'EAGAIN' });
    await waiting;
    expect(contents(queue)).toEqual(['waiting']);
  });

  test('a second handle of this process', async () => {
    const { queue, waiting } = queueWithWaitingSend();
    expect(MessageQueue.attach(queue.id).trySend('2')).toBe(false);
    await waiting;
    expect(contents(queue)).toEqual(['waiting']);
  });
});

test('sendSync waits for room behind the sends that wait', async () => {
  const queue = fullQueue(10);
  const starts = newQueue();
  const taker = startChild(
    ({ sysvmq, say }, { id, startsId }) => {
      const source = sysvmq.MessageQueue.attach(id);
      say('ready');
      sysvmq.MessageQueue.attach(startsId).receiveSync();
      return Array.from({ length: 5 }, () => source.receiveSync().data.toString());
    },
    { id: queue.id, startsId: starts.id },
  );
  const sends = ['first', 'second', 'third'].map((data) => sendUnawaited(queue, data));
  await taker.said('ready');
  await untilWaiting('sysvmq-send', 1);
  starts.trySend('now');
  queue.sendSync('last', { timeout: SYNC_TIMEOUT_MS });
  // The messages sent meanwhile settle as usual.
  await Promise.all(sends);
  expect(await taker.result).toEqual(['x'.repeat(10), 'first', 'second', 'third', 'last']);
});

test('sendSync that times out behind sends that wait sends nothing, and they keep their order', async () => {
  const queue = fullQueue(10);
  const sends = ['first', 'second'].map((data) => sendUnawaited(queue, data));
  const error = failure(() => queue.sendSync('late', { timeout: 20 }));
  expect(error).toBeInstanceOf(TimeoutError);
  expect(error).toMatchObject({ name: 'TimeoutError', code: 'ETIMEDOUT', syscall: 'msgsnd' });
  const taken: string[] = [];
  while (taken.length < 3) taken.push((await queue.receive()).data.toString());
  expect(taken).toEqual(['x'.repeat(10), 'first', 'second']);
  await Promise.all(sends);
  expect(queue.stat().messageCount).toBe(0);
});
