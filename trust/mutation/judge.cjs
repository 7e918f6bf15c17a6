// Runs some tests of test files without what Jest does before and after: no command line, no search for files, no report.
// The files of a batch have one environment, in which the library is loaded once.
//
//     node judge.cjs JOB     a file: { globalConfig, projectConfig, batches: [[{ path, tests?: [names] }]], timeoutMs?, result,
//                            environment?: another one of Jest's, for all of the files' tests }
//
// It writes { passed, failed? } to the file `result`.
const { mkdirSync, readFileSync, writeFileSync } = require('node:fs');
const { dirname, join } = require('node:path');

// Only the way of a worker of Jest's to its parent is taken of it, and there is no parent.
require.cache[require.resolve('jest-worker')] = { exports: { messageParent: () => undefined } };
const { ModuleMap } = require('jest-haste-map');
const runner = dirname(require.resolve('jest-runner/package.json'));
const { setup, worker } = require(join(runner, 'build/testWorker.js'));

const { globalConfig, projectConfig, batches, timeoutMs, result, environment } = JSON.parse(
  readFileSync(process.argv[2], 'utf8'),
);

const escaped = (name) => name.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll('\0', '.');

const patternOf = (tests) => `(?:${tests.map(escaped).join('|')})`;

const MAX_CHARACTERS = 500;
const failureOf = ({ failureMessage }) => String(failureMessage).slice(0, MAX_CHARACTERS);

/** One file that has the tests of all. */
function writeBatch(files, folder) {
  const path = join(folder, 'batch.cjs');
  const blocks = files.map((file) => {
    const name = JSON.stringify(file.path);
    return `describe(${name}, () => { require(${JSON.stringify(join(projectConfig.rootDir, file.path))}); });`;
  });
  writeFileSync(path, blocks.join('\n'));
  const names = files.map(({ path: file, tests }) => `${escaped(file)} ${tests ? patternOf(tests) : '.*'}`);
  return { path, pattern: `^(?:${names.join('|')})$` };
}

async function runBatch(files, folder) {
  mkdirSync(folder);
  const { path, pattern } = writeBatch(files, folder);
  const limits = timeoutMs === undefined ? {} : { testTimeout: timeoutMs };
  return worker({
    config: { ...projectConfig, ...limits, ...(environment === undefined ? {} : { testEnvironment: environment }) },
    globalConfig: { ...globalConfig, ...limits, ...(environment === undefined ? { testNamePattern: pattern } : {}) },
    path,
    context: {},
  });
}

async function run() {
  const serializableModuleMap = ModuleMap.create(projectConfig.rootDir).toJSON();
  await setup({ serializableResolvers: [{ config: projectConfig, serializableModuleMap }] });
  let passed = 0;
  for (const [index, files] of batches.entries()) {
    const of = await runBatch(files, join(dirname(result), `batch-${index}`));
    passed += of.numPassingTests;
    const isFailed = of.numFailingTests > 0 || of.testExecError !== undefined;
    writeFileSync(result, JSON.stringify({ passed, ...(isFailed ? { failed: failureOf(of) } : {}) }));
    if (isFailed) return;
  }
}

run().then(
  // The process does not wait for the rest of the tests' work.
  () => process.exit(0),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
