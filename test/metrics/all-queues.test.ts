/** sysvmq/metrics: every queue of the namespace, waiters, what is in hand, and clusters. */

import * as promClient from 'prom-client';
import { getLimits, MessageQueue } from '../../lib/index';
import { collectQueueMetrics, type QueueMetrics, type QueueMetricsOptions } from '../../lib/metrics';
import { startChild, until } from '../support/child';
import { newQueue, removeAfterTest } from '../support/queues';
import { itSlow } from '../support/slow';

let register: promClient.Registry;
let metrics: QueueMetrics | undefined;

beforeEach(() => {
  register = new promClient.Registry();
});
afterEach(() => {
  metrics?.close();
  metrics = undefined;
});

const collect = (options: QueueMetricsOptions): void => {
  metrics = collectQueueMetrics({ register, ...options });
};

async function scrape(): Promise<string[]> {
  await new Promise(setImmediate);
  return (await register.metrics()).split('\n').filter((line) => line.startsWith('sysvmq_queue_'));
}

const hexadecimal = (key: number): string => `0x${(key >>> 0).toString(16).padStart(8, '0')}`;

it("queues: 'all' shows every queue of the namespace, by its key or id, as they come and go", async () => {
  collect({ queues: 'all' });
  const keyed = newQueue({ maxBytes: 10 });
  const unnamed = MessageQueue.createPrivate();
  removeAfterTest(unnamed.id);
  keyed.trySend('12345678');
  const lines = await scrape();
  expect(lines).toContain(`sysvmq_queue_messages{queue="${hexadecimal(keyed.key)}"} 1`);
  expect(lines).toContain(`sysvmq_queue_fill_ratio{queue="${hexadecimal(keyed.key)}"} 0.8`);
  expect(lines).toContain(`sysvmq_queue_messages{queue="id ${unnamed.id}"} 0`);
  unnamed.remove();
  expect((await scrape()).filter((line) => line.includes(`id ${unnamed.id}`))).toEqual([]);
});

it("the filter chooses among all queues, and a name replaces a queue's key", async () => {
  const [one, other, refused] = [newQueue(), newQueue(), newQueue()];
  collect({ queues: 'all', filter: ({ id }) => id !== refused.id });
  metrics?.addQueue('named', one);
  const names = new Set((await scrape()).map((line) => /queue="([^"]+)"/.exec(line)?.[1]));
  expect([...names].sort()).toEqual([hexadecimal(other.key), 'named'].sort());
});

it('the fill ratio counts messages where they are nearer to msg_qbytes than bytes are', async () => {
  const queue = newQueue({ maxBytes: 4 });
  collect({ queues: { empties: queue } });
  for (let count = 0; count < 3; count++) queue.trySend('');
  expect(await scrape()).toContain('sysvmq_queue_fill_ratio{queue="empties"} 0.75');
});

it('messages in hand of a consumer are counted at their queue', async () => {
  const queue = newQueue();
  collect({ queues: { orders: queue } });
  queue.trySend('work');
  let finish = (): void => undefined;
  const working = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const consumer = queue.consume(() => working);
  await until('the message is in hand', () => consumer.stats().inHand === 1);
  expect(await scrape()).toContain('sysvmq_queue_in_hand_messages{queue="orders"} 1');
  finish();
  await consumer.close();
  expect(await scrape()).toContain('sysvmq_queue_in_hand_messages{queue="orders"} 0');
});

itSlow('waiters of other processes are counted by what they wait for', async () => {
  const queue = newQueue();
  collect({ queues: { orders: queue }, waiters: true });
  expect(await scrape()).toContain('sysvmq_queue_waiters{queue="orders",operation="receive"} 0');
  const child = startChild(({ sysvmq }, id) => {
    sysvmq.msgrcv(id as number);
  }, queue.id);
  await child.blockedIn('msgrcv');
  expect(await scrape()).toContain('sysvmq_queue_waiters{queue="orders",operation="receive"} 1');
  queue.trySend('end');
  await child.result;
  expect(await scrape()).toContain('sysvmq_queue_waiters{queue="orders",operation="send"} 0');
});

it("a cluster does not add up what the kernel says, and adds up what is each worker's own", async () => {
  const queue = newQueue();
  collect({ queues: { orders: queue }, waiters: true });
  queue.trySend('one');
  await new Promise(setImmediate);
  const ofWorker = await register.getMetricsAsJSON();
  const cluster = promClient.AggregatorRegistry.aggregate([ofWorker, structuredClone(ofWorker)] as never);
  const text = await cluster.metrics();
  const { msgmni } = getLimits();
  expect(text).toContain(`sysvmq_limit_queues ${msgmni}\n`);
  expect(text).toContain('sysvmq_queue_messages{queue="orders"} 1\n');
  expect(text).toContain('sysvmq_queue_up{queue="orders"} 1\n');
  expect(text).toContain('sysvmq_sent_messages_total{queue="orders"} 2\n');
  const added = ofWorker.filter(({ type, aggregator }) => (type as unknown) === 'gauge' && aggregator === 'sum');
  expect(added.map(({ name }) => name).sort()).toEqual([
    'sysvmq_bridge_in_flight_messages',
    'sysvmq_consumer_in_hand_messages',
    'sysvmq_waits_pending',
  ]);
});

it('a filter without all queues, and what is no filter, are refused', () => {
  const wrong: [object, RegExp][] = [
    [{ filter: () => true }, /"options.filter" is for queues: 'all'/],
    [{ queues: 'all', filter: 5 }, /"options.filter" property must be of type function/],
    [{ queues: 'every' }, /"options.queues" property must be an object of queues by their names, or 'all'/],
    [{ waiters: 1 }, /"options.waiters" property must be of type boolean/],
  ];
  for (const [options, words] of wrong)
    expect(() => collectQueueMetrics({ register, ...options } as never)).toThrow(words);
  expect(register.getMetricsAsArray()).toEqual([]);
});
