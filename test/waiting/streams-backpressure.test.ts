/** A reader that is slow leaves the messages in the kernel, where they are safe, and counts as slow there. */

import { PassThrough, pipeline, type Readable, Writable } from 'node:stream';
import { codecs, type Message, type MessageQueue } from '../../lib/index';
import { startChild, until } from '../support/child';
import { newQueue } from '../support/queues';
import { itSlow } from '../support/slow';
import { newReadable, turns } from '../support/streams';

const MESSAGES = 50;
const numbers = Array.from({ length: MESSAGES }, (_, number) => String(number));

/** A Writable that wants one message at a time, and takes the next when `release` is called. */
function slowWritable(): { writable: Writable; seen: string[]; release: () => void } {
  const seen: string[] = [];
  let callBack: (() => void) | undefined;
  const writable = new Writable({
    objectMode: true,
    highWaterMark: 1,
    write({ data }: Message<string>, _encoding, callback) {
      seen.push(data);
      callBack = callback;
    },
  });
  return { writable, seen, release: () => callBack?.() };
}

const ways: [string, (from: Readable, to: Writable) => unknown][] = [
  ['pipe()', (from, to) => from.pipe(to)],
  ['pipeline()', (from, to) => pipeline(from, to, () => undefined)],
];

function fill(queue: MessageQueue<string>): void {
  expect(queue.trySendMany(numbers.map((data) => ({ data })))).toBe(MESSAGES);
}

describe.each(ways)('%s into a Writable that does not call back', (_, connect) => {
  it('takes one of the messages that are there', async () => {
    const queue = newQueue({ codec: codecs.utf8 });
    fill(queue);
    const { writable, seen } = slowWritable();
    const stream = newReadable(queue);
    connect(stream, writable);
    await until('a message was written', () => seen.length === 1);
    await turns(50);
    expect(seen).toEqual(['0']);
    expect(queue.stat().messageCount).toBe(MESSAGES - 1);
  });

  it('takes one of the messages that come', async () => {
    const queue = newQueue({ codec: codecs.utf8, spin: 0 });
    const { writable, seen } = slowWritable();
    const stream = newReadable(queue);
    connect(stream, writable);
    await turns(2);
    fill(queue);
    await until('a message was written', () => seen.length === 1);
    await turns(50);
    expect(queue.stat().messageCount).toBe(MESSAGES - 1);
  });

  it('takes one more for each that is done', async () => {
    const queue = newQueue({ codec: codecs.utf8 });
    fill(queue);
    const { writable, seen, release } = slowWritable();
    const stream = newReadable(queue);
    connect(stream, writable);
    for (let done = 1; done <= MESSAGES; done++) {
      await until(`message ${done} was written`, () => seen.length === done);
      await turns(2);
      expect(queue.stat().messageCount).toBe(MESSAGES - done);
      release();
    }
    expect(seen).toEqual(numbers);
  });
});

itSlow('a sender of another process waits, because a slow reader leaves the queue full', async () => {
  const queue = newQueue({ codec: codecs.utf8, maxBytes: 4 });
  const { writable, seen, release } = slowWritable();
  newReadable(queue).pipe(writable);
  const sender = startChild(({ sysvmq }, id) => {
    const queue = sysvmq.MessageQueue.attach(id);
    for (const data of ['aaaa', 'bbbb', 'cccc']) queue.sendSync(data);
  }, queue.id);
  await until('the first was written', () => seen.length === 1);
  await sender.blockedIn('msgsnd');
  expect(queue.stat().usedBytes).toBe(4);
  release();
  await sender.result;
  await until('the second was written', () => seen.length === 2);
  release();
  await until('the third was written', () => seen.length === 3);
  expect(seen).toEqual(['aaaa', 'bbbb', 'cccc']);
  queue.close();
});

it('streams in between hold as many messages as they have room for, and no more are taken', async () => {
  const queue = newQueue({ codec: codecs.utf8 });
  fill(queue);
  const { writable, seen } = slowWritable();
  const between = new PassThrough({ objectMode: true, highWaterMark: 4 });
  const stream = newReadable(queue);
  stream.pipe(between).pipe(writable);
  await until('a message was written', () => seen.length === 1);
  await turns(50);
  // A PassThrough has room for four that come in and four that go out.
  expect(queue.stat().messageCount).toBeGreaterThanOrEqual(MESSAGES - 10);
  expect(queue.stat().messageCount).toBeLessThan(MESSAGES - 1);
});

itSlow('a queue that always has a message leaves the event loop to others, too', async () => {
  const queue = newQueue({ codec: codecs.utf8 });
  let seen = 0;
  let turnsMeanwhile = 0;
  const countTurns = (): void => {
    turnsMeanwhile += 1;
    if (seen < 50_000) setImmediate(countTurns);
  };
  setImmediate(countTurns);
  newReadable(queue).on('data', () => {
    seen += 1;
    if (seen < 50_000) queue.trySend('another');
  });
  queue.trySend('the first');
  await until('all were emitted', () => seen === 50_000);
  expect(turnsMeanwhile).toBeGreaterThan(10);
});
