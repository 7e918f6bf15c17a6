/** Programs in C that a test runs beside it (test/peers), compiled when they are first asked for. */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const FLAGS = ['-Wall', '-Wextra', '-Werror', '-O1'];
const peers = join(__dirname, '..', 'peers');
const programs = new Map<string, string>();
let directory: string | undefined;

/** Compiles test/peers/`source` with gcc and returns the path of the executable. */
export function compileC(source: string, flags: string[] = []): string {
  const wanted = [source, ...flags].join(' ');
  const known = programs.get(wanted);
  if (known !== undefined) return known;
  directory ??= mkdtempSync(join(tmpdir(), 'sysvmq-peers-'));
  const executable = join(directory, `program-${programs.size}`);
  execFileSync('gcc', [...FLAGS, ...flags, '-o', executable, join(peers, source)], { stdio: 'pipe' });
  programs.set(wanted, executable);
  return executable;
}

// Runs at the end of each test file that imports this one: Jest loads it anew for every file.
afterAll(() => {
  if (directory !== undefined) rmSync(directory, { recursive: true });
});
