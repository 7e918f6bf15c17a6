/** Test files that run once more with queues in memory (test/testing/same-tests.test.ts). */

import type * as library from '../../lib/index';
import type * as testing from '../../lib/testing/index';

/** Set where the queues must be in memory. */
export const IN_MEMORY = 'SYSVMQ_TEST_MEMORY_QUEUES';

/** Puts the queues in memory if this run asks for it. Returns an object with the ids of the queues that are left. */
export function useMemoryQueuesIfAsked(): () => number[] {
  if (process.env[IN_MEMORY] !== '1') return () => [];
  const { useMemoryQueues } = require('../../lib/testing/index') as typeof testing;
  const { listQueues, MessageQueue } = require('../../lib/index') as typeof library;
  useMemoryQueues();
  return () => {
    const left = listQueues().map(({ id }) => id);
    for (const id of left) MessageQueue.attach(id).remove();
    return left;
  };
}
