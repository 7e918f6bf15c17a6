/** The programs of examples/interop: what each needs, and how it is started. */

import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Need, program } from './needs';

const folder = join(__dirname, '..', '..', 'examples', 'interop');
const INT32_MAX = 2n ** 31n - 1n;
const INT64_MAX = 2n ** 63n - 1n;

interface Language {
  name: string;
  need: Need;
  /** The greatest message type that its programs can send. */
  maxType: bigint;
  /** The program and its first arguments; compiled when first asked for. */
  command(): string[];
}

/** The module sysv_ipc of Debian's own Python, not of another that comes first on the PATH. */
export function pythonModule(): Need {
  const reason = "Debian's Python has no sysv_ipc (Debian package python3-sysv-ipc)";
  try {
    execFileSync('/usr/bin/python3', ['-c', 'import sysv_ipc'], { stdio: 'ignore' });
    return { met: true, reason };
  } catch {
    return { met: false, reason };
  }
}

let compiled: string | undefined;

/** Compiles once; `args` gets the path of the executable. */
function executable(compiler: string, args: (path: string) => string[]): string {
  compiled ??= mkdtempSync(join(tmpdir(), 'sysvmq-interop-'));
  const path = join(compiled, compiler);
  if (!existsSync(path)) {
    execFileSync(compiler, args(path), {
      stdio: ['ignore', 'ignore', 'inherit'],
      cwd: folder,
      // Go keeps its cache in a folder of the test's, and downloads nothing.
      env: { ...process.env, GOCACHE: join(compiled, 'go-cache'), GOPROXY: 'off' },
    });
  }
  return path;
}

export const languages: Language[] = [
  {
    name: 'C',
    need: program('gcc'),
    maxType: INT64_MAX,
    command: () => [executable('gcc', (path) => ['-Wall', '-Wextra', '-Werror', '-O1', '-o', path, 'reverse.c'])],
  },
  {
    name: 'Python',
    need: pythonModule(),
    maxType: INT32_MAX,
    command: () => ['/usr/bin/python3', join(folder, 'reverse.py')],
  },
  {
    name: 'PHP',
    need: program('php', 'php-cli'),
    maxType: INT64_MAX,
    command: () => ['php', join(folder, 'reverse.php')],
  },
  { name: 'Perl', need: program('perl'), maxType: INT64_MAX, command: () => ['perl', join(folder, 'reverse.pl')] },
  { name: 'Ruby', need: program('ruby'), maxType: INT64_MAX, command: () => ['ruby', join(folder, 'reverse.rb')] },
  {
    name: 'Go',
    need: program('go', 'golang-go'),
    maxType: INT64_MAX,
    command: () => [executable('go', (path) => ['build', '-o', path, 'reverse.go'])],
  },
];

// Runs at the end of each test file that imports this one: Jest loads it anew for every file.
afterAll(() => {
  if (compiled !== undefined) rmSync(compiled, { recursive: true });
});
