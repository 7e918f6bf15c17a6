/** All that the kernel shows of the namespace's queues, for tests of calls that must change nothing. */

import { readFileSync } from 'node:fs';
import { IPC_STAT, MSG_INFO, msgctl } from '../../lib/index';
import { readLimit, remainingQueues } from './namespace';

/** Every queue with all its fields, what all queues hold together, and the limits. */
export function kernelState(): string {
  // The list in /proc has every field of a queue but msg_qbytes.
  const capacities = remainingQueues().map((id) => msgctl(id, IPC_STAT).msg_qbytes);
  const limits = [readLimit('msgmni'), readLimit('msgmax'), readLimit('msgmnb')];
  const totals = msgctl(0, MSG_INFO);
  return JSON.stringify({ queues: readFileSync('/proc/sysvipc/msg', 'latin1'), capacities, totals, limits });
}
