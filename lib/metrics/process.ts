/** Metrics of this process. */

import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ConsumeEvent, ErrorEvent, ReceiveEvent, RecoverEvent, SendEvent, WaitEvent } from '../core/diagnostics';
import { liveConsumers } from '../core/live-consumers';
import type { MetricMaker } from './metric-maker';

/** The queue label for queues without a name here: their ids would create an unbounded number of labels. */
const OTHER_QUEUES = 'other';

export function measureConsumers(make: MetricMaker): void {
  const show = (
    name: string,
    help: string,
    aggregator: 'sum' | 'max',
    combine: (before: number, inHand: number, age: number) => number,
  ): void => {
    make.gauge(name, `${help} of this process, by consumer.`, ['consumer'], aggregator, (gauge) => {
      const values = new Map<string, number>();
      for (const consumer of liveConsumers) {
        const { name: label, inHand, oldestAge } = consumer.stats();
        values.set(label, combine(values.get(label) ?? 0, inHand, oldestAge / 1000));
      }
      for (const [label, value] of values) gauge.set({ consumer: label }, value);
    });
  };
  show('sysvmq_consumer_in_hand_messages', 'Messages in hand', 'sum', (before, inHand) => before + inHand);
  show('sysvmq_consumer_oldest_age_seconds', 'Since the oldest message in hand was taken', 'max', (before, _, age) =>
    Math.max(before, age),
  );
}

/** Counts this process's calls, until the returned function is called. */
export function countEvents(make: MetricMaker, nameOfQueue: (id: number) => string | undefined): () => void {
  const listeners: Listeners = {
    ...countMessages(make, (queueId) => nameOfQueue(queueId) ?? OTHER_QUEUES),
    ...countWaits(make),
    ...countConsumed(make),
    ...countErrors(make),
  };
  for (const [name, listener] of Object.entries(listeners)) subscribe(name, listener as never);
  return () => {
    for (const [name, listener] of Object.entries(listeners)) unsubscribe(name, listener as never);
  };
}

/** By the name of their channel. */
type Listeners = Record<string, (event: never) => void>;

function countMessages(make: MetricMaker, nameOf: (queueId: number) => string): Listeners {
  const counterOf = (what: string, help: string) =>
    make.counter(`sysvmq_${what}_total`, `${help} by this process, by queue; those without a name are 'other'.`, [
      'queue',
    ]);
  const sent = counterOf('sent_messages', 'Messages sent');
  const sentBytes = counterOf('sent_bytes', 'Bytes sent');
  const received = counterOf('received_messages', 'Messages received');
  const receivedBytes = counterOf('received_bytes', 'Bytes received');
  return {
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
  };
}

function countWaits(make: MetricMaker): Listeners {
  const pending = make.gauge('sysvmq_waits_pending', 'Calls of this process that wait.', ['operation'], 'sum');
  const waited = make.histogram('sysvmq_wait_duration_seconds', 'How long calls of this process waited.', [
    'operation',
  ]);
  for (const operation of ['send', 'receive'] as const) pending.set({ operation }, 0);
  // A wait that started earlier does not count as pending here.
  const waits = new WeakSet<WaitEvent>();
  return {
    'sysvmq:wait:start': (wait: WaitEvent) => {
      waits.add(wait);
      pending.inc({ operation: wait.operation });
    },
    'sysvmq:wait:end': (wait: WaitEvent) => {
      if (waits.delete(wait)) pending.dec({ operation: wait.operation });
      waited.observe({ operation: wait.operation }, (wait.duration as number) / 1000);
    },
  };
}

function countConsumed(make: MetricMaker): Listeners {
  const consumed = make.counter(
    'sysvmq_consumed_messages_total',
    'Attempts of consumers of this process, by outcome.',
    ['consumer', 'outcome'],
  );
  const recovered = make.counter('sysvmq_recovered_messages_total', 'Messages of dead consumers that were found.', [
    'consumer',
  ]);
  return {
    'sysvmq:consume': ({ name, outcome }: ConsumeEvent) => consumed.inc({ consumer: name, outcome }),
    'sysvmq:recover': ({ name, count }: RecoverEvent) => recovered.inc({ consumer: name }, count),
  };
}

function countErrors(make: MetricMaker): Listeners {
  const errors = make.counter('sysvmq_errors_total', 'Errors of this library in this process.', ['class', 'code']);
  return { 'sysvmq:error': ({ error }: ErrorEvent) => errors.inc({ class: error.name, code: error.code }) };
}
