/** sysvmq/metrics where prom-client is not installed: a copy of the built package, alone. */

import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { removeTemporaryFolders, temporaryFolder } from '../support/temporary-folder';

const root = join(__dirname, '..', '..');

afterEach(removeTemporaryFolders);

it('sysvmq/metrics says what is missing and what to run, and the rest of the package works', () => {
  const folder = temporaryFolder();
  const copy = join(folder, 'node_modules', 'sysvmq');
  const build = process.env['SYSVMQ_BUILD_DIR'] ?? 'build';
  mkdirSync(join(copy, 'build'), { recursive: true });
  for (const path of ['package.json', 'dist']) cpSync(join(root, path), join(copy, path), { recursive: true });
  cpSync(join(root, build, 'Release', 'sysvmq.node'), join(copy, 'build', 'Release', 'sysvmq.node'));
  for (const name of ['bindings', 'file-uri-to-path']) {
    symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name));
  }
  const code = `
    const { getLimits } = require('sysvmq');
    const { collectQueueMetrics } = require('sysvmq/metrics');
    try { collectQueueMetrics(); } catch ({ code, message }) {
      console.log(JSON.stringify({ code, message, msgmax: getLimits().msgmax }));
    }`;
  const env = { ...process.env, SYSVMQ_BUILD_DIR: 'build' };
  const output = execFileSync(process.execPath, ['-e', code], { cwd: folder, encoding: 'utf8', env });
  expect(JSON.parse(output)).toEqual({
    code: 'ERR_PROM_CLIENT_MISSING',
    message: expect.stringContaining('npm install prom-client'),
    msgmax: expect.any(Number),
  });
});
