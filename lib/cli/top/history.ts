/** The data of `sysvmq top`: the queues now, and their history. */

import { type QueueSample, sampleOf } from '../../admin/sample';
import { getLimits, getUsage, type Limits, type Usage } from '../../kernel/limits';
import { listQueues } from '../../kernel/queues';
import { lastUsed } from '../output/queue-orders';
import { QueueUsers } from '../queue-users';

/** The samples that the widest terminal shows. */
const LONGEST = 300;

export interface Row {
  sample: QueueSample;
  /** The queue's fill, from the oldest sample to the latest. */
  fills: number[];
  /** Its activity, in the same order: the messages a second by which it grew or shrank, or at least moved. */
  activity: number[];
  /** Its use, as its last times show, independent of its rate. */
  use: Use;
}

/**
 * Whether the queue was just used for a send or a receive. The kernel counts neither. When a queue is filled and
 * drained at the same rate, only the times of the last msgsnd and msgrcv, in whole seconds, show that it is in use.
 */
export interface Use {
  sent: boolean;
  received: boolean;
}

export interface Snapshot {
  at: Date;
  limits: Limits;
  usage: Usage;
  rows: Row[];
  users: QueueUsers;
}

/** The limit of "just", in milliseconds: the times are whole seconds. */
const JUST_NOW_MS = 2000;
/** A queue that was just used moves at least one message in that time. */
const MIN_MESSAGES_PER_SECOND = 1000 / JUST_NOW_MS;
/** The shortest time between two searches for waiters, in milliseconds: each reads all of /proc. */
const USERS_AGE_MS = 1000;

export class History {
  #rows = new Map<number, Row>();
  #users = new QueueUsers();
  #usersAt = Number.NEGATIVE_INFINITY;

  /** Samples all queues of the namespace. */
  look(): Snapshot {
    const at = new Date();
    const rows = listQueues().map((status): Row => {
      const before = this.#rows.get(status.id);
      const sample = sampleOf(status, at, before?.sample);
      const use = useOf(status, at);
      const least = use.sent || use.received ? MIN_MESSAGES_PER_SECOND : 0;
      return {
        sample,
        use,
        fills: extended(before?.fills, sample.fill),
        activity: extended(before?.activity, Math.max(Math.abs(sample.messagesPerSecond), least)),
      };
    });
    // Forgets the queues that are gone.
    this.#rows = new Map(rows.map((row) => [row.sample.status.id, row]));
    return { at, limits: getLimits(), usage: getUsage(), rows, users: this.#currentUsers() };
  }

  #currentUsers(): QueueUsers {
    const now = performance.now();
    if (now - this.#usersAt >= USERS_AGE_MS) {
      this.#users = new QueueUsers();
      this.#usersAt = now;
    }
    return this.#users;
  }
}

/** Computed from the times of the last calls. */
function useOf({ lastSentAt, lastReceivedAt }: QueueSample['status'], at: Date): Use {
  const justNow = (moment: Date | null): boolean => at.getTime() - Number(moment) < JUST_NOW_MS;
  return { sent: justNow(lastSentAt), received: justNow(lastReceivedAt) };
}

/** The time of the queue's last use; null for never. */
export function lastUsedAt(status: QueueSample['status']): Date | null {
  const moment = lastUsed(status);
  return moment === 0 ? null : new Date(moment);
}

function extended(values: number[] = [], value: number): number[] {
  return [...values.slice(1 - LONGEST), value];
}
