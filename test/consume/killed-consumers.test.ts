/**
 * Consumers in real processes that are killed, stopped and moved: the scenarios of trust/consume.mjs in short. Every
 * message is handled at least once, and twice only those whose handler had begun.
 */

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LONG_TIMEOUT_MS, longTests, report } from '../support/long-tests';
import { itNeeds, otherUsers, program } from '../support/needs';
import { testSeed } from '../support/seed.cjs';
import { slow } from '../support/slow';
import { removeTemporaryFolders, temporaryFolder } from '../support/temporary-folder';

afterEach(removeTemporaryFolders);

const root = join(__dirname, '..', '..');
const WHOLE_MINUTES = '60';

// The scenarios run with node-gyp's build, whichever this runs against.
const compiler = {
  met: program('cc', 'gcc').met && (process.env['SYSVMQ_BUILD_DIR'] ?? 'build') === 'build',
  reason: "it takes cc (Debian package gcc), and node-gyp's build, with which this runs as well",
};

function runScenario(name: string): void {
  const json = join(temporaryFolder(), 'result.json');
  const minutes = longTests ? WHOLE_MINUTES : '0.1';
  const args = ['trust/consume.mjs', '--only', name, '--minutes', minutes, '--seed', String(testSeed), '--json', json];
  const { stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  const { ok, failures, figures } = JSON.parse(readFileSync(json, 'utf8'));
  expect({ failures, stderr: ok ? '' : stderr }).toEqual({ failures: [], stderr: '' });
  expect(figures).toHaveLength(1);
  report(`${figures[0].name}: ${figures[0].value}`);
}

const scenarios: [title: string, scenario: string, needsRoot?: true][] = [
  ['a consumer that is killed again and again while C keeps its queue full loses nothing', 'killed'],
  ['identical and empty messages are counted exactly, although their consumer is killed', 'identical'],
  ['four consumers of one name, killed in turn, and rivals in C lose nothing between them', 'four'],
  ['a message whose handler kills the process is a dead letter after its attempts, and the others go on', 'poison'],
  ['SIGTERM with work in hand loses nothing, and what was done does not come again', 'terminated'],
  ['a queue that is removed and made again loses only what was in it', 'removed'],
  ['messages of 0 bytes to 64 MiB of any type survive kills while msgmax moves', 'sizes', true],
  ['consumers with type, upTo and except take what they select, in order, although they are killed', 'selected', true],
  ['a consumer with another /dev/shm in the same IPC namespace is refused, or told', 'elsewhere', true],
  ['stats() counts 16 slots of 64 MiB, and the error for too little room names them', 'memory', true],
];

for (const [title, scenario, needsRoot] of scenarios) {
  const need = needsRoot && !otherUsers.met ? otherUsers : compiler;
  itNeeds(slow(need), title, () => runScenario(scenario), LONG_TIMEOUT_MS);
}
