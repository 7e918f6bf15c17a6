/** destroy() cancels the wait, and loses no message: each was read, or is in the queue. */

import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { codecs, type Message, MessageQueue } from '../../lib/index';
import { type ChildContext, startChild, until } from '../support/child';
import { LONG_TIMEOUT_MS, report, times } from '../support/long-tests';
import { newQueue } from '../support/queues';
import { itSlow } from '../support/slow';
import { newReadable, textsOf, turns } from '../support/streams';
import { readThread, threadsInKernel, untilWaiting } from '../support/waiting-threads';

const ROUNDS = times(200, 20_000);
const MESSAGES = times(2_000, 200_000);

type Reader = (stream: Readable, seen: string[]) => void;

const readers: [string, Reader][] = [
  ['"data"', (stream, seen) => stream.on('data', ({ data }: Message<string>) => seen.push(data))],
  [
    '"readable"',
    (stream, seen) =>
      stream.on('readable', () => {
        for (let message = stream.read(); message !== null; message = stream.read()) seen.push(message.data);
      }),
  ],
  [
    'a loop',
    async (stream, seen) => {
      try {
        for await (const { data } of stream) seen.push(data);
      } catch {
        // destroy() ends the loop with an error.
      }
    },
  ],
];

/** Calls `act` after a random number of ticks, microtasks or turns. */
function soon(act: () => void): void {
  const ways = [process.nextTick, queueMicrotask, setImmediate];
  const way = ways[Math.floor(Math.random() * ways.length)] as (callback: () => void) => void;
  const wait = (left: number): void => (left === 0 ? act() : way(() => wait(left - 1)));
  wait(Math.floor(Math.random() * 8));
}

describe('destroy()', () => {
  it('cancels the wait: messages sent afterwards stay', async () => {
    const queue = newQueue({ spin: 0 });
    const stream = newReadable(queue);
    const seen = textsOf(stream);
    await untilWaiting('sysvmq-recv', 1);
    stream.destroy();
    await once(stream, 'close');
    queue.trySend('text');
    queue.trySend('');
    await turns();
    expect(seen).toEqual([]);
    expect(queue.tryReceiveMany().map(({ data }) => data.toString())).toEqual(['text', '']);
  });

  it('leaves other waits of the handle as they are', async () => {
    const queue = newQueue({ spin: 0 });
    const stream = newReadable(queue);
    textsOf(stream);
    await untilWaiting('sysvmq-recv', 1);
    const received = queue.receive();
    stream.destroy();
    queue.trySend('for the receive');
    expect((await received).data.toString()).toBe('for the receive');
  });

  it('in a listener of "data" ends it there', async () => {
    const queue = newQueue();
    queue.trySendMany([{ data: 'a' }, { data: 'b' }]);
    const stream = newReadable(queue);
    const seen = textsOf(stream);
    stream.on('data', () => stream.destroy());
    await once(stream, 'close');
    expect(seen).toEqual(['a']);
    expect(queue.stat().messageCount).toBe(1);
  });

  it('at the end of a loop leaves every message in the queue that the loop did not see', async () => {
    const queue = newQueue({ codec: codecs.utf8 });
    queue.trySendMany(['a', 'b', 'c', 'd'].map((data) => ({ data })));
    for await (const { data } of newReadable(queue)) {
      expect(data).toBe('a');
      await turns();
      break;
    }
    await until('all but one are in the queue', () => queue.stat().messageCount === 3, 2000);
  });

  it('of a stream that is paused leaves the message in the queue that it waited for', async () => {
    const queue = newQueue({ spin: 0 });
    const stream = newReadable(queue);
    const seen = textsOf(stream);
    await untilWaiting('sysvmq-recv', 1);
    stream.pause();
    queue.trySend('not wanted now');
    await turns(50);
    stream.destroy();
    await until('it is in the queue', () => seen.length + queue.stat().messageCount === 1, 2000);
  });

  it('leaves a message in the queue that was announced, and not read', async () => {
    const queue = newQueue({ codec: codecs.json() });
    queue.trySend({ number: 1 }, { type: 2n ** 62n });
    const stream = newReadable(queue);
    await once(stream, 'readable');
    stream.destroy();
    await until('it is in the queue', () => queue.stat().messageCount === 1, 2000);
    expect(queue.tryReceive()).toMatchObject({ typeBigInt: 2n ** 62n, data: { number: 1 } });
  });

  it('has nothing to read after it', async () => {
    const queue = newQueue({ codec: codecs.utf8 });
    queue.trySend('a');
    const stream = newReadable(queue);
    await once(stream, 'readable');
    stream.destroy();
    expect(stream.read()).toBeNull();
    expect(queue.tryReceive()?.data).toBe('a');
  });

  itSlow(
    'by the listener of another stream loses nothing that has arrived at the same moment',
    async () => {
      for (let round = 0; round < times(100, 5_000); round++) {
        const [work, control] = [newQueue({ spin: 0 }), newQueue({ spin: 0 })];
        const stream = newReadable(work);
        const seen: string[] = [];
        readers[2]?.[1](stream, seen);
        newReadable(control).on('data', () => stream.destroy());
        await untilWaiting('sysvmq-recv', 2);
        work.trySend('work');
        control.trySend('stop');
        await once(stream, 'close');
        await until('it was seen, or is in the queue', () => seen.length + work.stat().messageCount === 1, 2000);
        work.remove();
        control.remove();
        work.close();
        control.close();
      }
    },
    LONG_TIMEOUT_MS,
  );
});

describe.each(readers)('destroy() of a stream that is read by %s', (_, read) => {
  itSlow.each([
    ['with text', 'text'],
    ['without a byte', ''],
  ])(
    'loses no message %s that arrives just then',
    async (_, text) => {
      for (let round = 0; round < ROUNDS; round++) {
        const queue = newQueue({ codec: codecs.utf8, spin: round % 2 === 0 ? 0 : 100 });
        const seen: string[] = [];
        const before = Math.floor(Math.random() * 3);
        for (let sent = 0; sent < before; sent++) queue.trySend(text);
        const stream = newReadable(queue);
        read(stream, seen);
        soon(() => {
          queue.trySend(text);
          queue.trySend(text);
        });
        soon(() => stream.destroy());
        await once(stream, 'close');
        await until(
          'all were seen, or are in the queue',
          () => {
            return seen.length + queue.stat().messageCount === before + 2;
          },
          2000,
        );
        queue.remove();
        queue.close();
      }
    },
    LONG_TIMEOUT_MS,
  );

  itSlow(
    'again and again leaves every message of another process to be seen once',
    async () => {
      const queue = newQueue({ codec: codecs.utf8, maxBytes: 200 });
      const sender = startChild(
        ({ sysvmq }: ChildContext, { id, count }) => {
          const queue = sysvmq.MessageQueue.attach(id);
          for (let number = 0; number < count; number++) queue.sendSync(String(number));
        },
        { id: queue.id, count: MESSAGES },
      );
      let sending = true;
      sender.exited.then(() => {
        sending = false;
      });
      const seen: string[] = [];
      let streams = 0;
      while (sending) {
        const stream = newReadable(queue);
        read(stream, seen);
        soon(() => soon(() => stream.destroy()));
        await once(stream, 'close');
        streams += 1;
      }
      await sender.result;
      seen.push(...queue.tryReceiveMany({ max: MESSAGES }).map(({ data }) => data));
      report(`${MESSAGES} messages, ${streams} streams`);
      const numbers = Array.from({ length: MESSAGES }, (_, number) => String(number));
      expect(
        seen
          .map(Number)
          .sort((one, other) => one - other)
          .map(String),
      ).toEqual(numbers);
    },
    LONG_TIMEOUT_MS,
  );
});

describe('an empty message that the wait has taken just before', () => {
  /** A stream of a handle of its own, for which an empty message is on its way. */
  async function streamWithEvent(): Promise<{ queue: MessageQueue; handle: MessageQueue; stream: Readable }> {
    const queue = newQueue();
    const handle = MessageQueue.attach(queue.id, { spin: 0 });
    const stream = newReadable(handle);
    textsOf(stream);
    await untilWaiting('sysvmq-recv', 1);
    const [thread] = threadsInKernel('sysvmq-recv') as [string];
    const systemCall = (): string => readThread(process.pid, thread, 'syscall').split(' ')[0] as string;
    const msgrcv = systemCall();
    queue.trySend('');
    // Not a turn of the event loop in between: the thread rests when it has told of the message.
    const deadline = performance.now() + 5000;
    while (['running', msgrcv].includes(systemCall())) {
      if (performance.now() > deadline) throw new Error('the thread does not rest');
    }
    return { queue, handle, stream };
  }

  itSlow.each<[string, (stream: Readable, handle: MessageQueue) => void]>([
    ['the stream is destroyed', (stream) => stream.destroy()],
    ['the handle is closed', (_, handle) => handle.close()],
  ])(
    'goes back into the queue when %s',
    async (_, giveUp) => {
      for (let round = 0; round < times(20, 2_000); round++) {
        const { queue, handle, stream } = await streamWithEvent();
        giveUp(stream, handle);
        await until('it is in the queue', () => queue.stat().messageCount === 1, 2000);
        handle.close();
        queue.remove();
        queue.close();
      }
    },
    LONG_TIMEOUT_MS,
  );
});
