#!/usr/bin/env node
// Random sequences of calls of the public API against a model of a queue, for as long as one likes.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { root } from '../tools/harness/places.mjs';
import { runPart } from './harness/part.mjs';
import { mayHaveOfficer, runWithOfficer } from './model/officer.mjs';

const part = {
  name: 'model',
  title: 'random sequences of calls of the public API against a model of a queue',
  does: `Makes random sequences of calls of MessageQueue (three handles of one queue; sends and receives of all forms, which wait,
are canceled, time out; limits, closing, removal) against dist/, and compares each with a model of a queue. The process has
no CAP_IPC_OWNER and no CAP_SYS_ADMIN, and the queues are another user's: mode, owner and group change, by its own calls and
by those of another process, and the model says what is refused. That takes root; other users have the rest.

The same seed makes the same sequences in the same order. A failure is shrunk and printed with its seed, path and replay
path: with these three, that sequence alone is run again. Takes npm run build first.`,
  minutes: 1,
  options: {
    path: { words: 'one sequence of a seed, as a failure names it', kind: 'text' },
    'replay-path': { words: 'its calls, as a failure names them', kind: 'text' },
    'no-shrink': { words: 'leaves a failure as it was found', kind: 'flag' },
  },
};

const require = createRequire(import.meta.url);

function figuresOf({ runs, calls: { 'wait refused': refused, ...calls } }, hasOfficer) {
  const total = Object.values(calls).reduce((sum, count) => sum + count, 0);
  const each = Object.entries(calls)
    .sort(([, one], [, other]) => other - one)
    .map(([name, count]) => `${name} ${count.toLocaleString('en')}`);
  const permissions = hasOfficer
    ? [
        {
          name: 'changes of mode, owner or group',
          value: (calls['officer sets'] ?? 0) + (calls['set permissions'] ?? 0),
        },
        { name: 'waits that ended because permission was taken away', value: refused ?? 0 },
      ]
    : [{ name: 'changes of mode, owner or group', value: 'none: they take root' }];
  return [
    { name: 'sequences of calls', value: runs },
    { name: 'calls', value: total },
    ...permissions,
    { name: 'of each call', value: each.join(', ') },
  ];
}

await runPart(part, async ({ minutes, seed, path, 'replay-path': replayPath, 'no-shrink': noShrink }) => {
  const hasOfficer = mayHaveOfficer();
  const settings = { minutes, seed, path, replayPath, shrinks: noShrink !== true, hasOfficer };
  const command = [process.execPath, join(root, 'trust/model/process.mjs')];
  const library = require('../dist/index.js');
  const { tally, failures } = await runWithOfficer(library, command, { rights: !hasOfficer, settings });
  return { figures: figuresOf(tally, hasOfficer), failures };
});
