/** Refuses what queues in memory (lib/native/memory/) cannot do. */

import { constants } from 'node:os';
import { UnsupportedError } from '../core/errors';
import { queuesAreInMemory } from './registers';

/** The error of a call that needs the kernel's queues. */
export function kernelNeeded(what: string): UnsupportedError {
  const words = `${what} needs the kernel's message queues. Here useMemoryQueues() of sysvmq/testing has put queues in memory in their place.`;
  return new UnsupportedError(words, { code: 'ENOSYS', errno: -constants.errno.ENOSYS });
}

/** Throws where the queues are in memory. */
export function requireKernel(what: string): void {
  if (queuesAreInMemory()) throw kernelNeeded(what);
}
