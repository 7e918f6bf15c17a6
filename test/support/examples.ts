/** Runs a program of examples/ to its end. */

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const root = join(__dirname, '..', '..');

/** What the program printed. It must end by itself, with status 0 and print nothing on stderr. */
export function runExample(name: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'examples', name), ...args], {
    encoding: 'utf8',
    cwd: root,
    timeout: 30_000,
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout;
}
