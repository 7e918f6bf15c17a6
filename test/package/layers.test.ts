/** The order of the folders in lib/: a file imports from its own folder, or from one further left. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

const lib = join(__dirname, '..', '..', 'lib');

/** From left to right. Those in one place know nothing of each other. The CONTRIBUTING page shows the same list. */
const order = [
  ['core'],
  ['native', 'codecs'],
  ['kernel'],
  ['messages'],
  ['waiting', 'syscalls.ts'],
  ['queue'],
  ['consume', 'request-reply'],
  ['admin'],
  ['bridge', 'metrics', 'testing'],
  ['cli', 'index.ts', 'metrics.ts'],
];

/** The modules that each file of lib/ imports, for their types alone, too, as they are written there. */
const imports = new Map<string, string[]>();
for (const entry of readdirSync(lib, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || !entry.name.endsWith('.ts')) continue;
  const path = join(entry.parentPath, entry.name);
  const found = readFileSync(path, 'utf8').matchAll(/\b(?:from|import|require)\s*\(?\s*'([^']+)'/g);
  imports.set(
    relative(lib, path),
    [...found].map(([, module]) => module as string),
  );
}

function importersOf(pattern: RegExp): string[] {
  return [...imports].filter(([, modules]) => modules.some((module) => pattern.test(module))).map(([file]) => file);
}

/** The folder of a path, or the file at the top of lib/. */
function roomOf(path: string): string {
  const [first] = path.split('/') as [string];
  return path.includes('/') || first.endsWith('.ts') || order.flat().includes(first) ? first : `${first}.ts`;
}

const placeOf = (room: string): number => order.findIndex((rooms) => rooms.includes(room));

/** The lines of a file but for blank lines and comments, which the formatter keeps on lines of their own. */
function linesOfCode(text: string): number {
  return text.split('\n').filter((line) => !/^\s*(?:\/\/|\/\*|\*(?=[\s/]|$)|$)/.test(line)).length;
}

const MAX_LINES_OF_CODE = 300;

it('lines of code are those with more than a comment', () => {
  const text = '/** Doc.\n * More.\n */\n\n// Why.\nclass Line {\n  *[Symbol.iterator]() {} // yes\n}\n';
  expect(linesOfCode(text)).toBe(3);
});

it('no file of lib/ has more than 300 lines of code', () => {
  const long = [...imports.keys()]
    .map((file) => [file, linesOfCode(readFileSync(join(lib, file), 'utf8'))] as const)
    .filter(([, lines]) => lines > MAX_LINES_OF_CODE);
  expect(long).toEqual([]);
});

it('every folder and file at the top of lib/ has a place in the order', () => {
  expect([...imports.keys()].map(roomOf).filter((room) => placeOf(room) < 0)).toEqual([]);
});

it('a file imports from its own folder, or from one further left', () => {
  const wrong = [...imports].flatMap(([file, modules]) =>
    modules
      .filter((module) => module.startsWith('.'))
      .map((module) => join(file, '..', module))
      .filter((target) => !target.startsWith('..'))
      .filter((target) => roomOf(target) !== roomOf(file) && placeOf(roomOf(target)) >= placeOf(roomOf(file)))
      .map((target) => `${file} -> ${target}`),
  );
  expect(wrong).toEqual([]);
});

it('lib/ imports nothing from outside but the contract of the native boundary, and the version', () => {
  const outside = [...imports].flatMap(([file, modules]) =>
    modules
      .filter((module) => module.startsWith('.') && join(file, '..', module).startsWith('..'))
      .map((module) => [roomOf(file), join('lib', file, '..', module)].join(' -> ')),
  );
  expect([...new Set(outside)].sort()).toEqual(['cli -> package.json', 'native -> types/native']);
});

it('the order is the one that docs/internals.md shows', () => {
  const page = readFileSync(join(lib, '..', 'docs', 'internals.md'), 'utf8');
  const words = order.map((rooms) => (rooms.length === 1 ? rooms[0] : `{ ${rooms.join(', ')} }`));
  expect(page.replace(/\s+/g, ' ')).toContain(words.join(' < '));
});

it('each path that docs/internals.md names is there', () => {
  const page = readFileSync(join(lib, '..', 'docs', 'internals.md'), 'utf8');
  const paths = [...page.matchAll(/(?<![\w./])(?:lib|native|test|types|scripts)\/[\w./-]+\.(?:ts|cc|h|mjs)/g)].map(
    ([path]) => path,
  );
  expect(paths.length).toBeGreaterThan(20);
  expect([...new Set(paths)].filter((path) => !existsSync(join(lib, '..', path)))).toEqual([]);
});

it('each file that docs/internals.md names without its folder is there', () => {
  const page = readFileSync(join(lib, '..', 'docs', 'internals.md'), 'utf8');
  const names = [...page.matchAll(/(?<![\w./-])[\w-]+\.(?:ts|cc|h)\b/g)].map(([name]) => name);
  const folders = ['lib', 'native/core', 'native/binding'].map((folder) => join(lib, '..', folder));
  const files = new Set(folders.flatMap((folder) => readdirSync(folder, { recursive: true, encoding: 'utf8' })));
  const known = new Set([...files].map((file) => file.split('/').at(-1)));
  expect(names.length).toBeGreaterThan(5);
  expect([...new Set(names)].filter((name) => !known.has(name))).toEqual([]);
});

it('CONTRIBUTING.md lists each folder of lib/', () => {
  const page = readFileSync(join(lib, '..', 'CONTRIBUTING.md'), 'utf8');
  const folders = order.flat().filter((room) => !room.endsWith('.ts'));
  expect(folders.filter((folder) => !page.includes(`\`lib/${folder}/\``))).toEqual([]);
});

it('only lib/native knows the addon, its type and what loads it', () => {
  expect(importersOf(/^bindings$/)).toEqual(['native/load.ts']);
  expect(importersOf(/(^|\/)load$/)).toEqual(['native/registers.ts']);
  expect(importersOf(/\.node$|types\/native$/).filter((file) => !file.startsWith('native/'))).toEqual([]);
});

it('the command reaches the addon through the library only, and alone knows commander', () => {
  const fromCommand = (file: string): boolean => file.startsWith('cli/');
  expect(importersOf(/(^|\/)native\//).filter(fromCommand)).toEqual([]);
  expect(importersOf(/^commander$/).filter((file) => !fromCommand(file))).toEqual([]);
});

it('lib/ has no imports in a circle', () => {
  const visiting: string[] = [];
  const done = new Set<string>();
  const circles: string[] = [];
  const visit = (file: string) => {
    if (visiting.includes(file)) circles.push([...visiting.slice(visiting.indexOf(file)), file].join(' -> '));
    if (visiting.includes(file) || done.has(file)) return;
    visiting.push(file);
    for (const module of imports.get(file) ?? []) {
      if (!module.startsWith('.')) continue;
      const target = join(file, '..', module);
      for (const path of [`${target}.ts`, join(target, 'index.ts')]) if (imports.has(path)) visit(path);
    }
    visiting.pop();
    done.add(file);
  };
  for (const file of imports.keys()) visit(file);
  expect(circles).toEqual([]);
});
