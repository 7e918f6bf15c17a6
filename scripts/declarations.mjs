#!/usr/bin/env node
// Writes the types of dist/: one file for each entry point, of the many that tsc wrote into build-types/.
//
// sysvmq/metrics takes its classes from sysvmq, so that there is one MessageQueue for TypeScript, too. The base class of
// MessageQueue is a matter of our files: its members become MessageQueue's own, and no signature shows it.
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rollup } from 'rollup';
import { dts } from 'rollup-plugin-dts';
import ts from 'typescript';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const types = join(root, 'build-types');
const dist = join(root, 'dist');

/** Entry points, and what of another one each takes from there: all but its own module, or one module. */
const ENTRIES = {
  syscalls: () => undefined,
  index: (id) => (id === join(types, 'syscalls') ? './syscalls.js' : undefined),
  metrics: (id) => (id.startsWith(types) && !id.startsWith(join(types, 'metrics/')) ? './index.js' : undefined),
  'bridge/index': (id) => (id.startsWith(join(types, 'bridge')) ? undefined : '../index.js'),
  'testing/index': () => undefined,
};

const fromOtherEntry = (takesFrom) => ({
  name: 'from-other-entry',
  resolveId(source, importer) {
    if (importer === undefined || !source.startsWith('.')) return null;
    const id = join(dirname(importer), source);
    const taken = takesFrom(id);
    if (taken !== undefined) return { id: taken, external: true };
    return [`${id}.d.ts`, join(id, 'index.d.ts')].find((file) => existsSync(file)) ?? null;
  },
});

async function rollUp(name) {
  const bundle = await rollup({
    input: join(types, `${name}.d.ts`),
    external: [/^node:/, 'prom-client'],
    plugins: [fromOtherEntry(ENTRIES[name]), dts({ tsconfig: join(root, 'tsconfig.build.json') })],
    onwarn: (warning) => {
      throw new Error(warning.message);
    },
  });
  const { output } = await bundle.generate({ format: 'es' });
  await bundle.close();
  // Buffer has a parameter from one version of @types/node on; this is what it means without, and older ones compile.
  return output[0].code.replaceAll('Buffer<ArrayBufferLike>', 'Buffer');
}

const textOf = (node) => node.getFullText();
const isOwn = (member) => !ts.isConstructorDeclaration(member) && member.name?.text !== '#private';

/** Puts the members of an abstract base class into the class that extends it. */
function withoutBase(code, baseName, name) {
  const source = ts.createSourceFile('index.d.ts', code, ts.ScriptTarget.Latest, true);
  const find = (wanted) => source.statements.find((node) => ts.isClassDeclaration(node) && node.name?.text === wanted);
  const [base, derived] = [find(baseName), find(name)];
  const clause = (node, kind) => node.heritageClauses?.find(({ token }) => token === kind)?.types ?? [];
  const interfaces = [base, derived]
    .flatMap((node) => clause(node, ts.SyntaxKind.ImplementsKeyword))
    .map((type) => type.getText());
  const parameters = derived.typeParameters.map((parameter) => parameter.getText()).join(', ');
  const members = [...derived.members, ...base.members.filter(isOwn)].map(textOf).join('');
  const comment = code.slice(derived.getFullStart(), derived.getStart());
  const merged = `${comment}declare class ${name}<${parameters}> implements ${interfaces.join(', ')} {${members}\n}`;
  const [first, second] = [
    [base, ''],
    [derived, merged],
  ].sort(([a], [b]) => b.pos - a.pos);
  const result = [first, second].reduce(
    (text, [node, by]) => text.slice(0, node.getFullStart()) + by + text.slice(node.getEnd()),
    code,
  );
  if (result.includes(baseName)) throw new Error(`${baseName} is still in the types of ${name}`);
  return result;
}

const written = [];
for (const name of Object.keys(ENTRIES)) {
  const code = await rollUp(name);
  const path = join(dist, `${name}.d.ts`);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, name === 'index' ? withoutBase(code, 'SyncQueue', 'MessageQueue') : code);
  written.push(relative(dist, path));
}
for (const path of readdirSync(dist, { recursive: true }))
  if (path.endsWith('.d.ts') && !written.includes(path)) rmSync(join(dist, path));
