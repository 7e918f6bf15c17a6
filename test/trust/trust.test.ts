/** npm run trust still runs, its account of messages finds what is wrong, and its page is what its result gives. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { itNeeds } from '../support/needs';
import { itSlow, slow } from '../support/slow';

const root = join(__dirname, '..', '..');
const SHORT_RUN_MS = 300_000;

const [INTENDED, SENT, NOT_SENT, RECEIVED, CORRUPTED] = [1, 2, 3, 4, 5];

// One of the two builds that the suite may run against at the same time.
const product = {
  met: (process.env['SYSVMQ_BUILD_DIR'] ?? 'build') === 'build',
  reason: "the parts of npm run trust run with node-gyp's build, with which this runs as well",
};

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sysvmq-trust-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function runScript(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  return { status, stdout, stderr };
}

interface Account {
  wrongs: string[];
  counts: Record<string, number>;
}

/** The account of a round in which queue 7 remains and queue 8 is gone; Jest itself can not load modules. */
function account(records: object[], left: object[] = [], inHands = 0): Account {
  const argument = JSON.stringify({ records, left, inHands, mostBytes: 100 });
  const script = `import { account } from './trust/chaos/accounting.mjs';
    console.log(JSON.stringify(account({ ...${argument}, existing: new Set([7]) })));`;
  return JSON.parse(runScript('--input-type=module', '-e', script).stdout);
}

const record = (kind: number, sequence: number, queueId = 7) => ({ kind, sender: 1, sequence, queueId, length: 60 });
const sent = (sequence: number, queueId = 7) => [record(INTENDED, sequence, queueId), record(SENT, sequence, queueId)];

describe('the account of messages', () => {
  it('is right when each was delivered once or is in a queue', () => {
    const { wrongs, counts } = account([...sent(1), ...sent(2), record(RECEIVED, 1)], [record(RECEIVED, 2)]);
    expect(wrongs).toEqual([]);
    expect(counts).toMatchObject({ sent: 2, delivered: 1, left: 1, goneWithQueues: 0 });
  });

  it.each<[title: string, records: object[], words: RegExp]>([
    ['that came twice', [...sent(1), record(RECEIVED, 1), record(RECEIVED, 1)], /came twice/],
    ['that nobody sent', [record(RECEIVED, 1)], /was never sent/],
    ['whose send had failed', [record(INTENDED, 1), record(NOT_SENT, 1), record(RECEIVED, 1)], /its send had failed/],
    ['that came from another queue', [...sent(1), record(RECEIVED, 1, 8)], /was sent to queue 7/],
    ['that came changed or late', [...sent(1), record(CORRUPTED, 1), record(RECEIVED, 1)], /arrived corrupted/],
    ['that is gone from a queue that exists', sent(1), /1 messages are gone/],
  ])('finds a message %s', (_, records, words) => {
    expect(account(records).wrongs).toEqual([expect.stringMatching(words)]);
  });

  itSlow('lets a removed queue lose as many messages as it could hold, and no more', () => {
    expect(account(sent(1, 8))).toMatchObject({ wrongs: [], counts: { goneWithQueues: 1 } });
    expect(account([...sent(1, 8), ...sent(2, 8)]).wrongs).toHaveLength(1);
  });

  itSlow('lets killed receivers have as many as they can have taken', () => {
    expect(account([...sent(1), ...sent(2)], [], 2).wrongs).toEqual([]);
    expect(account([...sent(1), ...sent(2)], [], 1).wrongs).toHaveLength(1);
  });
});

describe('npm run trust', () => {
  itNeeds(
    slow(product),
    // Not the leaks: a slope means something on a machine that does nothing else.
    'runs parts in a short form, and makes one result of them',
    () => {
      const file = join(folder, 'result.json');
      const args = ['--short', '--no-build', '--only', 'chaos,load', '--seed', '7', '--json', file];
      const { status, stderr } = runScript('trust/run.mjs', ...args);
      expect({ status, failed: stderr.match(/FAILED.*/g) }).toEqual({ status: 0, failed: null });
      const { parts } = JSON.parse(readFileSync(file, 'utf8'));
      expect(parts.map(({ part }: { part: string }) => part)).toEqual(['chaos', 'load']);
      for (const part of parts) expect(part).toMatchObject({ ok: true, seed: 7, machine: { node: process.version } });
    },
    SHORT_RUN_MS,
  );

  itSlow('--list names the parts and their least time; each has a --help', () => {
    const lines = runScript('trust/run.mjs', '--list').stdout.trim().split('\n');
    expect(lines).toEqual(expect.arrayContaining(['chaos', 'server', 'sanitized (at least 10 minutes)']));
    for (const name of lines.map((line) => line.split(' ')[0] as string)) {
      expect(runScript(`trust/${name}.mjs`, '--help')).toMatchObject({
        status: 0,
        stdout: expect.stringContaining(`node trust/${name}.mjs`),
      });
    }
  });

  itSlow.each<[minutes: number, parts: { share: number; leastMinutes?: number }[], shares: number[]]>([
    [60, [{ share: 1 }, { share: 2 }, { share: 3, leastMinutes: 5 }], [10, 20, 30]],
    [60, [{ share: 1 }, { share: 2 }, { share: 3, leastMinutes: 45 }], [5, 10, 45]],
    [10, [{ share: 1 }, { share: 1 }, { share: 1, leastMinutes: 20 }], [0.5, 0.5, 20]],
    [30, [{ share: 1, leastMinutes: 12 }, { share: 1 }, { share: 1, leastMinutes: 16 }], [12, 3, 16]],
  ])('divides %d minutes by shares, and gives each part what it takes at least', (minutes, parts, shares) => {
    const script = `import { shareOut } from './trust/shares.mjs';
      console.log(JSON.stringify(shareOut(${JSON.stringify(parts)}, ${minutes})));`;
    expect(JSON.parse(runScript('--input-type=module', '-e', script).stdout)).toEqual(shares);
  });

  itSlow('makes the same schedule of a seed', () => {
    const script = `import { makeSchedule } from './trust/chaos/schedule.mjs';
      console.log(JSON.stringify(makeSchedule(Number(process.argv[1]), 5000)));`;
    const schedule = (seed: number) => runScript('--input-type=module', '-e', script, String(seed)).stdout;
    expect(schedule(1)).toBe(schedule(1));
    expect(schedule(1)).not.toBe(schedule(2));
  });

  itSlow('refuses unknown parts and options', () => {
    expect(runScript('trust/run.mjs', '--only', 'nothing')).toMatchObject({ status: 2 });
    expect(runScript('trust/chaos.mjs', '--minutes', 'x')).toMatchObject({ status: 2 });
  });
});

describe('npm run trust:page', () => {
  itSlow('docs/reliability.md is what trust/results/latest.json gives', () => {
    expect(runScript('trust/page.mjs', '--check')).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  itSlow('--check finds a page that is not', () => {
    const output = join(folder, 'page.md');
    writeFileSync(output, 'something else');
    expect(runScript('trust/page.mjs', '--check', '--output', output)).toMatchObject({ status: 1 });
  });
});
