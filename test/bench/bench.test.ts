/** The benchmark still runs, and its page is what its result gives. Nothing is measured here. */

import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { itNeeds, program } from '../support/needs';
import { itSlow, slow } from '../support/slow';

const root = join(__dirname, '..', '..');
const SHORT_RUN_MS = 300_000;

interface Run {
  id: string;
  error?: string;
  samples?: number[];
}

interface Result {
  machine: Record<string, unknown>;
  absent: { id: string; name: string; get: string }[];
  cases: { id: string; reference?: string; runs: Run[] }[];
}

function runScript(name: string, ...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'bench', name), ...args], {
    cwd: root,
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

/** Evaluates an expression with a module of the harness as `it`; Jest itself can not load modules. */
function evaluate(module: string, expression: string): unknown {
  const script = `import * as it from './bench/harness/${module}'; console.log(JSON.stringify(${expression}));`;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    cwd: root,
    encoding: 'utf8',
  });
  return JSON.parse(stdout);
}

const compiler = program('cc', 'gcc');

// One of the two builds that the suite may run against at the same time.
const product = {
  met: compiler.met && (process.env['SYSVMQ_BUILD_DIR'] ?? 'build') === 'build',
  reason: compiler.met ? "the benchmark measures node-gyp's build, with which this runs as well" : compiler.reason,
};

const charts = {
  met: existsSync(join(root, 'bench/node_modules/vega-lite')),
  reason: 'the charts take vega-lite, which is not installed: npm ci --prefix bench',
};

describe('npm run bench', () => {
  itNeeds(
    slow(product),
    'runs every case with whoever is there, and says who is not',
    () => {
      const folder = mkdtempSync(join(tmpdir(), 'sysvmq-bench-'));
      const file = join(folder, 'result.json');
      const { status, stdout, stderr } = runScript('run.mjs', '--short', '--no-build', '--json', file);
      expect({ status, stderr }).toEqual({ status: 0, stderr: expect.not.stringContaining('failed') });
      const result = JSON.parse(readFileSync(file, 'utf8')) as Result;
      rmSync(folder, { recursive: true });
      for (const { name, get } of result.absent) {
        process.stderr.write(`not in the benchmark: ${name}\n  because it is not found; to get it: ${get}\n`);
        expect(stdout).toContain(`not found: ${name}; to get it: ${get}`);
      }
      expect(result.machine).toMatchObject({ kernel: expect.any(String), node: process.version });
      // The bridge takes a server, which may be absent; everything else of ours is always there.
      const isAbsent = (id: string): boolean =>
        id.startsWith('bridge-') && result.absent.some(({ name }) => name.startsWith('sysvmq bridge'));
      for (const { id: caseId, runs } of result.cases) {
        const ours = isAbsent(caseId) ? [] : [expect.stringMatching(/^(sysvmq|waits)/)];
        expect(runs.map(({ id }) => id)).toEqual(expect.arrayContaining(ours));
        for (const { samples } of runs) expect(samples?.every(Number.isFinite)).toBe(true);
      }
    },
    SHORT_RUN_MS,
  );

  itSlow('explains itself', () => {
    expect(runScript('run.mjs', '--help')).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^Usage: npm run bench/),
    });
  });

  itSlow.each([
    ['an option that it does not have', ['--fast'], '--fast'],
    ['a pattern that no case has', ['--only', 'nothing-like-it'], 'nothing-like-it'],
    ['a pattern that is none', ['--only', '('], 'regular expression'],
    ['an earlier result that is none', ['--compare', 'package.json'], 'it is no result of npm run bench'],
    ['rounds that are no number', ['--rounds', 'many'], '--rounds takes a number above 0, not "many"'],
  ])('refuses %s', (_, args, words) => {
    expect(runScript('run.mjs', ...args)).toMatchObject({ status: 2, stderr: expect.stringContaining(words) });
  });
});

describe('the statistics of the benchmark', () => {
  it('give the median, the quartiles and the extremes', () => {
    expect(evaluate('statistics.mjs', 'it.summaryOf([5, 1, 2, 4, 3])')).toEqual({
      median: 3,
      q1: 2,
      q3: 4,
      min: 1,
      max: 5,
    });
  });

  it('compare within a round, not medians', () => {
    expect(evaluate('statistics.mjs', 'it.ratiosOf([2, 20, 300], [1, 10, 100]).median')).toBe(2);
  });

  itSlow('call a target reached by the median of the ratios', () => {
    const runs = '[{ id: "c", name: "C", samples: [10, 10, 10] }, { id: "a", name: "A", samples: [12, 13, 90] }]';
    const verdicts = (atMost: number): string =>
      `it.verdictsOf({ runs: ${runs}, targets: [{ run: 'a', against: 'c', atMost: ${atMost} }] })`;
    expect(evaluate('verdicts.mjs', verdicts(1.3))).toEqual([
      { words: 'A, at most 1.3 × C', value: '1.30 ×', met: true },
    ]);
    expect(evaluate('verdicts.mjs', verdicts(1.29))).toMatchObject([{ met: false }]);
  });
});

describe('the verdicts of the benchmark', () => {
  it('compare with the sum of two runs, round by round', () => {
    const runs =
      '[{ id: "a", name: "A", samples: [10, 20] }, { id: "b", name: "B", samples: [1, 2] }, { id: "o", name: "O", samples: [11, 22] }]';
    const targets = '[{ run: "o", againstSumOf: ["a", "b"], atMost: 1.15 }]';
    expect(evaluate('verdicts.mjs', `it.verdictsOf({ runs: ${runs}, targets: ${targets} })`)).toEqual([
      { words: 'O, at most 1.15 × (A + B)', value: '1.00 ×', met: true },
    ]);
  });

  itSlow('leave out a target that is for machines with a dearer system call', () => {
    const runs = '[{ id: "c", name: "C", median: 500, samples: [500] }, { id: "o", name: "O", samples: [600] }]';
    const target = (bound: string): string =>
      `{ run: "o", against: "c", atMost: 1.1, when: "W", reference: "c", ${bound} }`;
    const targets = `[${target('below: 1000')}, ${target('from: 1000')}]`;
    expect(evaluate('verdicts.mjs', `it.verdictsOf({ runs: ${runs}, targets: ${targets} })`)).toEqual([
      { words: 'O, at most 1.1 × C, as W', value: '1.20 ×', met: false },
    ]);
  });
});

describe('npm run bench -- --compare', () => {
  const result = (median: number): string =>
    `[{ id: "row", title: "Row", reference: "c", compare: "ratio", runs: [{ id: "c", name: "C", ratio: { median: 1, q1: 1, q3: 1 } }, ` +
    `{ id: "o", name: "O", ratio: { median: ${median}, q1: ${median - 0.1}, q3: ${median + 0.1} } }] }]`;

  itSlow('distinguishes a change from noise by whether the middle halves overlap', () => {
    expect(evaluate('compare.mjs', `it.changesSince(${result(2)}, ${result(1)})`)).toEqual([
      { title: 'Row', name: 'O', before: 2, after: 1, change: -0.5, beyondNoise: true },
    ]);
    expect(evaluate('compare.mjs', `it.changesSince(${result(2)}, ${result(2.1)})`)).toMatchObject([
      { beyondNoise: false },
    ]);
  });
});

describe('docs/benchmarks.md', () => {
  itNeeds(slow(charts), 'and its charts are what bench/results/latest.json gives', () => {
    expect(runScript('page.mjs', '--check')).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  itNeeds(slow(charts), 'is found out when it is something else', () => {
    const folder = mkdtempSync(join(tmpdir(), 'sysvmq-bench-'));
    const { status, stderr } = runScript('page.mjs', '--check', '--docs', folder);
    rmSync(folder, { recursive: true });
    expect(status).toBe(1);
    expect(stderr).toContain('benchmarks.md is not what the result gives');
  });
});
