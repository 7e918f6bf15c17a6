/** Compiles `examples/typescript` with its own settings, and runs it. */

import { spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { itSlow } from '../support/slow';
import { removeTemporaryFolders, temporaryFolder } from '../support/temporary-folder';

afterEach(removeTemporaryFolders);

const root = join(__dirname, '..', '..');

itSlow('the TypeScript example compiles as it is, and its messages arrive with their types', () => {
  const folder = temporaryFolder();
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const args = [compiler, '-p', join(root, 'examples/typescript'), '--outDir', folder];
  const compiled = spawnSync(process.execPath, args, { encoding: 'utf8' });
  expect([compiled.status, compiled.stdout]).toEqual([0, '']);

  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(root, join(folder, 'node_modules/sysvmq'));
  const program = join(folder, 'typed-messages.mjs');
  const { status, stdout, stderr } = spawnSync(process.execPath, [program], { encoding: 'utf8', timeout: 30_000 });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout.trimEnd().split('\n')).toEqual([
    'sensor 7: 21.5 C',
    'job resize, 640 wide',
    'note: LUNCH',
    'crop to 320',
    'msg_qbytes: true',
    'area 144',
  ]);
});
