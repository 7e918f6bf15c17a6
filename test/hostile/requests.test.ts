/** Any messages at a live RequestServer and RequestClient, from another process with write permission. `node trust/server.mjs` has the long form. */

import fc from 'fast-check';
import * as library from '../../lib/index';
import { emptyTally, serverProperty } from '../../trust/server/under-attack';
import { LONG_TIMEOUT_MS, times } from '../support/long-tests';
import { itSlow } from '../support/slow';

itSlow(
  'whatever messages arrive meanwhile, honest requests are answered once each, and the counts say what was refused',
  async () => {
    const tally = emptyTally();
    await fc.assert(serverProperty(library, tally), { numRuns: times(50, 5_000) });
    for (const count of ['malformed', 'expired', 'failed', 'undeliverable', 'stray', 'late'] as const) {
      expect({ [count]: tally[count] > 0 }).toEqual({ [count]: true });
    }
  },
  LONG_TIMEOUT_MS,
);
