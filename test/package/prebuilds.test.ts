/** The binaries that the package carries: what they need, where they load, and that either libc is enough. */

import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compilerPackage, MAX_BYTES, PROCESSORS } from '../../scripts/prebuild/processors.cjs';
import { itNeeds, program } from '../support/needs';
import { slow } from '../support/slow';

const root = join(__dirname, '..', '..');
const architectures = Object.entries(PROCESSORS).map(([arch, processor]) => ({
  arch,
  ...processor,
  compiler: program(`${processor.prefix}g++`, compilerPackage(arch)),
}));

let temporary: string;
beforeAll(() => {
  temporary = mkdtempSync(join(tmpdir(), 'sysvmq-prebuilds-'));
});
afterAll(() => rmSync(temporary, { recursive: true }));

/** The binary for an architecture. It is built once for these sources: npm pack takes it, too. */
function prebuild(arch: string): string {
  const path = join(temporary, `linux-${arch}`, 'sysvmq.node');
  if (!existsSync(path)) {
    const args = ['scripts/prebuild.mjs', '--arch', arch, '--out', temporary];
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

/** The minor number of a version such as 2.17. */
const minorOf = (version: string) => Number(version.replace(/^2\./, ''));

for (const { arch, machine, glibc, maxBytes = MAX_BYTES, compiler } of architectures) {
  describe(`linux-${arch}`, () => {
    itNeeds(slow(compiler), `is for its processor, and at most ${maxBytes / 1024} KiB`, () => {
      const path = prebuild(arch);
      const header = readelf(path, '--file-header');
      expect(header).toContain(machine.split(',')[0]);
      expect(header).toMatch(arch === 's390x' ? /big endian/ : /little endian/);
      expect(statSync(path).size).toBeLessThanOrEqual(maxBytes);
    });

    itNeeds(slow(compiler), `needs no library but libc, and of it nothing newer than glibc ${glibc}`, () => {
      const path = prebuild(arch);
      const needed = [...readelf(path, '--dynamic').matchAll(/\(NEEDED\).*\[(.*)\]/g)].map(([, name]) => name);
      const minors = [...readelf(path, '--dyn-syms').matchAll(/@GLIBC_2\.(\d+)/g)].map(([, minor]) => Number(minor));
      expect(needed).toEqual(['libc.so.6']);
      expect(minors.length).toBeGreaterThan(20);
      expect(Math.max(...minors)).toBeLessThanOrEqual(minorOf(glibc));
    });

    itNeeds(slow(compiler), 'asks for no function that only a real libc would know the version of', () => {
      const undefinedSymbols = readelf(prebuild(arch), '--dyn-syms').matchAll(
        / (\w+) +DEFAULT +(?:\[.*?\] +)?UND (\S+)/g,
      );
      const unversioned = [...undefinedSymbols]
        .filter(([, binding, name]) => binding === 'GLOBAL' && !/^n(api|ode_api)_|@GLIBC_/.test(name ?? ''))
        .map(([, , name]) => name);
      expect(unversioned).toEqual([]);
    });
  });
}

itNeeds(
  slow({
    ...program('x86_64-linux-gnu-g++', 'g++'),
    ...(process.arch === 'x64' ? {} : { met: false, reason: 'this is no x64' }),
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
  'the same binary loads under musl, and sends, receives and cancels a wait there',
  () => {
    const host = join(temporary, 'musl-host');
    const source = join(root, 'test/peers/musl-host.c');
    const neverCalled = join(temporary, 'never-called.h');
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
