// The arguments of test/run.mjs: its own, and the rest, which are Jest's.
import { availableParallelism } from 'node:os';
import { flag, readKnownArguments, refuse, text } from '../../tools/harness/arguments.mjs';
import { BUILDS } from './builds.mjs';

const HELP = `Usage: npm test -- [options] [jest options] [test file patterns]

Builds the library both ways, and runs the tests in IPC namespaces of their own, as many side by side as there are
processors: all tests against node-gyp's build, and against cmake-js's those that depend on the build.

  --build NAME     only this build: ${Object.keys(BUILDS).join(' or ')}; all tests that are chosen run against it
  --no-build       takes what is built already
  --fast           leaves out what takes 0.2 s or more (itSlow); npm run test:fast is this against node-gyp's build
  --changed        the tests of what differs from the last commit (test/runner/changed.mjs says which these are)
  --since REV      the same, of what differs from this commit
  --shards N       so many side by side (default ${availableParallelism()})
  --help           this

It takes root, or a kernel that lets users make user namespaces. SYSVMQ_TEST_SEED is the seed of random choices,
SYSVMQ_LONG_TESTS=1 repeats races many times, with a new seed each time (npm run test:long).`;

// Options of Jest's that take a value, which is no pattern.
const WITH_VALUE = [
  '-t',
  '--testNamePattern',
  '--testTimeout',
  '--testPathIgnorePatterns',
  '--reporters',
  '--maxWorkers',
];

function splitJestArguments(rest) {
  const options = [];
  const patterns = [];
  for (let index = 0; index < rest.length; index++) {
    if (!rest[index].startsWith('-')) patterns.push(rest[index]);
    else options.push(...(WITH_VALUE.includes(rest[index]) ? rest.slice(index, ++index + 1) : [rest[index]]));
  }
  return { jestOptions: options, patterns };
}

/** { builds, isBuilt, fast, since, shards, jestOptions, patterns }. */
export function readOptions() {
  const own = { build: text, 'no-build': flag, fast: flag, changed: flag, since: text, shards: text };
  const { values, rest } = readKnownArguments(HELP, own);
  if (values.build !== undefined && !(values.build in BUILDS)) refuse(`There is no build "${values.build}".`, HELP);
  const shards = Number(values.shards ?? availableParallelism());
  if (!Number.isInteger(shards) || shards < 1) refuse(`--shards takes a whole number, not "${values.shards}".`, HELP);
  return {
    builds: values.build === undefined ? Object.keys(BUILDS) : [values.build],
    isOnlyBuild: values.build !== undefined,
    isBuilt: values['no-build'],
    fast: values.fast,
    since: values.since ?? (values.changed ? 'HEAD' : undefined),
    shards,
    ...splitJestArguments(rest),
  };
}
