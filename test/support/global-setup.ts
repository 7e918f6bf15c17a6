/** Runs once before all tests: they may only run in the namespace that test/run.mjs has made. */

import { remainingQueues } from './namespace';

export default function requireOwnNamespace(): void {
  if (process.env['SYSVMQ_TEST_NAMESPACE'] !== 'own') {
    throw new Error(
      'These tests change the limits and remove queues: run them with "npm test", in a namespace of their own.',
    );
  }
  const queues = remainingQueues();
  if (queues.length > 0) throw new Error(`The namespace is not fresh: it has ${queues.length} queues.`);
}
