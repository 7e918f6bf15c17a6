/** What trust/kernels.mjs would run in its machines, without booting any. */

import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { itSlow } from '../support/slow';

const root = join(__dirname, '..', '..');

/** What an expression of names of trust/ gives; Jest itself can not load modules. */
function evaluate(expression: string): unknown {
  const script = `import { roundsOf } from './trust/kernels/plan.mjs';
    import { packagesOf } from './trust/machine/initrd.mjs';
    console.log(JSON.stringify(${expression}));`;
  return JSON.parse(
    execFileSync(process.execPath, ['--input-type=module', '-e', script], { cwd: root, encoding: 'utf8' }),
  );
}

/** The files of a plan, in the order in which they run. */
const plannedFiles = (options: string): string => `roundsOf(${options}).flatMap(({ batches }) => batches.flat())`;

itSlow.each(['{ isShort: true }', '{ extended: true }', '{ seed: 1 }'])(
  'every file of the plan %s exists',
  (options) => {
    const files = evaluate(plannedFiles(options)) as string[];
    expect(files.filter((file) => !existsSync(join(root, file)))).toEqual([]);
    expect(files.length).toBeGreaterThan(1);
  },
);

it('a plan names each file once, and a seed makes the same order again', () => {
  const [one, again, other] = evaluate(`[1, 1, 2].map((seed) => ${plannedFiles('{ seed }')})`) as string[][];
  expect(new Set(one).size).toBe(one?.length);
  expect(again).toEqual(one);
  expect(other).not.toEqual(one);
  expect([...(other ?? [])].sort()).toEqual([...(one ?? [])].sort());
});

itSlow('a machine gets the packages that its packages need, nested ones too, and no others', () => {
  const folders = evaluate("packagesOf(['jest', '@swc/core'])") as string[];
  expect(folders).toEqual(expect.arrayContaining(['node_modules/jest', 'node_modules/jest-circus']));
  expect(folders.filter((folder) => !existsSync(join(root, folder)))).toEqual([]);
  expect(folders).not.toContain('node_modules/@biomejs/biome');
});
