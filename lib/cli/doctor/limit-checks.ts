/** Checks of the limits: their values, their use, and whether this process may change them. */

import { accessSync, constants } from 'node:fs';
import { describeLimits, getUsage } from '../../kernel/limits';
import { listQueues } from '../../kernel/queues';
import { formatCount, formatKey, formatShare } from '../output/format';
import { fillOf } from '../output/queue-json';
import type { Finding } from './finding';

const NEARLY = 0.8;

export function checkLimits(): Finding[] {
  const enforced = describeLimits().filter((limit) => limit.enforced);
  const values = Object.fromEntries(enforced.map(({ field, value }) => [field, value]));
  const says = `${enforced.map(({ field, value }) => `${field} ${value}`).join(', ')}.`;
  const writable = enforced.every(({ procPath }) => isWritable(procPath as string));
  const means = writable
    ? 'This user may change them (sysvmq limits set).'
    : 'This user may not change them: that needs root in the user namespace that owns the IPC namespace.';
  return [{ name: 'limits', state: 'ok', says, means, data: { ...values, writable } }, checkQueueCount(), checkFill()];
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function checkQueueCount(): Finding {
  const { queues, messages, bytes, against } = getUsage();
  const { ratio, limit } = against.queues;
  const holds = `with ${formatCount(messages, 'message')} of ${formatCount(bytes, 'byte')}`;
  const says = `${formatCount(queues, 'queue')} of ${limit} (${formatShare(ratio)}), ${holds}.`;
  const data = { queues, messages, bytes, msgmni: limit };
  if (ratio < NEARLY) return { name: 'usage', state: 'ok', says, data };
  const means =
    'At msgmni no process can create a queue (ENOSPC). sysvmq prune shows unused ones; sysvmq limits set msgmni=N.';
  return { name: 'usage', state: ratio >= 1 ? 'problem' : 'note', says, means, data };
}

function checkFill(): Finding {
  const full = listQueues().filter((status) => fillOf(status) >= NEARLY);
  const data = { threshold: NEARLY, ids: full.map(({ id }) => id) };
  if (full.length === 0) return { name: 'fill', state: 'ok', says: 'No queue is nearly full.', data };
  const some = full
    .slice(0, 5)
    .map((status) => `${status.id} (${formatKey(status.key)}, ${formatShare(fillOf(status))})`);
  const more = full.length > some.length ? ` and ${full.length - some.length} more` : '';
  const says = `Full or nearly so: ${full.length === 1 ? 'queue' : 'queues'} ${some.join(', ')}${more}.`;
  const means =
    'A send to them waits, or fails with EAGAIN. Receive faster, or enlarge them: sysvmq set --id N --max-bytes B.';
  return { name: 'fill', state: 'note', says, means, data };
}
