/** Metrics of each queue: of those with a name, or of all queues of the IPC namespace. */

import { findWaiters } from '../admin/processes';
import { countInHand } from '../consume/inspect';
import { formatKey } from '../core/format';
import { refusePromise } from '../core/validators';
import { fillOf, listQueues, type QueueStatus, toQueueStatus } from '../kernel/queues';
import { statusOf } from '../kernel/status-of';
import { type MetricMaker, oncePerScrape } from './metric-maker';

/** A queue at a scrape; without a status it does not exist. */
interface Measured {
  name: string;
  id: number;
  status: QueueStatus | undefined;
}

/** The queues that are measured. */
export class MeasuredQueues {
  readonly #names = new Map<string, number>();
  readonly #filter: ((status: QueueStatus) => boolean) | undefined;

  /** @param filter - If given, every queue of the namespace that it accepts is measured, besides those with a name. */
  constructor(filter: ((status: QueueStatus) => boolean) | undefined) {
    this.#filter = filter;
  }

  add(name: string, id: number): void {
    this.#names.set(name, id);
  }

  remove(name: string): void {
    this.#names.delete(name);
  }

  /** The label of a queue; undefined when its messages count under OTHER_QUEUES. */
  nameOf(id: number): string | undefined {
    for (const [name, named] of this.#names) if (named === id) return name;
    return undefined;
  }

  now(): Measured[] {
    const named = [...this.#names].map(([name, id]) => {
      const status = statusOf(id);
      return { name, id, status: status === undefined ? undefined : toQueueStatus(id, status) };
    });
    if (this.#filter === undefined) return named;
    const filter = this.#filter;
    const others = listQueues()
      .filter((status) => {
        if (this.nameOf(status.id) !== undefined) return false;
        const accepted = filter(status);
        refusePromise(accepted, 'options.filter');
        return accepted;
      })
      .map((status) => ({ name: labelOf(status), id: status.id, status }));
    return [...named, ...others];
  }
}

/** Like the command's argument: the queue's key, or the id of one without a key. */
const labelOf = ({ key, id }: QueueStatus): string => (key === 0 ? `id ${id}` : formatKey(key));

const seconds = (moment: Date | null): number => Number(moment) / 1000;

export function measureQueues(make: MetricMaker, queues: MeasuredQueues, withWaiters: boolean): void {
  const measured = oncePerScrape(() => queues.now());
  const show = (name: string, help: string, read: (status: QueueStatus, id: number) => number | undefined): void => {
    make.gauge(name, help, ['queue'], 'max', (gauge) => {
      for (const { name: queue, id, status } of measured() ?? []) {
        const value = status === undefined ? undefined : read(status, id);
        if (value !== undefined) gauge.set({ queue }, value);
      }
    });
  };
  make.gauge('sysvmq_queue_up', 'Whether the queue exists: 1 or 0.', ['queue'], 'min', (gauge) => {
    for (const { name: queue, status } of measured() ?? []) gauge.set({ queue }, status === undefined ? 0 : 1);
  });
  show('sysvmq_queue_messages', 'Messages in the queue.', ({ messageCount }) => messageCount);
  show('sysvmq_queue_bytes', 'Bytes in the queue.', ({ usedBytes }) => usedBytes);
  show('sysvmq_queue_limit_bytes', 'Most bytes in the queue (msg_qbytes).', ({ maxBytes }) => maxBytes);
  show('sysvmq_queue_fill_ratio', 'How full the queue is, by bytes or by messages: 0 to 1.', fillOf);
  show('sysvmq_queue_last_send_timestamp_seconds', 'When a message was sent last; 0: never.', ({ lastSentAt }) =>
    seconds(lastSentAt),
  );
  show(
    'sysvmq_queue_last_receive_timestamp_seconds',
    'When a message was received last; 0: never.',
    ({ lastReceivedAt }) => seconds(lastReceivedAt),
  );
  const inHand = oncePerScrape(countInHand);
  show('sysvmq_queue_in_hand_messages', "Messages in hand of this user's consumers, dead ones included.", (status) =>
    inHand()?.(status),
  );
  if (withWaiters) measureWaiters(make, measured);
}

function measureWaiters(make: MetricMaker, measured: () => Measured[] | undefined): void {
  const waiters = oncePerScrape(findWaiters);
  const help = 'Threads of any process that wait for the queue, as far as this one may see.';
  make.gauge('sysvmq_queue_waiters', help, ['queue', 'operation'], 'max', (gauge) => {
    const found = waiters();
    if (found === undefined) return;
    for (const { name: queue, id, status } of measured() ?? []) {
      if (status === undefined) continue;
      const ofQueue = found.byQueue.get(id) ?? [];
      for (const [operation, call] of [
        ['send', 'msgsnd'],
        ['receive', 'msgrcv'],
      ] as const) {
        gauge.set({ queue, operation }, ofQueue.filter(({ syscall }) => syscall === call).length);
      }
    }
  });
}
