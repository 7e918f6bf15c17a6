// Coverage of lib/, in the tests' own process and in those that they start.
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { inOwnNamespace, ownNamespaceEnvironment } from '../../tools/harness/namespace.mjs';
import { librarySources, makeCopy } from '../instrumented/copy.mjs';
import { root } from '../../tools/harness/places.mjs';
import { missedWords, ranges } from './figures.mjs';

const require = createRequire(import.meta.url);
const { createInstrumenter } = require('istanbul-lib-instrument');
const { createCoverageMap } = require('istanbul-lib-coverage');

const COPY = join(root, 'build-coverage/copy');
// What runs the suite again, or measures, or reads the sources of lib/, or looks at the files of dist/.
const LEFT_OUT = ['test/trust', 'test/bench', 'test/docs/errors-page', 'test/package/entry-points', 'test/cli/start'];

function instrumented() {
  const instrumenter = createInstrumenter({ esModules: true, parserPlugins: ['typescript'], preserveComments: true });
  return librarySources().map(({ path, text }) => {
    return { path, text: instrumenter.instrumentSync(text, path), nothing: instrumenter.lastFileCoverage() };
  });
}

function runTests(patterns, counts) {
  const output = join(COPY, 'jest.json');
  const jest = ['node_modules/jest/bin/jest.js', '--config', 'trust/instrumented/jest.config.cjs', '--runInBand'];
  const leftOut = LEFT_OUT.flatMap((pattern) => ['--testPathIgnorePatterns', pattern]);
  const args = [...jest, '--json', `--outputFile=${output}`, ...leftOut, '--testPathPatterns', ...patterns];
  if (patterns.length === 0) args.pop();
  const [program, ...prefix] = [...inOwnNamespace, process.execPath, ...args];
  const env = {
    ...process.env,
    ...ownNamespaceEnvironment,
    SYSVMQ_BUILD_DIR: 'build',
    SYSVMQ_COUNTS: counts,
    NODE_OPTIONS: `--require=${join(COPY, 'trust/instrumented/counts.cjs')}`,
  };
  spawnSync(program, prefix, { cwd: COPY, env, stdio: ['ignore', 'ignore', 'inherit'] });
  return JSON.parse(readFileSync(output, 'utf8'));
}

function merged(sources, counts) {
  const map = createCoverageMap();
  const nothing = Object.fromEntries(sources.map((source) => [source.path, source.nothing]));
  map.merge(nothing);
  for (const name of readdirSync(counts).filter((entry) => entry.endsWith('.json'))) {
    const { coverage = {} } = JSON.parse(readFileSync(join(counts, name), 'utf8'));
    for (const [path, hits] of Object.entries(coverage)) map.addFileCoverage({ ...nothing[path], ...hits });
  }
  return map;
}

function describe(path, coverage) {
  const summary = coverage.toSummary();
  const part = (what) => ({ covered: summary[what].covered, of: summary[what].total });
  const branches = Object.entries(coverage.b).flatMap(([id, hits]) => {
    const { locations, loc } = coverage.branchMap[id];
    return hits.flatMap((hit, index) => (hit === 0 ? [(locations[index].start.line ?? loc.start.line)] : []));
  });
  const functions = Object.entries(coverage.f).flatMap(([id, hits]) => {
    const { name, loc } = coverage.fnMap[id];
    return hits === 0 ? [`${name} (${loc.start.line})`] : [];
  });
  return {
    path,
    lines: part('lines'),
    branches: part('branches'),
    functions: part('functions'),
    missedLines: ranges(coverage.getUncoveredLines().map(Number)),
    missedBranches: ranges(branches),
    missedFunctions: functions,
  };
}

/** Which of lib/ these tests reach (all, if there is no pattern). A test that fails is added to `failures`. */
export function libraryCoverage(patterns, failures) {
  const sources = instrumented();
  makeCopy(COPY, sources);
  const counts = join(COPY, 'counts');
  mkdirSync(counts);
  // Tests start processes of other users, too.
  chmodSync(counts, 0o777);
  const { testResults, numPassedTests, numPendingTests } = runTests(patterns, counts);
  const failed = testResults.flatMap(({ assertionResults, message, name }) => {
    const tests = assertionResults.filter(({ status }) => status === 'failed').map(({ fullName }) => fullName);
    return assertionResults.length === 0 && message !== '' ? [`${name}: ${message}`] : tests;
  });
  console.log(`lib/: ${numPassedTests} tests passed, ${failed.length} failed, ${numPendingTests} skipped`);
  failures.push(...failed);
  const map = merged(sources, counts);
  const files = map.files().sort().map((path) => describe(path, map.fileCoverageFor(path)));
  for (const words of files.map(missedWords).filter(Boolean)) console.log(words);
  return files;
}
