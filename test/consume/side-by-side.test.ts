/** Consumers side by side: worker threads, a cluster, slots of other sizes; and dead-letter targets that are removed or full. */

import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ConsumeOptions, MessageQueue, type MessageQueueError } from '../../lib/index';
import { until } from '../support/child';
import { airlocksIn, stateFolder } from '../support/consuming';
import { newQueue, removeAfterTest } from '../support/queues';
import { itSlow } from '../support/slow';
import { removeTemporaryFolders, temporaryFolder } from '../support/temporary-folder';

afterEach(removeTemporaryFolders);

const root = join(__dirname, '..', '..');
const COUNT = 100;

/** Handles until the primary says that all are handled; tells it of each. Runs in a worker thread or a cluster's worker. */
const consumer = (key: number, state: string): string => `
const { MessageQueue } = require(${JSON.stringify(root)});
function consume(tell, onEnd) {
  const queue = MessageQueue.open(${key});
  const consumer = queue.consume(({ data }) => tell(data.toString()), { state: ${JSON.stringify(state)}, concurrency: 2 });
  onEnd(() => consumer.close().then(() => { queue.close(); process.exit(0); }));
}`;

const threads = (key: number, state: string): string => `${consumer(key, state)}
const { Worker, isMainThread, parentPort } = require('node:worker_threads');
if (!isMainThread) consume((text) => parentPort.postMessage(text), (end) => parentPort.once('message', end));
else primary(() => new Worker(__filename), (worker) => worker.postMessage('end'));`;

const cluster = (key: number, state: string): string => `${consumer(key, state)}
const cluster = require('node:cluster');
if (!cluster.isPrimary) consume((text) => process.send(text), (end) => process.once('message', end));
else primary(() => cluster.fork(), (worker) => worker.send('end'));`;

const primary = `
function primary(start, end) {
  const seen = [];
  const workers = [1, 2, 3].map(start);
  let left = workers.length;
  for (const worker of workers) {
    worker.on('message', (text) => seen.push(text) === ${COUNT} && workers.forEach(end));
    worker.on('exit', () => --left === 0 && console.log(JSON.stringify(seen)));
  }
}`;

itSlow.each([
  ['worker threads', threads],
  ['a cluster', cluster],
])('consumers of one name in %s handle each message once', (_, programOf) => {
  const queue = newQueue();
  const state = stateFolder();
  for (let number = 0; number < COUNT; number++) queue.trySend(String(number));
  const file = join(temporaryFolder(), 'program.cjs');
  writeFileSync(file, programOf(queue.key, state) + primary);
  const seen = JSON.parse(execFileSync(process.execPath, [file], { encoding: 'utf8', timeout: 50_000 })) as string[];
  expect(seen.map(Number).sort((a, b) => a - b)).toEqual(Array.from({ length: COUNT }, (_, number) => number));
  expect(airlocksIn(state)).toEqual([]);
});

it('a consumer recovers the messages in hand of one with longer slots, and of one with shorter slots', async () => {
  const queue = newQueue({ maxBytes: 8000 });
  const state = stateFolder();
  const never = new Promise<void>(() => undefined);
  queue.trySend(Buffer.alloc(5000, 'l'));
  const long = queue.consume(() => never, { state });
  await until('it is in hand', () => long.stats().running === 1);
  queue.set({ maxBytes: 100 });
  queue.trySend('short');
  const short = queue.consume(() => never, { state });
  await until('it is in hand', () => short.stats().running === 1);
  expect([long.stats().slotBytes, short.stats().slotBytes]).toEqual([8000, 100]);
  await Promise.all([long.close({ timeout: 0 }), short.close({ timeout: 0 })]);
  const lengths: number[] = [];
  const next = queue.consume(({ data }) => lengths.push(data.length), { state });
  await until('both are handled', () => lengths.length === 2);
  await next.close();
  expect(lengths.sort()).toEqual([5, 5000]);
  expect(airlocksIn(state)).toEqual([]);
});

it.each<[title: string, ofTheDead: ConsumeOptions, ofAnother: ConsumeOptions]>([
  ['type', { type: 1 }, { type: 2 }],
  ['except', { except: 2 }, { except: 1 }],
  ['upTo', { upTo: 5 }, { type: 2n ** 62n }],
  ['no selector', {}, { type: 2 }],
])('a consumer never recovers a message that it does not select: %s', async (_, ofTheDead, ofAnother) => {
  const queue = newQueue();
  const state = stateFolder();
  queue.trySend('of type 1', { type: 1 });
  const dead = queue.consume(() => new Promise(() => undefined), { state, ...ofTheDead });
  await until('it is in hand', () => dead.stats().running === 1);
  await dead.close({ timeout: 0 });

  const seen: number[] = [];
  const another = queue.consume(({ type }) => seen.push(type), { state, ...ofAnother });
  queue.trySend('its own', { type: ofAnother.type ?? 2 });
  await until('it handles its own', () => another.stats().handled === 1);
  expect(seen).toEqual([Number(ofAnother.type ?? 2)]);
  expect(another.stats()).toMatchObject({ recovered: 0, inHand: 0 });

  const attempts: number[] = [];
  const next = queue.consume(({ type }, { attempt }) => attempts.push(type, attempt), { state, ...ofTheDead });
  await until('the message is handled', () => attempts.length > 0);
  expect(attempts).toEqual([1, 2]);
  await Promise.all([another.close(), next.close()]);
  expect(airlocksIn(state)).toEqual([]);
});

itSlow('a dead letter for a queue that was removed stays in hand, and the next consumer sends it on', async () => {
  const queue = newQueue();
  const state = stateFolder();
  const letters = MessageQueue.createPrivate();
  const fail = (): never => {
    throw new Error('on purpose');
  };
  letters.remove();
  queue.trySend('dead');
  const first = queue.consume(fail, { state, attempts: 1, deadLetter: letters });
  const [error] = await once(first, 'error');
  expect(error).toMatchObject({ name: 'QueueRemovedError' });
  expect(first.stats()).toMatchObject({ inHand: 1, deadLettered: 0 });
  await first.close();
  const others = newQueue();
  const second = queue.consume(fail, { state, attempts: 1, deadLetter: others });
  await until('it is sent on', () => others.stat().messageCount === 1, 10_000);
  await second.close();
  expect(others.tryReceive()?.data.toString()).toBe('dead');
});

it('a dead letter never goes to the queue that it came from, also where a consumer comes to that queue later', async () => {
  const state = stateFolder();
  const before = newQueue();
  const consuming = MessageQueue.open(before.key);
  before.remove();
  const again = MessageQueue.create(before.key);
  removeAfterTest(again.id);
  again.trySend('dead');
  const fail = (): never => {
    throw new Error('on purpose');
  };
  const consumer = consuming.consume(fail, { state, attempts: 1, deadLetter: again });
  const [error] = await once(consumer, 'error');
  expect(error).toMatchObject({ code: 'ERR_INVALID_ARG_VALUE', message: expect.stringContaining('circulate forever') });
  expect([again.stat().messageCount, consumer.stats().inHand]).toEqual([0, 1]);
  await consumer.close();
});

itSlow(
  'a state folder that is removed under living consumers is reported, and made again for the next messages',
  async () => {
    const queue = newQueue();
    const state = stateFolder();
    const seen: string[] = [];
    const errors: unknown[] = [];
    const consumers = [1, 2].map(() => {
      const consumer = queue.consume(({ data }) => seen.push(data.toString()), { state });
      return consumer.on('error', (error) => errors.push(error));
    });
    queue.trySend('before');
    await until('it is handled', () => seen.length === 1);
    rmSync(state, { recursive: true });
    await until('both say so', () => errors.length === 2, 10_000);
    expect(errors[0]).toMatchObject({ code: 'ERR_AIRLOCK_REMOVED', message: expect.stringContaining(state) });
    for (let number = 0; number < 50; number++) queue.trySend('after');
    await until('all are handled', () => seen.length === 51);
    expect(airlocksIn(state).length).toBeGreaterThan(0);
    await Promise.all(consumers.map((consumer) => consumer.close()));
    expect(airlocksIn(state)).toEqual([]);
  },
);

itSlow(
  'a consumer whose state folder is gone, and cannot be made again, says so and leaves the messages in the queue',
  async () => {
    const queue = newQueue();
    const parent = stateFolder();
    const state = join(parent, 'state');
    mkdirSync(state, { mode: 0o700 });
    const codes: unknown[] = [];
    const consumer = queue.consume(() => undefined, { state });
    consumer.on('error', (error) => codes.push((error as MessageQueueError).code));
    rmSync(parent, { recursive: true });
    queue.trySend('stays');
    await until('it says so, and why', () => codes.length > 1, 10_000);
    expect(codes.slice(0, 2)).toEqual(['ERR_AIRLOCK_REMOVED', 'ENOENT']);
    expect(queue.stat().messageCount).toBe(1);
    mkdirSync(parent, { mode: 0o700 });
    await until('it goes on', () => consumer.stats().handled === 1, 10_000);
    expect(readdirSync(parent)).toEqual(['state']);
    await consumer.close();
  },
);
