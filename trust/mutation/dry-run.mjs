// The tests without a mutant: which pass, how long each takes, and which mutants each could see.
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../part.mjs';
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
];
const LEFT_OUT = [
  'races',
  'sixteen-workers',
  'thousand',
  'properties/model',
  'interop/partners',
  'interop/pitfalls',
  'cli/completion',
];

function hashOf(patterns) {
  const hash = createHash('sha256').update(JSON.stringify([patterns, LEFT_OUT]));
  for (const folder of ['lib', 'test', 'trust/instrumented', 'build/Release/sysvmq.node']) {
    const path = join(root, folder);
    const names = folder.endsWith('.node') ? [''] : readdirSync(path, { recursive: true }).sort();
    for (const name of names.filter((one) => one === '' || /\.\w+$/.test(one))) {
      hash.update(name).update(readFileSync(join(path, name)));
    }
  }
  return hash.digest('hex');
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

/** [{ path, loads: ids, tests: [{ name, duration, failed, sees: ids }] }]; that of the last run, if nothing has changed. */
export async function dryRun(patterns) {
  const hash = hashOf(patterns);
  if (existsSync(KEPT)) {
    const kept = JSON.parse(readFileSync(KEPT, 'utf8'));
    if (kept.hash === hash) return kept.files;
  }
  console.log('running the tests without a mutant');
  rmSync(COUNTS, { recursive: true, force: true });
  mkdirSync(COUNTS);
  // Tests start processes of other users, too.
  chmodSync(COUNTS, 0o777);
  const leftOut = LEFT_OUT.flatMap((pattern) => ['--testPathIgnorePatterns', pattern]);
  const environment = {
    SYSVMQ_COUNTS: COUNTS,
    NODE_OPTIONS: `--require=${join(COPY, 'trust/instrumented/counts.cjs')}`,
  };
  await runJest([...leftOut, '--testPathPatterns', ...patterns], { environment, limitMs: LIMIT_MS, shown: true });
  const files = collect();
  writeFileSync(KEPT, JSON.stringify({ hash, files }));
  return files;
}
