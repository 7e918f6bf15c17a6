/** Runs around every test: what it made goes, the limits come back, and a queue that is left fails it. */

import { execFileSync } from 'node:child_process';
import { stopChildren } from './child';
import { useMemoryQueuesIfAsked } from './memory-queues';
import { remainingQueues, restoreLimits } from './namespace';
import { stopPartners } from './partner';
import { removeTestQueues } from './queues';

const queuesInMemory = useMemoryQueuesIfAsked();

afterEach(async () => {
  await stopChildren();
  await stopPartners();
  await removeTestQueues();
  restoreLimits();
  const left = remainingQueues();
  for (const id of left) execFileSync('ipcrm', ['-q', String(id)]);
  left.push(...queuesInMemory());
  if (left.length > 0) throw new Error(`This test left ${left.length} queues behind: ${left.join(', ')}`);
});
