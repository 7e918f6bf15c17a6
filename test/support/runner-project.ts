/** Projects whose tests a test runner runs: Jest, node:test and Vitest, as processes. */

import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from './temporary-folder';

const root = join(__dirname, '..', '..');
const script = (...path: string[]): string[] => [process.execPath, join(root, 'node_modules', ...path)];

/** Commands that run the test files of the folder they start in. The name of the test file is the last argument. */
export const RUNNERS = {
  'node:test': [process.execPath, '--test'],
  Jest: [...script('jest', 'bin', 'jest.js'), '--rootDir', '.'],
  Vitest: [...script('vitest', 'vitest.mjs'), 'run', '--globals'],
};

export interface RunnerProject {
  /** The files of the project, by name. */
  files: Record<string, string>;
  command: readonly string[];
  /** The package has no addon there, and no binaries. */
  withoutAddon?: boolean;
}

/** Runs a command in a project that depends on this package. */
export function runInProject({ files, command, withoutAddon = false }: RunnerProject): {
  status: number | null;
  output: string;
} {
  const folder = temporaryFolder();
  const installed = join(folder, 'node_modules', 'sysvmq');
  mkdirSync(join(folder, 'node_modules'));
  if (withoutAddon) for (const part of ['package.json', 'dist']) copyPart(part, installed);
  else symlinkSync(root, installed);
  for (const [name, text] of Object.entries({ 'package.json': '{ "private": true }', ...files })) {
    writeFileSync(join(folder, name), text);
  }
  const [program, ...args] = command as [string, ...string[]];
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: folder, encoding: 'utf8' });
  return { status, output: stdout + stderr };
}

function copyPart(part: string, installed: string): void {
  cpSync(join(root, part), join(installed, part), { recursive: true });
}
