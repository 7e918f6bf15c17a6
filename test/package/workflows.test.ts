/** The workflows against the gate and the matrix: nothing is left out, and no list is kept twice. */

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROCESSORS } from '../../scripts/prebuild/processors.cjs';
import { itSlow } from '../support/slow';

const root = join(__dirname, '..', '..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const words = (text: string | undefined) => (text ?? '').split(/[\s,]+/).filter(Boolean);

const steps = words(/^steps=\((.*)\)$/m.exec(read('.ci/run'))?.[1]);
const ci = read('.github/workflows/ci.yml');

it('the workflow for changes runs each step of the gate once, and the whole matrix in place of the short one', () => {
  const parallel = words(/^ +step: \[(.*)\]$/m.exec(ci)?.[1]);
  const alone = [...ci.matchAll(/bash \.ci\/run ([a-z]+)$/gm)].map(([, step]) => step as string);
  expect(steps.length).toBeGreaterThan(5);
  expect([...parallel, ...alone, 'matrix'].sort()).toEqual([...steps].sort());
});

it('the workflow of a release runs each step of the gate, and the whole matrix in place of the short one', () => {
  const release = read('.github/workflows/release.yml');
  const run = words(/bash \.ci\/run (.*)$/m.exec(release)?.[1]);
  expect([...run, 'matrix'].sort()).toEqual([...steps].sort());
  expect(release).toMatch(/npm run test:matrix -- --tarball/);
});

it('the workflow for changes asks the matrix for its runtimes', () => {
  expect(ci).toContain('node scripts/test-matrix.mjs --list');
  expect(ci).toContain('fromJSON(needs.runtimes.outputs.list)');
  expect(ci).not.toMatch(/\b(x64|arm64)-\d/);
});

itSlow('the matrix runs every processor that the package has a binary for, or says why not', () => {
  const run = (option: string) =>
    execFileSync(process.execPath, ['scripts/test-matrix.mjs', option], { cwd: root, encoding: 'utf8' });
  const listed = JSON.parse(run('--list')) as { name: string; packages: string }[];
  const notRun = /^Not run: (.*)\.$/m.exec(run('--help'))?.[1] ?? '';
  for (const arch of Object.keys(PROCESSORS)) {
    const rows = listed.filter(({ name }) => name.startsWith(`${arch}-`));
    expect(`${arch}: ${rows.length > 0 || notRun.includes(`${arch} (`) ? 'named' : 'missing'}`).toBe(`${arch}: named`);
    if (arch !== 'x64') for (const { packages } of rows) expect(packages).toMatch(/^qemu-user-static g\+\+-/);
  }
});

it('the gate installs the compiler of every processor', () => {
  const installed = read('.ci/packages.txt').split('\n');
  const packages = Object.entries(PROCESSORS).map(([arch, { prefix }]) =>
    arch === 'x64' ? 'g++' : `g++-${prefix.replace(/-$/, '')}`,
  );
  expect(installed).toEqual(expect.arrayContaining([...packages, 'qemu-user-static']));
});
