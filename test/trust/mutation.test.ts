/** What trust/mutation.mjs makes of mutants and tests, without running any. trust/coverage.mjs names lines likewise. */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(__dirname, '..', '..');

/** What an expression of names of trust/ gives; Jest itself can not load modules. */
function evaluate(imports: string, expression: string): unknown {
  const script = `${imports}\nconsole.log(JSON.stringify(${expression}));`;
  return JSON.parse(
    execFileSync(process.execPath, ['--input-type=module', '-e', script], { cwd: root, encoding: 'utf8' }),
  );
}

it('trust/mutation.mjs takes mutants of all files in turn, and the same ones again with the same seed', () => {
  const imports = `import { takeTurns } from './trust/mutation/sample.mjs';
    import { seeded } from './tools/harness/random.cjs';
    const mutants = [...'aaaaaaaab'].map((path, id) => ({ path, id }));
    const order = (seed) => [...takeTurns(mutants, seeded(seed))];`;
  const [one, again, other] = evaluate(imports, '[order(1), order(1), order(2)]') as { path: string; id: number }[][];
  expect(one?.map(({ path }) => path).join('')).toBe('abaaaaaaa');
  expect(one?.map(({ id }) => id).sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  expect(again).toEqual(one);
  expect(other).not.toEqual(one);
});

it('trust/mutation.mjs gives a mutant the tests that see it, first the file that sees the most of its file in the least time', () => {
  const imports = `import { makeChooser } from './trust/mutation/choice.mjs';
    const test = (name, sees, more) => ({ name, sees, duration: 10, failed: false, ...more });
    const files = [
      { path: 'test/far.test.ts', loads: [], tests: [test('sees 1', ['1'], { duration: 900 })] },
      { path: 'test/near.test.ts', loads: ['9'], tests: [
        test('sees 1 and 2', ['1', '2']), test('sees 2', ['2']),
        test('fails', ['1'], { failed: true }), test('is slow', ['1'], { duration: 5000 }),
      ] },
    ];
    const choose = makeChooser(files, () => 'lib/a.ts');
    const chosen = (id) => choose({ id, path: 'lib/a.ts' }).chosen;`;
  const [one, loaded, none] = evaluate(imports, "[chosen('1'), chosen('9'), chosen('5')]") as unknown[];
  expect(one).toEqual([
    { path: 'test/near.test.ts', tests: ['sees 1 and 2'] },
    { path: 'test/far.test.ts', tests: ['sees 1'] },
  ]);
  expect(loaded).toEqual([{ path: 'test/near.test.ts', tests: ['sees 1 and 2', 'sees 2'] }]);
  expect(none).toEqual([]);
});

it('trust/mutation.mjs counts as found what was killed or did not end, of those that tests have seen', () => {
  const imports = `import { figuresOf, survivorWords } from './trust/mutation/score.mjs';
    const mutant = { path: 'lib/a.ts', line: 7, was: 'one\\n  < 2', becomes: '\`one\`' };
    const outcomes = ['killed', 'killed', 'timed out', 'survived', 'not reached'].map((became) => ({ ...mutant, became }));`;
  const [figures, survivors] = evaluate(
    imports,
    "[figuresOf(outcomes, { mutants: 6, equivalent: 0, failed: 0 }), survivorWords(outcomes, 'survived')]",
  ) as [{ name: string; value: unknown }[], string[]];
  expect(figures.find(({ name }) => name.startsWith('score:'))?.value).toBe(75);
  expect(figures.find(({ name }) => name === 'run')?.value).toBe(5);
  expect(survivors).toEqual(["lib/a.ts:7: `one < 2` became `'one'`"]);
});

it('trust/mutation.mjs keeps an outcome as long as the tests that decided it are the same', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sysvmq-outcomes-'));
  const imports = `import { keptOutcomes } from './trust/mutation/outcomes.mjs';
    const files = (a, b) => [{ path: 'test/a.test.ts', hash: a }, { path: 'test/b.test.ts', hash: b }];
    const open = (a, b) => keptOutcomes(${JSON.stringify(join(folder, 'outcomes.jsonl'))}, files(a, b));
    const tests = { chosen: [{ path: 'test/a.test.ts', tests: ['x'] }, { path: 'test/b.test.ts', tests: ['y'] }] };
    const { keep } = open('1', '1');
    keep('7', tests, { became: 'killed', by: 'test/b.test.ts: y' });
    keep('8', tests, { became: 'survived' });
    const known = (a, b) => ['7', '8', '9'].map((id) => open(a, b).find(id, () => tests)?.became ?? 'unknown');`;
  const all = evaluate(imports, "[known('1', '1'), known('2', '1'), known('1', '2')]");
  rmSync(folder, { recursive: true });
  expect(all).toEqual([
    ['killed', 'survived', 'unknown'],
    ['killed', 'unknown', 'unknown'],
    ['unknown', 'unknown', 'unknown'],
  ]);
});

it('trust/mutation.mjs names lines that were not reached in ranges', () => {
  const imports = "import { ranges } from './trust/coverage/figures.mjs';";
  expect(evaluate(imports, '[ranges([9, 4, 3, 5]), ranges([])]')).toEqual([['3-5', '9'], []]);
});
