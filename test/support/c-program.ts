/** Programs in C that a test runs beside it (test/peers), compiled when they are first asked for. */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const FLAGS = ['-Wall', '-Wextra', '-Werror', '-O1'];
const peers = join(__dirname, '..', 'peers');
const programs = new Map<string, string>();
let directory: string | undefined;

// Debian's gcc-multilib links asm/ to where gcc looks; it can't be installed beside a cross compiler, gcc-12-multilib can.
const kernelHeaders = ['-idirafter', '/usr/include/x86_64-linux-gnu'];

/** Compiles test/peers/`source` with gcc and returns the path of the executable. */
export function compileC(source: string, extraFlags: string[] = []): string {
  const flags = extraFlags.includes('-m32') ? [...extraFlags, ...kernelHeaders] : extraFlags;
  const wanted = [source, ...flags].join(' ');
  const known = programs.get(wanted);
  if (known !== undefined) return known;
  directory ??= mkdtempSync(join(tmpdir(), 'sysvmq-peers-'));
  const executable = join(directory, `program-${programs.size}`);
  execFileSync('gcc', [...FLAGS, ...flags, '-o', executable, join(peers, source)], { stdio: 'pipe' });
  programs.set(wanted, executable);
  return executable;
}

/** A need of tests: programs for 32-bit machines compile and run here. */
export function programs32Bit(): { met: boolean; reason: string } {
  return {
    met: process.arch === 'x64' && runs32BitPrograms(),
    reason: 'gcc -m32 makes no program that runs here (Debian package gcc-12-multilib, or of another version of gcc)',
  };
}

function runs32BitPrograms(): boolean {
  const directory = mkdtempSync(join(tmpdir(), 'sysvmq-32-bit-'));
  try {
    const executable = join(directory, 'nothing');
    const options = { input: 'int main(void) { return 0; }', stdio: 'pipe' } as const;
    execFileSync('gcc', ['-m32', '-x', 'c', '-o', executable, '-'], options);
    execFileSync(executable);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

// Runs at the end of each test file that imports this one: Jest loads it anew for every file.
afterAll(() => {
  if (directory !== undefined) rmSync(directory, { recursive: true });
});
