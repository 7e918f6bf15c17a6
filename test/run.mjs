#!/usr/bin/env node
// Builds the library and runs the tests, in IPC namespaces of their own, some side by side.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildWhatChanged } from '../tools/harness/build.mjs';
import { requireNamespaces } from '../tools/harness/namespace.mjs';
import { sideBySide } from '../tools/harness/side-by-side.mjs';
import { BUILDS } from './runner/builds.mjs';
import { changedSince, testsOfChanges } from './runner/changed.mjs';
import { runChunk } from './runner/chunk.mjs';
import { chunksOf, rememberSeconds, testFilesOf } from './runner/chunks.mjs';
import { readOptions } from './runner/options.mjs';
import { summaryLines } from './runner/summary.mjs';
import { testSeed } from './support/seed.cjs';

const began = performance.now();
const options = readOptions();
const { builds, isOnlyBuild, isBuilt, fast, since, shards, jestOptions, patterns } = options;

requireNamespaces();

/** The patterns of this run: those that were given, or those of what has changed. */
function chosenPatterns() {
  if (since === undefined) return patterns;
  const paths = changedSince(since);
  const changed = testsOfChanges(paths);
  console.log(
    `${paths.length} files differ from ${since}: ${changed.includes('') ? 'every test' : `the tests of ${changed.join(' ') || 'none'}`}`,
  );
  if (changed.length === 0) process.exit(0);
  return changed.includes('') ? [] : [...patterns, ...changed];
}

/** The test files by build. */
function filesByBuild() {
  const chosen = chosenPatterns();
  const all = testFilesOf(jestOptions, chosen);
  const dependsOn = (build, file) => isOnlyBuild || BUILDS[build].tests.some((test) => file.startsWith(test));
  const entries = builds.map((build) => [build, all.filter((file) => dependsOn(build, file))]);
  return Object.fromEntries(entries.filter(([, files]) => files.length > 0));
}

const files = filesByBuild();
if (Object.keys(files).length === 0) {
  console.error(`No test file fits ${patterns.join(' ')}.`);
  process.exit(1);
}
const scripts = [...Object.keys(files).flatMap((build) => BUILDS[build].scripts), 'build:lib'];
if (!isBuilt) buildWhatChanged(...scripts);

const chunks = chunksOf(files, shards);
const described = Object.entries(files).map(([build, { length }]) => `${length} files against the build of ${build}`);
console.log(`${described.join(', ')}; SYSVMQ_TEST_SEED=${testSeed}`);
const folder = mkdtempSync(join(tmpdir(), 'sysvmq-test-'));
try {
  const environment = { SYSVMQ_TEST_SEED: String(testSeed), ...(fast ? { SYSVMQ_FAST_TESTS: '1' } : {}) };
  const settings = { results: folder, jestOptions, environment, isAlone: chunks.length === 1 };
  const runOne = (chunk, index) => runChunk(chunk, { ...settings, name: `chunk-${index}` });
  const results = await sideBySide(chunks, runOne, shards);
  if (!fast && jestOptions.length === 0) rememberSeconds(Object.assign({}, ...results.map(({ seconds }) => seconds)));
  const seconds = (performance.now() - began) / 1000;
  for (const line of summaryLines(results, { builds: Object.keys(files), fast, seed: testSeed, seconds }))
    console.log(line);
  process.exitCode = results.every(({ code }) => code === 0) ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true });
}
