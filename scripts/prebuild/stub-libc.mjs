// A libc to link against, in place of the machine's: the same names, each at the version that an old glibc had.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compareVersions, dynamicSymbols } from './elf.mjs';

/**
 * Writes `folder`/libc.so for the compiler `prefix`gcc.
 *
 * Of each symbol the stub has the version that a program linked on a machine with glibc `newest` would ask for: the
 * highest that is not above it. glibc offers them all to this day, and before 2.34, when pthread_create and others lived
 * in libpthread, they have the same version there; Node.js links that library. An older version than that one would
 * be wrong for some: pthread_cond_wait of GLIBC_2.2.5 knows no monotonic clock.
 */
export function writeStubLibc(folder, prefix, newest) {
  const compiler = `${prefix}gcc`;
  const libc = execFileSync(compiler, ['-print-file-name=libc.so.6'], { encoding: 'utf8' }).trim();
  const chosen = new Map();
  for (const { name, version, defined } of dynamicSymbols(libc)) {
    const number = /^GLIBC_([\d.]+)$/.exec(version ?? '')?.[1];
    if (!defined || number === undefined || name.startsWith('GLIBC_') || compareVersions(number, newest) > 0) continue;
    if (!chosen.has(name) || compareVersions(number, chosen.get(name)) > 0) chosen.set(name, number);
  }
  const byVersion = new Map();
  for (const [name, version] of chosen) byVersion.set(version, [...(byVersion.get(version) ?? []), name]);

  const assembly = [...chosen.keys()].map((name) => `.globl ${name}\n.type ${name}, %function\n${name}:`).join('\n');
  const script = [...byVersion]
    .map(([version, names]) => `GLIBC_${version} { global: ${names.join('; ')}; };`)
    .join('\n');
  writeFileSync(join(folder, 'libc.s'), `.text\n${assembly}\n.section .note.GNU-stack,"",%progbits\n`);
  writeFileSync(join(folder, 'libc.map'), `${script}\n`);
  const args = [
    '-shared',
    '-nostdlib',
    '-Wl,-soname,libc.so.6',
    '-Wl,--version-script=libc.map',
    '-o',
    'libc.so',
    'libc.s',
  ];
  execFileSync(compiler, args, { cwd: folder, stdio: ['ignore', 'inherit', 'inherit'] });
}
