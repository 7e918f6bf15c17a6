#!/usr/bin/env node
// Writes the JavaScript of dist/: lib/ in a few files instead of one for each module, because each file that is loaded
// costs a fraction of a millisecond. tsc writes the types, one file for each module.
//
// dist/sysvmq.js has what every program needs. The other exports of the entry point sysvmq are in dist/later.js, which
// is loaded when one of its functions is called, and in dist/requests.js, which is loaded when one of its classes is
// asked for. A module that lib/ loads by require() is a file of its own, and so are the entry points and what tests and
// scripts look at; their modules are still in dist/sysvmq.js, once.
//
// V8 takes some 0.1 ms for each KB that it reads here, so the text is short: tabs, numbers for the members of const
// enums, one object of exports, and ASCII only, because one other character makes V8 store the file with two bytes each.
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rollup } from 'rollup';
import ts from 'typescript';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const lib = join(root, 'lib');
const dist = join(root, 'dist');

/** The entry points of package.json, what scripts/man-page.mjs takes, and what tests and trust/ take. */
const ENTRIES = [
  ...['index', 'syscalls', 'metrics', 'bridge/index', 'testing/index', 'cli/main'],
  ...['cli/program', 'cli/completion/command-tree', 'cli/verb'],
  ...['native/calls', 'core/constants', 'request-reply/wire'],
];

/** Modules that lib/index.ts exports functions from, and few programs use. */
const LATER = [
  'admin/drain',
  'admin/message-lines',
  'admin/stale-queues',
  'admin/watch',
  'consume/inspect',
  'kernel/set-limits',
];

/** Modules that lib/index.ts exports classes from, and few programs use. */
const REQUESTS = ['request-reply/request-client', 'request-reply/request-server'];

const moduleId = (name) => join(lib, `${name}.ts`);
const nameOf = (id) => relative(lib, id).replace(/\.ts$/, '');
const REQUIRED = /\brequire\('(\.[^']+)'\)/g;
/** The package's folder, as a module in a folder of lib/ writes it. */
const ROOT_OF_MODULE = "__dirname, '..', '..', ";

/** What modules load by require('./…'): files of their own, but for package.json. */
function modulesLoadedLater() {
  const sources = readdirSync(lib, { recursive: true }).filter((path) => path.endsWith('.ts'));
  const required = sources.flatMap((path) => {
    const found = readFileSync(join(lib, path), 'utf8').matchAll(REQUIRED);
    return [...found].map(([, target]) => join(dirname(path), target));
  });
  return required.filter((path) => !path.endsWith('.json'));
}

/** The members of the const enums of lib/, by the enum's name. tsc inlines them within their own file only. */
function constEnums() {
  const enums = new Map();
  const visit = (node, file) => {
    if (!ts.isEnumDeclaration(node) || !isConst(node)) return;
    if (enums.has(node.name.text) || node.members.some(({ initializer }) => initializer !== undefined))
      throw new Error(`${file}: the bundle cannot inline the const enum ${node.name.text}`);
    enums.set(node.name.text, new Map(node.members.map((member, index) => [member.name.text, index])));
  };
  for (const file of readdirSync(lib, { recursive: true }).filter((path) => path.endsWith('.ts'))) {
    const source = ts.createSourceFile(file, readFileSync(join(lib, file), 'utf8'), ts.ScriptTarget.ES2022);
    for (const node of source.statements) visit(node, file);
  }
  return enums;
}

const isConst = (node) => node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ConstKeyword) === true;
const enums = constEnums();

/** Replaces the members of const enums by their numbers, and takes the enums away. */
function inlineConstEnums(context) {
  const visit = (node) => {
    if (ts.isEnumDeclaration(node) && isConst(node)) return undefined;
    if ((ts.isImportSpecifier(node) || ts.isExportSpecifier(node)) && enums.has(node.name.text)) return undefined;
    if (ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.expression) && enums.has(node.expression.text)) {
      const value = enums.get(node.expression.text).get(node.name.text);
      if (value === undefined) throw new Error(`${node.expression.text}.${node.name.text} is not a member`);
      return ts.factory.createNumericLiteral(value);
    }
    return ts.visitEachChild(node, visit, context);
  };
  return (source) => ts.visitNode(source, visit);
}

/** Whether a line may be part of a text, whose spaces count. */
function hasTextOverLines(code) {
  let found = false;
  const visit = (node) => {
    if (ts.isTemplateLiteralToken(node) && node.rawText?.includes('\n')) found = true;
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('', code, ts.ScriptTarget.ES2022));
  return found;
}

const withTabs = (code) => code.replace(/^(?: {4})+/gm, (spaces) => '\t'.repeat(spaces.length / 4));
const inAscii = (code) =>
  code.replace(/[^\0-\x7F]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** Finds a module, and takes its types away as tsc does; each require('./…') gets the path from lib/. */
const typescript = {
  name: 'typescript',
  resolveId(source, importer) {
    if (importer === undefined || !source.startsWith('.')) return null;
    const path = join(dirname(importer), source);
    return existsSync(`${path}.ts`) ? `${path}.ts` : join(path, 'index.ts');
  },
  transform(code, id) {
    const compilerOptions = { target: 'es2022', module: 'esnext', isolatedModules: true, removeComments: true };
    const transformers = { before: [inlineConstEnums] };
    const { outputText } = ts.transpileModule(code, { fileName: id, compilerOptions, transformers });
    const folder = dirname(relative(root, id));
    if (outputText.includes(ROOT_OF_MODULE) && dirname(folder) !== 'lib')
      throw new Error(`${id} is not in a folder of lib/, and takes the package's folder to be two above its own`);
    const short = inAscii(hasTextOverLines(outputText) ? outputText : withTabs(outputText));
    return { code: short.replace(REQUIRED, (_, path) => `require('package:${join(folder, path)}')`), map: null };
  },
  // From where a module is in the end.
  renderChunk: (code, { fileName }) =>
    code
      .replaceAll(ROOT_OF_MODULE, `__dirname, ${"'..', ".repeat(fileName.split('/').length)}`)
      .replace(/require\('package:([^']+)'\)/g, (_, path) => {
        const target = path.endsWith('.json') ? path : `${path.replace(/^lib\//, 'dist/')}.js`;
        const fromHere = relative(dirname(join('dist', fileName)), target);
        return `require('${fromHere.startsWith('.') ? fromHere : `./${fromHere}`}')`;
      }),
};

/** Takes the exports that are another file's out of dist/index.js. Returns the rest, and their names. */
function withoutExportsOf(name, code) {
  const loaded = `const ${name} = require('./${name}.js');\n`;
  const names = [];
  const exported = new RegExp(`^exports\\.(\\w+) = ${name}\\.\\1;\\n?`, 'gm');
  const rest = code.replace(loaded, '').replace(exported, (_, found) => {
    names.push(found);
    return '';
  });
  if (!code.includes(loaded) || new RegExp(`\\b${name}\\b`).test(rest))
    throw new Error(`dist/index.js is not as expected:\n${code}`);
  return { rest, names };
}

/** The parameters that the `length` of an exported function of LATER counts. */
function parametersOf(name) {
  for (const module of LATER) {
    const source = ts.createSourceFile(module, readFileSync(moduleId(module), 'utf8'), ts.ScriptTarget.ES2022);
    const found = source.statements.find(
      (node) => ts.isFunctionDeclaration(node) && node.name?.text === name && node.body !== undefined,
    );
    if (found === undefined) continue;
    const end = found.parameters.findIndex((one) => one.initializer !== undefined || one.dotDotDotToken !== undefined);
    const counted = end < 0 ? found.parameters : found.parameters.slice(0, end);
    return counted.map((_, index) => String.fromCharCode(97 + index)).join(', ');
  }
  throw new Error(`No module that is loaded later declares the function ${name}`);
}

/**
 * Has dist/index.js load dist/later.js at the first call of one of its functions: `import` reads every name, and would
 * load it at once. The classes of dist/requests.js cannot wait for a call.
 */
const indexThatLoadsLater = {
  name: 'index-that-loads-later',
  renderChunk(code, { fileName, exports }) {
    if (fileName !== 'index.js') return null;
    const { rest, names: functions } = withoutExportsOf('later', code);
    const { rest: eager, names: classes } = withoutExportsOf('requests', rest);
    const wrappers = functions.map(
      (name) =>
        `exports.${name} = function ${name}(${parametersOf(name)}) { return later().${name}(...arguments); };\n`,
    );
    return `${eager}
let loadedLater;
function later() {
\treturn (loadedLater ??= require('./later.js'));
}
${wrappers.join('')}
let requests;
for (const name of ['${classes.join("', '")}']) {
\tObject.defineProperty(exports, name, { enumerable: true, get: () => (requests ??= require('./requests.js'))[name] });
}

// For import: Node.js finds the names by reading.
0 && (module.exports = { ${exports.join(', ')} });
`;
  },
};

/** Has a file without a public name export one object: V8 takes longer for hundreds of assignments. */
const exportsInOneObject = {
  name: 'exports-in-one-object',
  renderChunk(code, { isEntry, fileName }) {
    if (isEntry) return null;
    const pairs = [];
    const rest = code.replace(/^exports\.(\S+) = (\S+);\n?/gm, (_, name, value) => {
      pairs.push(name === value ? name : `${name}: ${value}`);
      return '';
    });
    if (/\bexports\./.test(rest)) throw new Error(`dist/${fileName} exports in another way, too`);
    return `${rest}module.exports = { ${pairs.join(', ')} };\n`;
  },
};

/** The modules that are reached from some by import, these included. */
function reached(ids, getModuleInfo, stopAt = new Set()) {
  const found = new Set();
  const visit = (id) => {
    if (found.has(id) || stopAt.has(id) || getModuleInfo(id)?.isExternal !== false) return;
    found.add(id);
    getModuleInfo(id).importedIds.forEach(visit);
  };
  ids.forEach(visit);
  return found;
}

/** Says which modules go together in a file. The others go with whom they are for. */
function grouping(entryIds) {
  let groups;
  const make = (getModuleInfo) => {
    const index = moduleId('index');
    const later = LATER.map(moduleId);
    const classes = REQUESTS.map(moduleId);
    const core = reached(
      getModuleInfo(index).importedIds.filter((id) => !later.includes(id) && !classes.includes(id)),
      getModuleInfo,
    );
    const requests = reached(classes, getModuleInfo, core);
    const rest = reached(later, getModuleInfo, core);
    // Neither of the two files loads the other.
    for (const id of requests) if (rest.has(id)) core.add(id);
    const commandEntries = entryIds.filter((id) => nameOf(id).startsWith('cli/'));
    const usersOf = new Map();
    for (const entry of commandEntries) {
      for (const id of reached([entry], getModuleInfo)) usersOf.set(id, (usersOf.get(id) ?? 0) + 1);
    }
    const shared = (id) => /^cli\/(?!main$|verbs\/|top\/|doctor\/)/.test(nameOf(id)) && usersOf.get(id) > 1;
    const isOfProcesses = (id) => nameOf(id) === 'admin/processes';
    const isLater = (id) => rest.has(id) && !nameOf(id).startsWith('core/') && !isOfProcesses(id);
    const needsRest = (id) => [...reached([id], getModuleInfo)].some(isLater);
    return (id) => {
      // What lies lowest has its users everywhere.
      if (core.has(id) || nameOf(id).startsWith('core/')) return 'sysvmq';
      // The command looks through /proc without the rest.
      if (isOfProcesses(id)) return 'processes';
      if (requests.has(id)) return 'requests';
      if (rest.has(id)) return 'later';
      if (id === index || !shared(id)) return undefined;
      if (needsRest(id)) return 'cli/messages';
      return [...reached([id], getModuleInfo)].some(isOfProcesses) ? 'cli/queues' : 'cli/command';
    };
  };
  return (id, { getModuleInfo }) => {
    groups ??= make(getModuleInfo);
    return groups(id);
  };
}

const names = [...new Set([...ENTRIES, ...modulesLoadedLater()])];
const bundle = await rollup({
  input: Object.fromEntries(names.map((name) => [name, moduleId(name)])),
  external: [/^node:/, ...builtinModules, 'bindings', 'commander', 'prom-client', 'ioredis', /^@nats-io\//],
  plugins: [typescript, indexThatLoadsLater, exportsInOneObject],
  preserveEntrySignatures: 'strict',
  onwarn: (warning) => {
    throw new Error(warning.message);
  },
});
mkdirSync(dist, { recursive: true });
for (const path of readdirSync(dist, { recursive: true })) if (path.endsWith('.js')) rmSync(join(dist, path));
await bundle.write({
  dir: dist,
  format: 'cjs',
  esModule: true,
  strict: true,
  generatedCode: { preset: 'es2015', symbols: false },
  minifyInternalExports: false,
  hoistTransitiveImports: false,
  onlyExplicitManualChunks: true,
  entryFileNames: '[name].js',
  chunkFileNames: '[name].js',
  manualChunks: grouping(names.map(moduleId)),
});
await bundle.close();
chmodSync(join(dist, 'cli/main.js'), 0o755);
