/** The two builds, and what C++ and TypeScript must agree on. */

import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import * as airlock from '../../lib/native/airlock';
import * as calls from '../../lib/native/calls';
import { INITIAL_TEXT_BYTES, TEXT_OFFSET } from '../../lib/native/message-memory';
import * as registers from '../../lib/native/registers';
import { itNeeds, program } from '../support/needs';

const root = join(__dirname, '..', '..');
const builds = ['build', 'build-cmake'].map((folder) => join(root, folder, 'Release', 'sysvmq.node'));
const both = { met: builds.every(existsSync), reason: 'only one of build/ and build-cmake/ has been built' };
const nm = program('nm', 'binutils');
const readelf = program('readelf', 'binutils');

function run(command: string, args: string[]): string {
  return execFileSync(command, args, { cwd: root, encoding: 'utf8' });
}

itNeeds(both, 'both builds export the same names, and as the same kinds', () => {
  const code =
    'const addon = require(process.argv[1]); console.log(Object.keys(addon).map((k) => k + typeof addon[k]))';
  const [one, other] = builds.map((path) => run(process.execPath, ['-e', code, path]));
  expect(other).toBe(one);
  expect(one).toContain('msgsndfunction');
});

for (const path of builds.filter(existsSync)) {
  const build = relative(root, path);

  itNeeds(nm, `${build} defines the symbols that Node.js asks for, and no others`, () => {
    const lines = run('nm', ['-D', '--defined-only', path]).trim().split('\n');
    const symbols = lines.map((line) => line.split(' ').at(-1)).sort();
    expect(symbols).toEqual(['napi_register_module_v1', 'node_api_module_get_api_version_v1']);
  });

  itNeeds(readelf, `${build} needs no library but libc`, () => {
    const needed = [...run('readelf', ['-d', path]).matchAll(/\(NEEDED\).*\[(.*)\]/g)].map(([, name]) => name ?? '');
    expect(needed.filter((name) => !/^(libc\.so\.6|libc\.musl-\w+\.so\.1)$/.test(name))).toEqual([]);
    expect(needed.length).toBeLessThanOrEqual(1);
  });
}

// The enums are const, so that TypeScript lets nobody look at them, but they are there when the tests run. Besides its
// names an enum has, the other way round, its numbers for keys.
function namesOf(
  name: 'Register' | 'StatusField' | 'InfoField' | 'AirlockField' | 'InHandField' | 'NamespaceField',
): string[] {
  const enumeration =
    ({ ...calls, ...registers, ...airlock } as unknown as Record<string, Record<string, number>>)[name] ?? {};
  const entries = Object.entries(enumeration).filter(([key]) => !/^\d+$/.test(key));
  return entries.sort(([, a], [, b]) => a - b).map(([key]) => key);
}

it('the registers and fields have the same names in C++ and in TypeScript, in the same order', () => {
  const { registers, statusFields, infoFields, airlockFields, inHandFields, namespaceFields } = calls
    .nativeAddon()
    .layout();
  expect(namesOf('Register')).toEqual(registers);
  expect(namesOf('StatusField')).toEqual(statusFields);
  expect(namesOf('InfoField')).toEqual(infoFields);
  expect(namesOf('AirlockField')).toEqual(airlockFields);
  expect(namesOf('InHandField')).toEqual(inHandFields);
  expect(namesOf('NamespaceField')).toEqual(namespaceFields);
});

it('the registers and fields have room for all of their names', () => {
  const { registers, fields, layout } = calls.nativeAddon();
  const { registers: names, statusFields, infoFields } = layout();
  expect(registers).toHaveLength(names.length);
  expect(fields).toHaveLength(Math.max(statusFields.length, infoFields.length));
});

it('the initial slab and inbox have the room in C++ that TypeScript counts on', () => {
  // Test files share the addon, and another one may have left larger memory.
  expect([calls.useSlab(), calls.useInbox()]).toEqual([true, true]);
  const { slab, inbox } = calls.nativeAddon();
  expect([slab.byteLength, inbox.byteLength]).toEqual(Array(2).fill(TEXT_OFFSET + INITIAL_TEXT_BYTES));
});

it('native/sources.txt lists every source of native/core and native/binding, and nothing else', () => {
  const listed = readFileSync(join(root, 'native/sources.txt'), 'utf8').trim().split('\n');
  const found = ['native/core', 'native/binding'].flatMap((folder) =>
    readdirSync(join(root, folder)).map((name) => join(folder, name)),
  );
  expect([...listed].sort()).toEqual(found.filter((path) => path.endsWith('.cc')).sort());
});

it('native/core includes no header of Node.js, V8 or libuv, and nothing from other folders', () => {
  const folder = join(root, 'native/core');
  const own = readdirSync(folder);
  const foreign = own.flatMap((name) => {
    const includes = readFileSync(join(folder, name), 'utf8').matchAll(/^\s*#\s*include\s*([<"])(.*)[>"]/gm);
    return [...includes]
      .filter(([, quote, header]) =>
        quote === '"' ? !own.includes(header ?? '') : /napi|node|v8|uv/.test(header ?? ''),
      )
      .map(([line]) => `${name}: ${line}`);
  });
  expect(foreign).toEqual([]);
});
