/** Who imports whom in lib/: the addon is known to lib/native only, and imports run one way. */

import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

const lib = join(__dirname, '..', '..', 'lib');

/** The modules that each file of lib/ imports, as they are written there. */
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

it('only lib/native/load.ts imports bindings', () => {
  expect(importersOf(/^bindings$/)).toEqual(['native/load.ts']);
});

it('only lib/native/calls.ts imports what loads the addon', () => {
  expect(importersOf(/(^|\/)load$/)).toEqual(['native/calls.ts']);
});

it('only lib/native knows the addon and its type', () => {
  expect(importersOf(/\.node$|types\/native$/).filter((file) => !file.startsWith('native/'))).toEqual([]);
});

it('lib/native imports from lib/ only what knows nothing of queues', () => {
  const outside = [...imports]
    .filter(([file]) => file.startsWith('native/'))
    .flatMap(([, modules]) =>
      modules.filter((module) => module.startsWith('../') && !module.startsWith('../../types/')),
    );
  expect([...new Set(outside)].sort()).toEqual(['../errno', '../error-classes', '../load-later']);
});

it('nothing but lib/index.ts and what is built on queues imports MessageQueue', () => {
  const above = /^(cli|request-reply|metrics)[/.]/;
  expect(importersOf(/(^|\/)message-queue$/).filter((file) => file !== 'index.ts' && !above.test(file))).toEqual([]);
});

it('nothing but the command knows the command, and it knows the addon through the library only', () => {
  const fromCommand = (file: string): boolean => file.startsWith('cli/');
  expect(importersOf(/(^|\/)cli\//).filter((file) => !fromCommand(file))).toEqual([]);
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
      const target = `${join(file, '..', module)}.ts`;
      if (module.startsWith('.') && imports.has(target)) visit(target);
    }
    visiting.pop();
    done.add(file);
  };
  for (const file of imports.keys()) visit(file);
  expect(circles).toEqual([]);
});
