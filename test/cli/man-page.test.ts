/** man/sysvmq.1 is what the command says of itself, and man(1) takes it without a warning. */

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { allNodes, treeOf } from '../../lib/cli/completion/command-tree';
import { makeProgram } from '../../lib/cli/program';
import { itNeeds, program } from '../support/needs';
import { itSlow, slow } from '../support/slow';

const root = join(__dirname, '..', '..');
const path = join(root, 'man/sysvmq.1');
const page = readFileSync(path, 'utf8');

it('the man page is current', () => {
  const { status, stderr } = spawnSync(process.execPath, ['scripts/man-page.mjs', '--check'], {
    cwd: root,
    encoding: 'utf8',
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
});

itSlow('the man page has every verb and every option', () => {
  const words = page.replaceAll('\\-', '-').replaceAll(/\\f./g, '').replaceAll('...', '…');
  for (const { path: verb, options } of allNodes(treeOf(makeProgram()))) {
    expect(words).toContain(verb.length === 0 ? 'sysvmq' : `.SS sysvmq ${verb.join(' ')} `);
    for (const { flags } of options) expect(words).toContain(flags.replaceAll('...', '…'));
  }
});

it('the man page is in the package', () => {
  const { man, files } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  expect(man).toEqual(['./man/sysvmq.1']);
  expect(files).toContain('man');
});

itNeeds(slow(program('man', 'man-db')), 'man shows it without a warning', () => {
  const { status, stdout, stderr } = spawnSync('man', ['--warnings=w', '--local-file', path], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C.UTF-8', MANPAGER: 'cat', MANWIDTH: '80' },
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toMatch(/^NAME\n +sysvmq - show, fill, empty and maintain System V message queues$/m);
});
