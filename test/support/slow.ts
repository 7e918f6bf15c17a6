/**
 * Tests that take 0.2 s or more on a quiet machine, as most do that start a process: npm run test:fast leaves them out and
 * counts them.
 */

import type { Need } from './needs';

const areLeftOut = (process.env['SYSVMQ_FAST_TESTS'] ?? '') !== '';

/** `it`, with `each`, for a slow test. */
export const itSlow: jest.It = areLeftOut ? it.skip : it;

/** The need of a slow test, for itNeeds. */
export function slow(need: Need): Need {
  return { ...need, isLeftOut: areLeftOut };
}
