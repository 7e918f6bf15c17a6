// The tests without a mutant: which pass, how long each takes, and which mutants each could see.
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { root } from '../../tools/harness/places.mjs';
import { progress } from '../../tools/harness/progress.mjs';
import { sideBySide } from '../../tools/harness/side-by-side.mjs';
import { COPY } from './mutants.mjs';
import { judge } from './process.mjs';

const COUNTS = join(COPY, 'counts');
const KEPT = join(root, 'build-mutation/dry-run.json');
// The files of a batch load the library once. Those of one that takes longer are no use here.
const FILES_OF_A_BATCH = 8;
const LIMIT_MS = 600_000;

// The same in each run, and not for minutes.
export const TESTS = [
  'unit',
  'native',
  'kernel',
  'properties',
  'waiting',
  'request-reply',
  'metrics',
  'conformance',
  'codecs',
  'consume',
  'process',
];
const LEFT_OUT = ['races', 'sixteen-workers', 'thousand', 'properties/model', 'unit/test-runner', 'consume/killed'];

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
function hashOfAll(mutated) {
  const sources = ['lib', 'test/support', 'tools/harness', 'trust/instrumented'].flatMap(filesBelow);
  const files = hashOf([...sources, 'trust/mutation/package-lock.json', 'build/Release/sysvmq.node']);
  return createHash('sha256').update(files).update(mutated).digest('hex');
}

/** { path: hash } of the test files that the patterns name. */
function testFiles(patterns) {
  const isTaken = (path) => patterns.some((pattern) => path.startsWith(pattern));
  const isLeftOut = (path) => LEFT_OUT.some((pattern) => path.includes(pattern));
  const paths = filesBelow('test').filter((path) => path.endsWith('.test.ts') && isTaken(path) && !isLeftOut(path));
  return new Map(paths.map((path) => [path, hashOf([path])]));
}

/** What was counted, as a function of a test file. */
function collect() {
  const files = new Map();
  const fileOf = (name) => {
    if (!files.has(name)) files.set(name, { tests: [], loads: new Set(), sees: new Map() });
    return files.get(name);
  };
  for (const name of readdirSync(COUNTS).filter((entry) => entry.endsWith('.json'))) {
    const { files: ofIt, mutants } = JSON.parse(readFileSync(join(COUNTS, name), 'utf8'));
    for (const { file, tests } of ofIt) {
      fileOf(file).tests.push(...tests);
      for (const id of Object.keys(mutants?.static ?? {})) fileOf(file).loads.add(id);
    }
    for (const [test, ids] of Object.entries(mutants?.perTest ?? {})) {
      const [file] = test.split(' ');
      const { sees } = fileOf(file);
      const title = test.slice(file.length + 1);
      if (!sees.has(title)) sees.set(title, new Set());
      for (const id of Object.keys(ids)) sees.get(title).add(id);
    }
  }
  return (path, hash) => {
    const { tests, loads, sees } = fileOf(path);
    // If no test ended, what the children have counted is no use.
    return {
      path,
      hash,
      loads: tests.length === 0 ? [] : [...loads],
      tests: tests.map((test) => ({ ...test, sees: [...(sees.get(test.name) ?? [])] })),
    };
  };
}

/** The known facts about all test files, as of their last run. */
function keptFiles(all) {
  if (!existsSync(KEPT)) return [];
  const kept = JSON.parse(readFileSync(KEPT, 'utf8'));
  return kept.all === all ? kept.files : [];
}

function batchesOf(paths) {
  const batches = [];
  for (let first = 0; first < paths.length; first += FILES_OF_A_BATCH)
    batches.push(paths.slice(first, first + FILES_OF_A_BATCH));
  return batches;
}

async function runFiles(paths, atOnce) {
  console.log(`running ${paths.length} test files without a mutant`);
  rmSync(COUNTS, { recursive: true, force: true });
  mkdirSync(COUNTS);
  // Tests start processes of other users, too.
  chmodSync(COUNTS, 0o777);
  const environment = {
    SYSVMQ_COUNTS: COUNTS,
    NODE_OPTIONS: `--require=${join(COPY, 'trust/instrumented/counts.cjs')}`,
  };
  let done = 0;
  const runBatch = async (batch) => {
    const files = batch.map((path) => ({ path }));
    await judge([files], { environment: () => environment, limitMs: LIMIT_MS, shown: true });
    done += batch.length;
    progress(`without a mutant: ${done} of ${paths.length} files`);
  };
  await sideBySide(batchesOf(paths), runBatch, atOnce);
  return collect();
}

/**
 * { all, files: [{ path, hash, loads: ids, tests: [{ name, duration, failed, sees: ids }] }] }; only test files that have changed are
 * run, so many at a time. `mutated` is the pattern of makeMutants, `all` the hash of what all of them depend on.
 */
export async function dryRun(patterns, mutated, atOnce) {
  const all = hashOfAll(mutated);
  const hashes = testFiles(patterns);
  const kept = keptFiles(all);
  const known = kept.filter(({ path, hash }) => hashes.get(path) === hash);
  const changed = [...hashes.keys()].filter((path) => !known.some((file) => file.path === path));
  if (changed.length === 0) return { all, files: known };
  const countedOf = await runFiles(changed, atOnce);
  const ran = changed.map((path) => countedOf(path, hashes.get(path)));
  const others = kept.filter(({ path }) => !changed.includes(path));
  writeFileSync(KEPT, JSON.stringify({ all, files: [...others, ...ran] }));
  return { all, files: [...known, ...ran] };
}
