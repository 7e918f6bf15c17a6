/** Any sequence of calls of the public API against a model of a queue. `node trust/model.mjs` has its long form. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import * as library from '../../lib/index';
import { modelProperty } from '../../trust/model/commands';
import { LONG_TIMEOUT_MS, times } from '../support/long-tests';
import { itNeeds, otherUsers } from '../support/needs';
import { itSlow, slow } from '../support/slow';

const root = join(__dirname, '..', '..');
/** What else the machine does may make a second of work a minute. */
const CHILD_TIMEOUT_MS = 300_000;

itSlow(
  'any sequence of calls does what the model of a queue does',
  async () => {
    const tally = { runs: 0, steps: 0, calls: {} };
    await fc.assert(modelProperty(library, tally, { maxCommands: 40 }), {
      numRuns: times(200, 10_000),
      unbiased: true,
    });
    expect(tally.steps).toBeGreaterThan(tally.runs);
  },
  LONG_TIMEOUT_MS,
);

itNeeds(
  slow(otherUsers),
  'any sequence of calls does so where permissions and owners change, also while calls wait',
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'sysvmq-model-'));
    try {
      const file = join(folder, 'result.json');
      const args = ['trust/model.mjs', '--minutes', '0.001', '--seed', '20', '--json', file];
      const { stderr, status } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
      expect({ status, failed: stderr.match(/FAILED.*/g) }).toEqual({ status: 0, failed: null });
      const { figures } = JSON.parse(readFileSync(file, 'utf8'));
      const count = (name: string) => figures.find((figure: { name: string }) => figure.name === name)?.value;
      expect(count('changes of mode, owner or group')).toBeGreaterThan(0);
      expect(count('waits that ended because permission was taken away')).toBeGreaterThan(0);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
  CHILD_TIMEOUT_MS,
);
