/** Metrics for Prometheus, on prom-client: the entry point sysvmq/metrics. docs/metrics.md lists them. */

import { invalidType, invalidValue, outOfRange } from './core/argument-errors';
import { checkOptions, optionNames } from './core/options';
import { checkBoolean, checkFunction, checkObject, checkQueueId, checkString } from './core/validators';
import type { QueueStatus } from './kernel/queues';
import { measureBridges } from './metrics/bridges';
import { type AnyRegistry, MetricMaker, type PromClient } from './metrics/metric-maker';
import { measureNamespace } from './metrics/namespace';
import { countEvents, measureConsumers } from './metrics/process';
import { MeasuredQueues, measureQueues } from './metrics/queues';
import { MessageQueue } from './queue/message-queue';

export type { PromClient } from './metrics/metric-maker';

/** A measured queue: a MessageQueue, open or closed, or an id. */
export type MeasuredQueue = Pick<MessageQueue, 'id'> | number;

/** The metrics to collect, and their registry. */
export interface QueueMetricsOptions {
  /** The measured queues, by their names in the metrics; or 'all' of this IPC namespace. */
  queues?: Record<string, MeasuredQueue> | 'all' | undefined;
  /** With `queues: 'all'`: which queues to measure. Default: each. You can still add a refused queue by name. */
  filter?: ((queue: QueueStatus) => boolean) | undefined;
  /**
   * Whether to show `sysvmq_queue_waiters`. Each scrape then examines every thread in /proc, which blocks the event
   * loop for some milliseconds, and for 25 ms when one of them is running. Default: false.
   */
  waiters?: boolean | undefined;
  /** The registry for the metrics. Default: prom-client's global registry. */
  register?: AnyRegistry | undefined;
  /** A prefix for every metric's name. Default: ''. */
  prefix?: string | undefined;
  /** The module prom-client, if this package would otherwise find another copy than yours. */
  client?: PromClient | undefined;
}

/** What `collectQueueMetrics` returns. */
export interface QueueMetrics {
  /** Measures one more queue. An existing name then means the new queue. */
  addQueue(name: string, queue: MeasuredQueue): void;
  /** Stops measuring a queue. */
  removeQueue(name: string): void;
  /** Unregisters the metrics, and stops counting. */
  close(): void;
}

const known = optionNames<QueueMetricsOptions>('collectQueueMetrics', {
  queues: true,
  filter: true,
  waiters: true,
  register: true,
  prefix: true,
  client: true,
});
const METRIC_PREFIX = /^([a-zA-Z_:][a-zA-Z0-9_:]*)?$/;

/**
 * Registers metrics of this IPC namespace, of chosen queues, and of this process's use of all its queues.
 *
 * A scrape reads the gauges of queues and limits from the kernel. Counters count from this call on, through the
 * channels of node:diagnostics_channel that docs/guide.md describes.
 *
 * @param options - Which queues, and where the metrics go.
 * @throws {Error} `ERR_PROM_CLIENT_MISSING`: the package prom-client is not installed.
 * @throws {Error} The registry has metrics of these names already: prom-client's own error.
 *
 * @example
 * const { collectQueueMetrics } = await import('sysvmq/metrics');
 * const { Registry } = await import('prom-client');
 * const queue = MessageQueue.createPrivate({ autoRemove: true });
 * const register = new Registry();
 * const metrics = collectQueueMetrics({ register, queues: { orders: queue } });
 * queue.trySend('order');
 * assert.match(await register.metrics(), /sysvmq_queue_messages\{queue="orders"\} 1/);
 * metrics.close();
 */
export function collectQueueMetrics(options?: QueueMetricsOptions): QueueMetrics {
  const { queues = {}, filter, waiters = false, register, prefix = '', client } = checkOptions(options, known) ?? {};
  if (!METRIC_PREFIX.test(checkString(prefix, 'options.prefix'))) {
    throw outOfRange('options.prefix', 'the beginning of a metric name: letters, digits, _ and :', prefix);
  }
  const measured = measuredQueues(queues, filter);
  checkBoolean(waiters, 'options.waiters');

  const promClient = client ?? loadPromClient();
  const registry = register ?? promClient.register;
  const make = new MetricMaker(promClient, registry, prefix);
  try {
    measureNamespace(make);
    measureQueues(make, measured, waiters);
    measureConsumers(make);
    measureBridges(make);
    const unsubscribeAll = countEvents(make, (id) => measured.nameOf(id));
    return {
      addQueue: (name, queue) => measured.add(checkString(name, 'name'), idOf(queue)),
      removeQueue: (name) => measured.remove(checkString(name, 'name')),
      close() {
        unsubscribeAll();
        make.unregister();
      },
    };
  } catch (error) {
    make.unregister();
    throw error;
  }
}

function measuredQueues(
  queues: Exclude<QueueMetricsOptions['queues'], undefined>,
  filter: QueueMetricsOptions['filter'],
): MeasuredQueues {
  if (filter !== undefined) checkFunction(filter, 'options.filter');
  if (queues === 'all') return new MeasuredQueues(filter ?? (() => true));
  if (filter !== undefined) throw invalidValue('options.filter', "is for queues: 'all'");
  const measured = new MeasuredQueues(undefined);
  const expected = "an object of queues by their names, or 'all'";
  if (typeof queues !== 'object') throw invalidType('options.queues', expected, queues);
  for (const [name, queue] of Object.entries(checkObject(queues, 'options.queues'))) measured.add(name, idOf(queue));
  return measured;
}

function idOf(queue: MeasuredQueue): number {
  if (queue instanceof MessageQueue) return queue.id;
  if (typeof queue === 'number') return checkQueueId(queue, 'queue');
  throw invalidType('queue', 'an instance of MessageQueue or of type number', queue);
}

function loadPromClient(): PromClient {
  try {
    return require('prom-client') as PromClient;
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code !== 'MODULE_NOT_FOUND' || !message.includes("'prom-client'")) throw cause;
    const words =
      'sysvmq/metrics needs the package prom-client, which is not installed. Run: npm install prom-client. Or give the module as options.client.';
    throw Object.assign(new Error(words, { cause }), { code: 'ERR_PROM_CLIENT_MISSING' });
  }
}
