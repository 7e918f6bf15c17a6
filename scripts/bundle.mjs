#!/usr/bin/env node
// Writes the JavaScript of dist/: lib/ in a few files instead of one for each module, because each file that is loaded
// costs a fraction of a millisecond. tsc writes the types, one file for each module.
//
// dist/sysvmq.js has what every program needs. The other exports of the entry point sysvmq are in dist/later.js, which
// is loaded when one of its names is asked for. A module that lib/ loads by require() is a file of its own, and so are
// the entry points and what tests and scripts look at; their modules are still in dist/sysvmq.js, once.
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

/** Modules that lib/index.ts exports from, and few programs use. */
const LATER = [
  'admin/drain',
  'admin/message-lines',
  'admin/stale-queues',
  'admin/watch',
  'consume/inspect',
  'kernel/set-limits',
  'request-reply/request-client',
  'request-reply/request-server',
];

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
    const { outputText } = ts.transpileModule(code, { fileName: id, compilerOptions });
    const folder = dirname(relative(root, id));
    if (outputText.includes(ROOT_OF_MODULE) && dirname(folder) !== 'lib')
      throw new Error(`${id} is not in a folder of lib/, and takes the package's folder to be two above its own`);
    return { code: outputText.replace(REQUIRED, (_, path) => `require('package:${join(folder, path)}')`), map: null };
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

/** Has dist/index.js load dist/later.js when it must. */
const indexThatLoadsLater = {
  name: 'index-that-loads-later',
  renderChunk(code, { fileName, exports }) {
    if (fileName !== 'index.js') return null;
    const loaded = "const later = require('./later.js');\n";
    const names = [];
    const eager = code.replace(loaded, '').replace(/^exports\.(\w+) = later\.\1;\n?/gm, (_, name) => {
      names.push(name);
      return '';
    });
    if (!code.includes(loaded) || /\blater\b/.test(eager))
      throw new Error(`dist/index.js is not as expected:\n${code}`);
    return `${eager}
let later;
for (const name of ['${names.join("', '")}']) {
  Object.defineProperty(exports, name, { enumerable: true, get: () => (later ??= require('./later.js'))[name] });
}

// For import: Node.js finds the names by reading.
0 && (module.exports = { ${exports.join(', ')} });
`;
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
    const later = new Set(LATER.map(moduleId));
    const core = reached(
      getModuleInfo(index).importedIds.filter((id) => !later.has(id)),
      getModuleInfo,
    );
    const rest = reached(later, getModuleInfo, core);
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
  plugins: [typescript, indexThatLoadsLater],
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
