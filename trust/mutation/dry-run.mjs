// The tests without a mutant: which pass, how long each takes, and which mutants each could see.
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { root } from '../../tools/harness/places.mjs';
import { runJest } from './jest.mjs';
import { COPY } from './mutants.mjs';

const COUNTS = join(COPY, 'counts');
const KEPT = join(root, 'build-mutation/dry-run.json');
const LIMIT_MS = 3_600_000;

// The same in each run, and not for minutes.
export const TESTS = [
  'unit',
  'kernel',
  'properties',
  'waiting',
  'request-reply',
  'metrics',
  'conformance',
  'interop',
  'cli',
  'docs',
];
const LEFT_OUT = [
  'races',
  'sixteen-workers',
  'thousand',
  'properties/model',
  'interop/partners',
  'interop/pitfalls',
  'cli/completion',
  'docs/errors-page',
];

function hashOf(paths) {
  const hash = createHash('sha256');
  for (const path of paths) hash.update(path).update(readFileSync(join(root, path)));
  return hash.digest('hex');
}

function filesBelow(folder) {
  const entries = readdirSync(join(root, folder), { recursive: true, withFileTypes: true });
  return entries
    .flatMap((entry) => (entry.isFile() ? [relative(root, join(entry.parentPath, entry.name))] : []))
    .sort();
}

/** What all test files depend on. */
function hashOfAll() {
  const sources = ['lib', 'test/support', 'tools/harness', 'trust/instrumented'].flatMap(filesBelow);
  return hashOf([...sources, 'trust/mutation/package-lock.json', 'build/Release/sysvmq.node']);
}

/** { path: hash } of the test files that the patterns name. */
function testFiles(patterns) {
  const isTaken = (path) => patterns.some((pattern) => path.startsWith(pattern));
  const isLeftOut = (path) => LEFT_OUT.some((pattern) => path.includes(pattern));
  const paths = filesBelow('test').filter((path) => path.endsWith('.test.ts') && isTaken(path) && !isLeftOut(path));
  return new Map(paths.map((path) => [path, hashOf([path])]));
}

function collect() {
  const files = new Map();
  const fileOf = (name) => {
    if (!files.has(name)) files.set(name, { tests: [], loads: new Set(), sees: new Map() });
    return files.get(name);
  };
  for (const name of readdirSync(COUNTS).filter((entry) => entry.endsWith('.json'))) {
    const { file, tests = [], mutants } = JSON.parse(readFileSync(join(COUNTS, name), 'utf8'));
    const found = fileOf(file);
    found.tests.push(...tests);
    for (const id of Object.keys(mutants?.static ?? {})) found.loads.add(id);
    for (const [test, ids] of Object.entries(mutants?.perTest ?? {})) {
      if (!found.sees.has(test)) found.sees.set(test, new Set());
      for (const id of Object.keys(ids)) found.sees.get(test).add(id);
    }
  }
  return [...files].map(([path, { tests, loads, sees }]) => ({
    path,
    loads: [...loads],
    tests: tests.map((test) => ({ ...test, sees: [...(sees.get(test.name) ?? [])] })),
  }));
}

/** The known facts about all test files, as of their last run. */
function keptFiles(all) {
  if (!existsSync(KEPT)) return [];
  const kept = JSON.parse(readFileSync(KEPT, 'utf8'));
  return kept.all === all ? kept.files : [];
}

async function runFiles(paths) {
  console.log(`running ${paths.length} test files without a mutant`);
  rmSync(COUNTS, { recursive: true, force: true });
  mkdirSync(COUNTS);
  // Tests start processes of other users, too.
  chmodSync(COUNTS, 0o777);
  const environment = {
    SYSVMQ_COUNTS: COUNTS,
    NODE_OPTIONS: `--require=${join(COPY, 'trust/instrumented/counts.cjs')}`,
  };
  await runJest(['--runTestsByPath', ...paths], { environment, limitMs: LIMIT_MS, shown: true });
  return collect();
}

/** [{ path, loads: ids, tests: [{ name, duration, failed, sees: ids }] }]; only test files that have changed are run. */
export async function dryRun(patterns) {
  const all = hashOfAll();
  const hashes = testFiles(patterns);
  const kept = keptFiles(all);
  const known = kept.filter(({ path, hash }) => hashes.get(path) === hash);
  const changed = [...hashes.keys()].filter((path) => !known.some((file) => file.path === path));
  if (changed.length === 0) return known;
  const ran = (await runFiles(changed)).map((file) => ({ ...file, hash: hashes.get(file.path) }));
  const others = kept.filter(({ path }) => !changed.includes(path));
  writeFileSync(KEPT, JSON.stringify({ all, files: [...others, ...ran] }));
  return [...known, ...ran];
}
