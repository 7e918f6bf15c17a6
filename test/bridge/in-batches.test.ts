/** An in route hands messages that wait for room to a thread, which sends and notes them. */

import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { MessageQueue } from '../../lib';
import type { Bridge, Engine, IncomingMessage, Route } from '../../lib/bridge';
import { SettledBitmap } from '../../lib/bridge/settled';
import { consumerName, routeFile } from '../../lib/bridge/state';
import { newBridge } from '../support/bridges';
import { until } from '../support/child';
import { stateFolder } from '../support/consuming';
import { engine, subscriber } from '../support/own-engine';
import { newQueue } from '../support/queues';
import { threadsInKernel, threadsNamed, untilNoThreads, untilWaiting } from '../support/waiting-threads';

type Queue = MessageQueue;

interface Entry {
  data: Buffer;
  type: string;
}

/** A stream whose messages are delivered at once, those again that were not acknowledged. */
class Stream {
  readonly acknowledged: number[] = [];
  readonly #entries: Entry[];
  floor = 0;

  constructor(entries: Entry[]) {
    this.#entries = entries;
  }

  get engine(): Engine {
    return engine(async () => ({
      ...subscriber(async (onMessage) => {
        this.#entries.forEach((entry, index) => {
          if (!this.acknowledged.includes(index + 1)) onMessage(this.#message(index + 1, entry));
        });
      }),
      floor: async () => this.floor,
    }));
  }

  #message(position: number, { data, type }: Entry): IncomingMessage {
    return {
      position,
      storedAt: position,
      type,
      origin: undefined,
      subject: 'orders',
      data,
      acknowledge: () => void this.acknowledged.push(position),
      terminate: () => undefined,
      extend: () => undefined,
    };
  }
}

const numbers = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);
/** Messages that say their number; of all lengths, where `most` is. */
const entries = (count: number, most = 0): Entry[] =>
  numbers(1, count).map((number) => ({
    data: Buffer.from(`${number} `.padEnd((number * 997) % (most + 1), '.')),
    type: String(number),
  }));

const routeInto = (queue: Queue, byKey = false): Route => ({
  name: 'in',
  direction: 'in',
  queue: byKey ? { key: queue.key, create: true } : queue,
  from: { stream: 'orders', consumer: 'c' },
});

const routeOf = (bridge: Bridge) => bridge.stats().routes[0];

async function receiveNumber(queue: Queue): Promise<number> {
  const { data, type } = await queue.receive({ timeout: 10_000 });
  expect(type).toBe(Number.parseInt(data.toString(), 10));
  return Number(type);
}

async function receiveNumbers(queue: Queue, count: number): Promise<number[]> {
  const received: number[] = [];
  while (received.length < count) received.push(await receiveNumber(queue));
  return received;
}

function noteOf(state: string, queue: Queue): SettledBitmap {
  const owner = { queueId: queue.id, queueKey: queue.key, consumer: consumerName('test', 'in', 'in') };
  return new SettledBitmap(routeFile(state, owner, 'note'), 'orders 1');
}

it('messages of all lengths come in order, each once, and are acknowledged in order', async () => {
  const queue = newQueue({ maxBytes: 8192 });
  const stream = new Stream(entries(600, 8000));
  const bridge = newBridge(stream.engine, stateFolder(), [routeInto(queue)]);
  await bridge.start();
  expect(await receiveNumbers(queue, 600)).toEqual(numbers(1, 600));
  await until('all are acknowledged', () => stream.acknowledged.length === 600);
  expect(stream.acknowledged).toEqual(numbers(1, 600));
  expect(routeOf(bridge)).toMatchObject({ taken: 600, published: 600, acked: 600, inFlight: 0 });
});

/** A bridge into a queue that holds few of its messages. */
async function startSmall(count: number) {
  const queue = newQueue({ maxBytes: 16 });
  const state = stateFolder();
  const stream = new Stream(entries(count));
  const bridge = newBridge(stream.engine, state, [routeInto(queue)]);
  await bridge.start();
  return { queue, state, stream, bridge };
}

it('a message that waits for room is neither acknowledged nor noted; stop() does not wait for room', async () => {
  const { queue, state, stream, bridge } = await startSmall(9);
  await untilWaiting('sysvmq-note', 1);
  expect(queue.stat().messageCount).toBe(8); // '1 ' to '8 '
  expect(stream.acknowledged).toEqual(numbers(1, 8));
  expect(routeOf(bridge)).toMatchObject({ published: 8, inFlight: 1 });
  await bridge.stop();
  expect(threadsInKernel('sysvmq-note')).toEqual([]);
  const note = noteOf(state, queue);
  expect([8, 9].map((sequence) => note.isSettled(sequence, sequence))).toEqual([true, false]);
  note.close();

  const next = newBridge(stream.engine, state, [routeInto(queue)]);
  await next.start();
  expect(await receiveNumbers(queue, 9)).toEqual(numbers(1, 9));
  await until('the last one is acknowledged', () => stream.acknowledged.length === 9);
  expect(queue.stat().messageCount).toBe(0);
});

it('what a batch has sent is noted and acknowledged when a stop ends it', async () => {
  const { queue, state, stream, bridge } = await startSmall(30);
  let received = 0;
  for (; received < 12; received++) expect(await receiveNumber(queue)).toBe(received + 1);
  await bridge.stop();
  const inAll = received + queue.stat().messageCount;
  expect(stream.acknowledged).toEqual(numbers(1, inAll));
  expect(routeOf(bridge)).toMatchObject({ published: inAll, acked: inAll });
  const note = noteOf(state, queue);
  expect(note.high).toBe(inAll);
  note.close();
});

it('a floor that comes while a batch waits takes nothing back', async () => {
  const { queue, state, stream } = await startSmall(40);
  let asked = 0;
  Object.defineProperty(stream, 'floor', {
    get: () => {
      asked += 1;
      return stream.acknowledged.length;
    },
  });
  // The reader takes its time, so that batches wait while the bridge asks for the floor.
  for (let next = 1; next <= 40; next++) {
    if (next % 10 === 0) {
      const before = asked;
      await until('the floor is asked for', () => asked > before);
    }
    expect(await receiveNumber(queue)).toBe(next);
    const note = noteOf(state, queue);
    expect(note.high).toBeGreaterThanOrEqual(next);
    note.close();
  }
  expect(asked).toBeGreaterThanOrEqual(4);
});

it('a queue that is removed while a batch waits is created again, and nothing comes twice', async () => {
  const queue = newQueue({ maxBytes: 16 });
  const stream = new Stream(entries(20));
  const bridge = newBridge(stream.engine, stateFolder(), [routeInto(queue, true)]);
  await bridge.start();
  await untilWaiting('sysvmq-note', 1);
  const { messageCount } = queue.stat();
  const { key } = queue;
  queue.remove();
  await until('the queue is there again', () => MessageQueue.exists(key));
  const again = MessageQueue.open(key);
  expect(await receiveNumbers(again, 20 - messageCount)).toEqual(numbers(messageCount + 1, 20));
  again.remove();
  await bridge.stop();
});

it.each([
  [
    'that the queue cannot hold',
    { data: Buffer.alloc(101), type: '1' },
    / can never fit queue .* without CAP_SYS_RESOURCE\. It stays in the stream, /,
  ],
  ['without a usable type', { data: Buffer.from('x'), type: 'none' }, /'none' is not a message type\. It stays/],
])('a message %s stops the route behind those before it', async (_, entry, words) => {
  const queue = newQueue({ maxBytes: 100 });
  const all = entries(60);
  all[39] = entry;
  const stream = new Stream(all);
  const bridge = newBridge(stream.engine, stateFolder(), [routeInto(queue)]);
  await bridge.start();
  expect(await receiveNumbers(queue, 39)).toEqual(numbers(1, 39));
  await until('the route has stopped', () => routeOf(bridge)?.state === 'stopped');
  expect(routeOf(bridge)?.error).toMatch(words);
  expect(stream.acknowledged).toEqual(numbers(1, 39));
  expect(queue.stat().messageCount).toBe(0);
});

it('no thread waits for a message that can never fit', async () => {
  const queue = newQueue({ maxBytes: 100 });
  const stream = new Stream([{ data: Buffer.alloc(101), type: '1' }]);
  const bridge = newBridge(stream.engine, stateFolder(), [routeInto(queue)]);
  await untilNoThreads();
  await bridge.start();
  await until('the route has stopped', () => routeOf(bridge)?.state === 'stopped');
  expect(threadsNamed('sysvmq-note')).toEqual([]);
});

it('a worker thread that ends while a batch waits leaves no thread behind', async () => {
  const queue = newQueue({ maxBytes: 16 });
  const library = join(__dirname, '../../dist/bridge/index.js');
  const worker = new Worker(
    `const { parentPort, workerData } = require('node:worker_threads');
     const { createBridge } = require(workerData.library);
     const message = (position) => ({ position, storedAt: position, type: '1', subject: 'orders', data: Buffer.from('xx'),
       acknowledge() {}, terminate() {}, extend() {} });
     const subscriber = { identity: 'orders 1', numbering: 'each', acknowledgeWithin: 30_000, floor: async () => 0,
       unsettled: async function* () {}, stop: async () => undefined,
       start: async (onMessage) => { for (let position = 1; position <= 20; position++) onMessage(message(position)); } };
     const connection = { server: 'own', lost: new Promise(() => undefined), openSubscriber: async () => subscriber,
       checkSource: async () => [], close: async () => undefined, abandon() {} };
     createBridge({ engine: { name: 'own', connect: async () => connection }, name: 'test', state: workerData.state,
       routes: [{ name: 'in', direction: 'in', queue: { id: workerData.id }, from: { stream: 'orders', consumer: 'c' } }],
     }).start();`,
    { eval: true, workerData: { library, state: stateFolder(), id: queue.id } },
  );
  const failed = new Promise<never>((_, reject) => void worker.on('error', reject));
  await Promise.race([failed, untilWaiting('sysvmq-note', 1)]);
  await worker.terminate();
  await untilNoThreads();
  expect(queue.stat().messageCount).toBe(8);
});
