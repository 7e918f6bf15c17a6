/** Metrics of the IPC namespace. */

import { getLimits, getUsage } from '../kernel/limits';
import { type MetricMaker, oncePerScrape } from './metric-maker';

export function measureNamespace(make: MetricMaker): void {
  const usage = oncePerScrape(getUsage);
  const limits = oncePerScrape(getLimits);
  const show = (name: string, help: string, read: () => number | undefined): void => {
    make.gauge(name, help, [], 'max', (gauge) => {
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
