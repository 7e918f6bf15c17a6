/** sysvmq/metrics: what a scrape shows. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as promClient from 'prom-client';
import { getLimits, getUsage } from '../../lib/index';
import { collectQueueMetrics, type QueueMetrics, type QueueMetricsOptions } from '../../lib/metrics';
import { answers } from '../support/bad-values';
import { inChild, nobody } from '../support/child';
import { setLimit } from '../support/namespace';
import { itNeeds, otherUsers } from '../support/needs';
import { fullQueue, newQueue } from '../support/queues';
import { rejectionOf } from '../support/rejection';
import { itSlow, slow } from '../support/slow';

let register: promClient.Registry;
const collected: QueueMetrics[] = [];

beforeEach(() => {
  register = new promClient.Registry();
});
afterEach(() => {
  for (const metrics of collected.splice(0)) metrics.close();
});

function collect(options: QueueMetricsOptions = {}): QueueMetrics {
  const metrics = collectQueueMetrics({ register, ...options });
  collected.push(metrics);
  return metrics;
}

/** The samples of a scrape, as { 'name{labels}': value }. Events are published by then. */
async function scrape(from = register): Promise<Record<string, number>> {
  await new Promise(setImmediate);
  const lines = (await from.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return Object.fromEntries(
    lines.map((line) => {
      const at = line.lastIndexOf(' ');
      return [line.slice(0, at), Number(line.slice(at + 1))];
    }),
  );
}

it('sysvmq/metrics shows what the namespace holds and may hold', async () => {
  collect();
  const queue = newQueue();
  queue.trySendMany([{ data: '12345' }, { data: '678' }]);
  setLimit('msgmax', 4321);
  const { queues, messages, bytes } = getUsage();
  expect(await scrape()).toMatchObject({
    sysvmq_namespace_queues: queues,
    sysvmq_namespace_messages: messages,
    sysvmq_namespace_bytes: bytes,
    sysvmq_limit_queues: getLimits().msgmni,
    sysvmq_limit_message_bytes: 4321,
    sysvmq_limit_queue_bytes: getLimits().msgmnb,
  });
  expect([messages, bytes]).toEqual([2, 8]);
  queue.tryReceive();
  expect(await scrape()).toMatchObject({ sysvmq_namespace_messages: 1, sysvmq_namespace_bytes: 3 });
});

it('sysvmq/metrics shows the queues that it was given, as they are at the scrape', async () => {
  const orders = newQueue({ maxBytes: 1000 });
  const invoices = newQueue();
  collect({ queues: { orders, invoices: invoices.id } });
  orders.trySend('12345');
  const before = await scrape();
  expect(before).toMatchObject({
    'sysvmq_queue_up{queue="orders"}': 1,
    'sysvmq_queue_messages{queue="orders"}': 1,
    'sysvmq_queue_bytes{queue="orders"}': 5,
    'sysvmq_queue_limit_bytes{queue="orders"}': 1000,
    'sysvmq_queue_last_send_timestamp_seconds{queue="orders"}': Number(orders.stat().lastSentAt) / 1000,
    'sysvmq_queue_last_receive_timestamp_seconds{queue="orders"}': 0,
    'sysvmq_queue_messages{queue="invoices"}': 0,
  });
  expect(before['sysvmq_queue_last_send_timestamp_seconds{queue="orders"}']).toBeGreaterThan(1_700_000_000);
});

it('sysvmq/metrics shows that a queue was removed, and no old values of it', async () => {
  const orders = newQueue();
  collect({ queues: { orders } });
  orders.trySend('x');
  await scrape();
  orders.remove();
  const samples = await scrape();
  expect(samples['sysvmq_queue_up{queue="orders"}']).toBe(0);
  expect(Object.keys(samples).filter((name) => name.startsWith('sysvmq_queue_'))).toEqual([
    'sysvmq_queue_up{queue="orders"}',
  ]);
  expect(Object.keys(samples).filter((name) => name.startsWith('sysvmq_errors'))).toEqual([]);
});

it('sysvmq/metrics takes queues in and out', async () => {
  const metrics = collect();
  metrics.addQueue('late', newQueue());
  expect(await scrape()).toHaveProperty(['sysvmq_queue_up{queue="late"}'], 1);
  metrics.removeQueue('late');
  expect(await scrape()).not.toHaveProperty(['sysvmq_queue_up{queue="late"}']);
});

itNeeds(slow(otherUsers), 'sysvmq/metrics shows a queue that it may not read', async () => {
  const secret = newQueue({ mode: 0o600 });
  secret.trySend('12345');
  const text = await inChild(
    async ({ require }, id) => {
      const path = process.env['SYSVMQ_TEST_PACKAGE'] as string;
      const { collectQueueMetrics: start } = require(`${path}/dist/metrics.js`) as typeof import('../../lib/metrics');
      const client = require(`${path}/node_modules/prom-client`) as typeof promClient;
      start({ queues: { secret: id }, client });
      return client.register.metrics();
    },
    secret.id,
    { user: nobody },
  );
  expect(text).toContain('sysvmq_queue_bytes{queue="secret"} 5');
});

itSlow('sysvmq/metrics counts the messages and bytes of this process, by the names of the queues', async () => {
  const orders = newQueue();
  const nameless = newQueue();
  collect({ queues: { orders } });
  orders.trySendMany([{ data: '12345' }, { data: '678' }]);
  await orders.receive();
  nameless.sendSync('ab');
  nameless.receiveSync();
  await inChild(({ sysvmq }, id) => sysvmq.MessageQueue.attach(id).trySend('elsewhere'), orders.id);
  expect(await scrape()).toMatchObject({
    'sysvmq_sent_messages_total{queue="orders"}': 2,
    'sysvmq_sent_bytes_total{queue="orders"}': 8,
    'sysvmq_received_messages_total{queue="orders"}': 1,
    'sysvmq_received_bytes_total{queue="orders"}': 5,
    'sysvmq_sent_messages_total{queue="other"}': 1,
    'sysvmq_received_bytes_total{queue="other"}': 2,
    'sysvmq_queue_messages{queue="orders"}': 2,
  });
});

it('sysvmq/metrics shows the calls that wait, and how long they waited', async () => {
  const empty = newQueue();
  const full = fullQueue();
  collect();
  const waits = [empty.receive(), empty.receive({ type: 2 }), full.send('x')];
  expect(await scrape()).toMatchObject({
    'sysvmq_waits_pending{operation="receive"}': 2,
    'sysvmq_waits_pending{operation="send"}': 1,
  });
  empty.trySendMany([{ data: 'a' }, { data: 'b', type: 2 }]);
  full.tryReceive();
  await Promise.all(waits);
  expect(await scrape()).toMatchObject({
    'sysvmq_waits_pending{operation="receive"}': 0,
    'sysvmq_waits_pending{operation="send"}': 0,
    'sysvmq_wait_duration_seconds_count{operation="receive"}': 2,
    'sysvmq_wait_duration_seconds_count{operation="send"}': 1,
  });
});

it('sysvmq/metrics does not count a wait that began before it as pending', async () => {
  const queue = newQueue();
  const early = collectQueueMetrics({ register: new promClient.Registry() });
  const waits = queue.receive();
  await new Promise(setImmediate);
  collect();
  early.close();
  queue.trySend('x');
  await waits;
  expect(await scrape()).toMatchObject({ 'sysvmq_waits_pending{operation="receive"}': 0 });
});

it('sysvmq/metrics counts errors by class and code', async () => {
  const queue = fullQueue();
  collect();
  for (let count = 0; count < 3; count++) expect(() => queue.sendSync('x', { nowait: true })).toThrow();
  await rejectionOf(queue.receive({ type: 2, timeout: 1 }));
  expect(await scrape()).toMatchObject({
    'sysvmq_errors_total{class="QueueFullError",code="EAGAIN"}': 3,
    'sysvmq_errors_total{class="TimeoutError",code="ETIMEDOUT"}': 1,
  });
});

it('registers with the global registry by default, and leaves it when it is closed', async () => {
  const metrics = collectQueueMetrics({ prefix: 'app_' });
  expect(await scrape(promClient.register)).toHaveProperty('app_sysvmq_namespace_queues');
  metrics.close();
  expect(promClient.register.getMetricsAsArray()).toEqual([]);
  collectQueueMetrics().close();
});

it('registers nothing when one of its names is taken', () => {
  new promClient.Gauge({ name: 'sysvmq_waits_pending', help: 'mine', registers: [register] });
  expect(() => collectQueueMetrics({ register })).toThrow('already been registered');
  expect(register.getMetricsAsArray().map(({ name }) => name)).toEqual(['sysvmq_waits_pending']);
});

it('sysvmq/metrics refuses unknown options, and values that are no queue or no name', () => {
  const values = [null, 5, 'queues', []];
  for (const call of [
    (value: unknown) => collectQueueMetrics(value as never),
    (value: unknown) => collectQueueMetrics({ register, queues: value as never }),
  ]) {
    for (const answer of answers(call, values)) expect(answer).toContain('TypeError [ERR_INVALID_ARG_TYPE]');
  }
  for (const value of [null, undefined, 'orders', {}, { id: 5 }]) {
    expect(() => collectQueueMetrics({ register, queues: { orders: value as never } })).toThrow(TypeError);
  }
  expect(() => collectQueueMetrics({ register, queues: { orders: -1 } })).toThrow(RangeError);
  expect(() => collectQueueMetrics({ register, prefix: 'a-b' })).toThrow(RangeError);
  expect(register.getMetricsAsArray()).toEqual([]);
});

it('docs/metrics.md lists every metric with its type, and no other', async () => {
  collect({ waiters: true });
  const page = readFileSync(join(__dirname, '..', '..', 'docs', 'metrics.md'), 'utf8');
  const listed = [...page.matchAll(/^\| `(sysvmq_\w+)` \| (\w+) \|/gm)].map(([, name, type]) => `${name} ${type}`);
  const registered = (await register.getMetricsAsJSON()).map(({ name, type }) => `${name} ${type}`);
  expect(listed.sort()).toEqual(registered.sort());
});
