// The programs in C and the floor's addon, which are built before anything is measured.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { root } from '../../tools/harness/places.mjs';
import { BUILD } from './places.mjs';

/** With the optimization that programs in C have. */
export function buildPrograms() {
  if (spawnSync('cc', ['--version'], { stdio: 'ignore' }).status !== 0) {
    console.error('The baseline is in C, and there is no C compiler: apt-get install gcc libc6-dev');
    process.exit(1);
  }
  mkdirSync(BUILD, { recursive: true });
  const sources = join(root, 'bench', 'c');
  for (const file of readdirSync(sources).filter((name) => name.endsWith('.c'))) {
    const output = join(BUILD, basename(file, '.c'));
    execFileSync('cc', ['-O2', '-std=gnu11', '-Wall', '-Wextra', '-Werror', '-o', output, join(sources, file)]);
  }
  buildFloor();
}

/** Through npm, which passes on its settings, such as where the headers of Node.js are. */
function buildFloor() {
  const args = ['exec', '--no', '--', 'node-gyp', 'rebuild', '--directory', 'bench/floor', '--silent'];
  execFileSync('npm', args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
}
