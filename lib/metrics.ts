/** Metrics for Prometheus, on prom-client: the entry point sysvmq/metrics. docs/metrics.md lists them. */

import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Counter, Gauge, Histogram, Registry, RegistryContentType } from 'prom-client';
import type { ConsumeEvent, ErrorEvent, ReceiveEvent, RecoverEvent, SendEvent, WaitEvent } from '../types/diagnostics';
import type { QueueStatus } from '../types/queue';
import { setImmediate } from './core/event-loop';
import { liveConsumers } from './core/live-consumers';
import { checkOptions, optionNames } from './core/options';
import { checkObject, checkQueueId, checkString, invalidType, outOfRange } from './core/validators';
import { statusOf } from './kernel/error-from-errno';
import { getLimits, getUsage } from './kernel/limits';
import { toQueueStatus } from './kernel/queues';
import { MessageQueue } from './queue/message-queue';

/** The module prom-client. */
export type PromClient = typeof import('prom-client');

type AnyRegistry = Registry<RegistryContentType>;

/** A queue of which there are metrics: a MessageQueue, open or closed, or an id. */
export type MeasuredQueue = Pick<MessageQueue, 'id'> | number;

/** What to collect, and for which registry. */
export interface QueueMetricsOptions {
  /** The queues whose depth and bytes are measured, by the names that they have in the metrics. */
  queues?: Record<string, MeasuredQueue> | undefined;
  /** Where the metrics are registered. Default: prom-client's global registry. */
  register?: AnyRegistry | undefined;
  /** Put in front of every metric's name. Default: ''. */
  prefix?: string | undefined;
  /** The module prom-client, where this package would find another copy of it than yours. */
  client?: PromClient | undefined;
}

/** What `collectQueueMetrics` returns. */
export interface QueueMetrics {
  /** Measures one more queue. A name that is there already is the new queue's. */
  addQueue(name: string, queue: MeasuredQueue): void;
  /** Measures a queue no more. */
  removeQueue(name: string): void;
  /** Unregisters the metrics, and counts no more. */
  close(): void;
}

/** The queue label of messages from and to queues that have no name here: their ids would be labels without end. */
const OTHER_QUEUES = 'other';
const SECONDS_BUCKETS = [0.0001, 0.001, 0.01, 0.1, 1, 10, 60];
const known = optionNames<QueueMetricsOptions>('collectQueueMetrics', {
  queues: true,
  register: true,
  prefix: true,
  client: true,
});
const METRIC_PREFIX = /^([a-zA-Z_:][a-zA-Z0-9_:]*)?$/;

/**
 * Registers metrics of this IPC namespace, of chosen queues, and of what this process does with all of its queues.
 *
 * Gauges of queues and limits are read from the kernel when they are scraped. Counters count from this call on, over the
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
  const { queues = {}, register, prefix = '', client } = checkOptions(options, known) ?? {};
  if (!METRIC_PREFIX.test(checkString(prefix, 'options.prefix'))) {
    throw outOfRange('options.prefix', 'the beginning of a metric name: letters, digits, _ and :', prefix);
  }
  const ids = new Map<string, number>();
  for (const [name, queue] of Object.entries(checkObject(queues, 'options.queues'))) ids.set(name, idOf(queue));

  const promClient = client ?? loadPromClient();
  const registry = register ?? promClient.register;
  const make = new MetricMaker(promClient, registry, prefix);
  try {
    measureNamespace(make);
    measureQueues(make, ids);
    measureConsumers(make);
    const unsubscribeAll = countEvents(make, ids);
    return {
      addQueue: (name, queue) => void ids.set(checkString(name, 'name'), idOf(queue)),
      removeQueue: (name) => void ids.delete(checkString(name, 'name')),
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

/** Makes metrics, and unregisters those it has made. */
class MetricMaker {
  readonly #client: PromClient;
  readonly #registry: AnyRegistry;
  readonly #prefix: string;
  readonly #made: string[] = [];

  constructor(client: PromClient, registry: AnyRegistry, prefix: string) {
    this.#client = client;
    this.#registry = registry;
    this.#prefix = prefix;
  }

  /** `collect` sets the gauge anew at each scrape. */
  gauge<Label extends string>(
    name: string,
    help: string,
    labelNames: Label[],
    collect?: (gauge: Gauge<Label>) => void,
  ): Gauge<Label> {
    const configuration = { ...this.#base(name, help), labelNames };
    const metric =
      collect === undefined
        ? new this.#client.Gauge<Label>(configuration)
        : new this.#client.Gauge<Label>({
            ...configuration,
            collect() {
              this.reset();
              collect(this);
            },
          });
    this.#made.push(this.#prefix + name);
    return metric;
  }

  counter<Label extends string>(name: string, help: string, labelNames: Label[]): Counter<Label> {
    const metric = new this.#client.Counter<Label>({ ...this.#base(name, help), labelNames });
    this.#made.push(this.#prefix + name);
    return metric;
  }

  histogram<Label extends string>(name: string, help: string, labelNames: Label[]): Histogram<Label> {
    const buckets = SECONDS_BUCKETS;
    const metric = new this.#client.Histogram<Label>({ ...this.#base(name, help), labelNames, buckets });
    this.#made.push(this.#prefix + name);
    return metric;
  }

  unregister(): void {
    for (const name of this.#made.splice(0)) this.#registry.removeSingleMetric(name);
  }

  #base(name: string, help: string) {
    return { name: this.#prefix + name, help, registers: [this.#registry] };
  }
}

/** Calls `read` once for all the gauges of a scrape. Undefined: it failed, and there is nothing to show. */
function oncePerScrape<Value>(read: () => Value): () => Value | undefined {
  let known: { value: Value | undefined } | undefined;
  return () => {
    if (known === undefined) {
      try {
        known = { value: read() };
      } catch {
        known = { value: undefined };
      }
      setImmediate(() => {
        known = undefined;
      });
    }
    return known.value;
  };
}

function measureNamespace(make: MetricMaker): void {
  const usage = oncePerScrape(getUsage);
  const limits = oncePerScrape(getLimits);
  const show = (name: string, help: string, read: () => number | undefined): void => {
    make.gauge(name, help, [], (gauge) => {
      const value = read();
      if (value === undefined) gauge.remove();
      else gauge.set(value);
    });
  };
  show('sysvmq_namespace_queues', 'Queues in this IPC namespace.', () => usage()?.queues);
  show('sysvmq_namespace_messages', 'Messages in all queues of this IPC namespace.', () => usage()?.messages);
  show('sysvmq_namespace_bytes', 'Bytes in all queues of this IPC namespace.', () => usage()?.bytes);
  show('sysvmq_limit_queues', 'Most queues in this IPC namespace (MSGMNI).', () => limits()?.msgmni);
  show('sysvmq_limit_message_bytes', 'Most bytes in a message (MSGMAX).', () => limits()?.msgmax);
  show('sysvmq_limit_queue_bytes', 'Most bytes in a new queue (MSGMNB).', () => limits()?.msgmnb);
}

function measureQueues(make: MetricMaker, ids: Map<string, number>): void {
  const show = (name: string, help: string, read: (status: QueueStatus | undefined) => number | undefined): void => {
    make.gauge(name, help, ['queue'], (gauge) => {
      for (const [queue, id] of ids) {
        const status = statusOf(id);
        const value = read(status === undefined ? undefined : toQueueStatus(id, status));
        if (value !== undefined) gauge.set({ queue }, value);
      }
    });
  };
  const seconds = (moment: Date | null | undefined) => (moment === undefined ? undefined : Number(moment) / 1000);
  show('sysvmq_queue_up', 'Whether the queue exists: 1 or 0.', (status) => (status === undefined ? 0 : 1));
  show('sysvmq_queue_messages', 'Messages in the queue.', (status) => status?.messageCount);
  show('sysvmq_queue_bytes', 'Bytes in the queue.', (status) => status?.usedBytes);
  show('sysvmq_queue_limit_bytes', 'Most bytes in the queue (msg_qbytes).', (status) => status?.maxBytes);
  show('sysvmq_queue_last_send_timestamp_seconds', 'When a message was sent last; 0: never.', (status) =>
    seconds(status?.lastSentAt),
  );
  show('sysvmq_queue_last_receive_timestamp_seconds', 'When a message was received last; 0: never.', (status) =>
    seconds(status?.lastReceivedAt),
  );
}

function measureConsumers(make: MetricMaker): void {
  const show = (name: string, help: string, combine: (before: number, inHand: number, age: number) => number): void => {
    make.gauge(name, `${help} of this process, by consumer.`, ['consumer'], (gauge) => {
      const values = new Map<string, number>();
      for (const consumer of liveConsumers) {
        const { name: label, inHand, oldestAge } = consumer.stats();
        values.set(label, combine(values.get(label) ?? 0, inHand, oldestAge / 1000));
      }
      for (const [label, value] of values) gauge.set({ consumer: label }, value);
    });
  };
  show('sysvmq_consumer_in_hand_messages', 'Messages in hand', (before, inHand) => before + inHand);
  show('sysvmq_consumer_oldest_age_seconds', 'Since the oldest message in hand was taken', (before, _, age) =>
    Math.max(before, age),
  );
}

/** Counts what this process does, until the function that it returns is called. */
function countEvents(make: MetricMaker, ids: Map<string, number>): () => void {
  const nameOf = (queueId: number): string => {
    for (const [name, id] of ids) if (id === queueId) return name;
    return OTHER_QUEUES;
  };
  const counterOf = (what: string, help: string) =>
    make.counter(`sysvmq_${what}_total`, `${help} by this process, by queue; those without a name are 'other'.`, [
      'queue',
    ]);
  const sent = counterOf('sent_messages', 'Messages sent');
  const sentBytes = counterOf('sent_bytes', 'Bytes sent');
  const received = counterOf('received_messages', 'Messages received');
  const receivedBytes = counterOf('received_bytes', 'Bytes received');
  const pending = make.gauge('sysvmq_waits_pending', 'Calls of this process that wait.', ['operation']);
  const waited = make.histogram('sysvmq_wait_duration_seconds', 'How long calls of this process waited.', [
    'operation',
  ]);
  const errors = make.counter('sysvmq_errors_total', 'Errors of this library in this process.', ['class', 'code']);
  const consumed = make.counter(
    'sysvmq_consumed_messages_total',
    'Attempts of consumers of this process, by outcome.',
    ['consumer', 'outcome'],
  );
  const recovered = make.counter('sysvmq_recovered_messages_total', 'Messages of dead consumers that were found.', [
    'consumer',
  ]);
  for (const operation of ['send', 'receive'] as const) pending.set({ operation }, 0);

  // A wait whose start was told before this began is not one of those that are pending here.
  const waits = new WeakSet<WaitEvent>();
  const listeners: Record<string, (event: never) => void> = {
    'sysvmq:send': ({ queueId, bytes }: SendEvent) => {
      const queue = nameOf(queueId);
      sent.inc({ queue });
      sentBytes.inc({ queue }, bytes);
    },
    'sysvmq:receive': ({ queueId, bytes }: ReceiveEvent) => {
      const queue = nameOf(queueId);
      received.inc({ queue });
      receivedBytes.inc({ queue }, bytes);
    },
    'sysvmq:consume': ({ name, outcome }: ConsumeEvent) => consumed.inc({ consumer: name, outcome }),
    'sysvmq:recover': ({ name, count }: RecoverEvent) => recovered.inc({ consumer: name }, count),
    'sysvmq:wait:start': (wait: WaitEvent) => {
      waits.add(wait);
      pending.inc({ operation: wait.operation });
    },
    'sysvmq:wait:end': (wait: WaitEvent) => {
      if (waits.delete(wait)) pending.dec({ operation: wait.operation });
      waited.observe({ operation: wait.operation }, (wait.duration as number) / 1000);
    },
    'sysvmq:error': ({ error }: ErrorEvent) => errors.inc({ class: error.name, code: error.code }),
  };
  for (const [name, listener] of Object.entries(listeners)) subscribe(name, listener as never);
  return () => {
    for (const [name, listener] of Object.entries(listeners)) unsubscribe(name, listener as never);
  };
}
