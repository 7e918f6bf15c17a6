/** What `sysvmq top` knows: the queues now, and how they were. */

import type { Limits, Usage } from '../../../types/limits';
import type { QueueSample } from '../../../types/watch-queue';
import { sampleOf } from '../../admin/sample';
import { getLimits, getUsage } from '../../kernel/limits';
import { listQueues } from '../../kernel/queues';

/** As many as the widest terminal shows. */
const LONGEST = 300;

export interface Row {
  sample: QueueSample;
  /** Messages in the queue, from the oldest sample to the latest. */
  depths: number[];
  /** By how many messages a second it grew, likewise. */
  rates: number[];
}

export interface Snapshot {
  at: Date;
  limits: Limits;
  usage: Usage;
  rows: Row[];
}

export class History {
  #rows = new Map<number, Row>();

  /** Looks at all queues of the namespace. */
  look(): Snapshot {
    const at = new Date();
    const rows = listQueues().map((status): Row => {
      const before = this.#rows.get(status.id);
      const sample = sampleOf(status, at, before?.sample);
      return {
        sample,
        depths: extended(before?.depths, sample.messages),
        // The first sample has no rate.
        rates: before === undefined ? [] : extended(before.rates, sample.messagesPerSecond),
      };
    });
    // Those that are gone are forgotten.
    this.#rows = new Map(rows.map((row) => [row.sample.status.id, row]));
    return { at, limits: getLimits(), usage: getUsage(), rows };
  }
}

function extended(values: number[] = [], value: number): number[] {
  return [...values.slice(1 - LONGEST), value];
}
