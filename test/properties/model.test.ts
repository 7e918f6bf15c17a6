/** Any sequence of calls of the public API against a model of a queue. `node trust/model.mjs` has its long form. */

import fc from 'fast-check';
import * as library from '../../lib/index';
import { modelProperty } from '../../trust/model/commands';
import { LONG_TIMEOUT_MS, times } from '../support/long-tests';

it(
  'any sequence of calls does what the model of a queue does',
  async () => {
    const tally = { runs: 0, steps: 0, calls: {} };
    await fc.assert(modelProperty(library, tally, 40), { numRuns: times(200, 10_000), unbiased: true });
    expect(tally.steps).toBeGreaterThan(tally.runs);
  },
  LONG_TIMEOUT_MS,
);
