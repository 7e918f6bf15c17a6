/** The binaries that the package carries: what they need, where they load, and that both libcs will do. */

import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { itNeeds, program } from '../support/needs';
import { slow } from '../support/slow';

const root = join(__dirname, '..', '..');
const architectures = [
  { arch: 'x64', machine: 'X86-64', compiler: program('x86_64-linux-gnu-g++', 'g++') },
  { arch: 'arm64', machine: 'AArch64', compiler: program('aarch64-linux-gnu-g++', 'g++-aarch64-linux-gnu') },
];
let folder: string;

/** The binary for an architecture, built once for this file. */
function prebuild(arch: string): string {
  const path = join(folder, `linux-${arch}`, 'sysvmq.node');
  if (!existsSync(path)) {
    const args = ['scripts/prebuild.mjs', '--arch', arch, '--out', folder];
    execFileSync(process.execPath, args, { cwd: root, stdio: 'pipe' });
  }
  return path;
}

function readelf(path: string, ...args: string[]): string {
  return execFileSync('readelf', ['--wide', ...args, path], { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } });
}

/** The functions of Node-API that the x64 binary asks for and the source of the musl host does not implement. */
function unimplemented(source: string): string[] {
  const asked = readelf(prebuild('x64'), '--dyn-syms').matchAll(/ UND (n(?:api|ode_api)_\w+)/g);
  return [...asked].map(([, name]) => name ?? '').filter((name) => !source.includes(`int ${name}(`));
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sysvmq-prebuilds-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

for (const { arch, machine, compiler } of architectures) {
  describe(`linux-${arch}`, () => {
    itNeeds(slow(compiler), 'is for its processor, and at most 96 KiB', () => {
      const path = prebuild(arch);
      expect(readelf(path, '--file-header')).toMatch(new RegExp(`Machine: .*${machine}`));
      expect(statSync(path).size).toBeLessThanOrEqual(96 * 1024);
    });

    itNeeds(slow(compiler), 'needs no library but libc, and of it nothing newer than glibc 2.17', () => {
      const path = prebuild(arch);
      const needed = [...readelf(path, '--dynamic').matchAll(/\(NEEDED\).*\[(.*)\]/g)].map(([, name]) => name);
      const minors = [...readelf(path, '--dyn-syms').matchAll(/@GLIBC_2\.(\d+)/g)].map(([, minor]) => Number(minor));
      expect(needed).toEqual(['libc.so.6']);
      expect(minors.length).toBeGreaterThan(20);
      expect(Math.max(...minors)).toBeLessThanOrEqual(17);
    });

    itNeeds(slow(compiler), 'asks for no function that only a real libc would know the version of', () => {
      const undefinedSymbols = readelf(prebuild(arch), '--dyn-syms').matchAll(/ (\w+) +DEFAULT +UND (\S+)/g);
      const unversioned = [...undefinedSymbols]
        .filter(([, binding, name]) => binding === 'GLOBAL' && !/^n(api|ode_api)_|@GLIBC_/.test(name ?? ''))
        .map(([, , name]) => name);
      expect(unversioned).toEqual([]);
    });
  });
}

itNeeds(
  slow({
    met: process.arch === 'x64' && architectures.every(({ compiler }) => compiler.met),
    reason: 'this is no x64 with its compiler',
  }),
  'the binary loads in Node.js and exports what a build from source exports',
  () => {
    const names = (path: string) =>
      execFileSync(process.execPath, ['-p', `Object.keys(require(${JSON.stringify(path)})).sort().join()`], {
        cwd: root,
        encoding: 'utf8',
      });
    const built = join(root, process.env['SYSVMQ_BUILD_DIR'] ?? 'build', 'Release/sysvmq.node');
    expect(names(prebuild('x64'))).toBe(names(built));
  },
);

itNeeds(
  slow({
    ...program('musl-gcc', 'musl-tools'),
    ...(process.arch === 'x64' ? {} : { met: false, reason: 'this is no x64' }),
  }),
  'the same binary loads under musl, and sends, receives and gives up a wait there',
  () => {
    const host = join(folder, 'musl-host');
    const source = join(root, 'test/peers/musl-host.c');
    const neverCalled = join(folder, 'never-called.h');
    writeFileSync(
      neverCalled,
      unimplemented(readFileSync(source, 'utf8'))
        .map((name) => `NEVER_CALLED(${name})\n`)
        .join(''),
    );
    const define = `-DNEVER_CALLED_FUNCTIONS="${neverCalled}"`;
    execFileSync('musl-gcc', ['-Wall', '-Wextra', '-Werror', '-O1', '-rdynamic', define, '-o', host, source], {
      stdio: 'pipe',
    });
    expect(readelf(host, '--program-headers')).toMatch(/interpreter: \/lib\/ld-musl-x86_64\.so\.1/);
    expect(execFileSync(host, [prebuild('x64')], { encoding: 'utf8' })).toBe('sent and received\n');
  },
);
