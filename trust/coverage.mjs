#!/usr/bin/env node
// Which lines, branches and functions of lib/ and of native/core/ the tests reach, and which they do not.
import { figuresOf, missedWords } from './coverage/figures.mjs';
import { libraryCoverage } from './coverage/library.mjs';
import { nativeCoverage } from './coverage/native.mjs';
import { leastMinutesOf, runPart } from './harness/part.mjs';

const SHORT = { tests: ['test/unit', 'test/properties/round-trip'], native: 'SendReceive|Sender' };

const part = {
  name: 'coverage',
  title: 'which lines, branches and functions of lib/ and of native/core/ the tests reach',
  does: `Runs the tests against a copy of the project, build-coverage/, in which lib/ and the dist/ made of it count (istanbul), so
that the processes and workers that tests start count, too; one that is killed does not say what it has counted. Then the
C++ tests against native/core/, built with gcc's --coverage. Prints what is reached of each file, and what is not. It takes
as long as the tests take; the short form has ${SHORT.tests.join(' and ')}.
Takes npm run build first; for native/core also cmake, make, g++ with gcov, and googletest.`,
  minutes: leastMinutesOf('coverage'),
  options: {
    only: { words: 'lib or native', kind: 'text' },
    tests: { words: 'the test files or folders to run for lib/, with commas between them', kind: 'text' },
  },
};

await runPart(part, ({ minutes, only, tests }) => {
  const short = minutes < part.minutes;
  const failures = [];
  const groups = [];
  if (only !== 'native') groups.push(libraryCoverage(tests?.split(',') ?? (short ? SHORT.tests : []), failures));
  if (only !== 'lib') groups.push(nativeCoverage(short ? SHORT.native : undefined, failures));
  const missed = groups.flat().map(missedWords).filter(Boolean);
  return { figures: groups.flatMap(figuresOf), failures, lists: [{ heading: 'Not reached:', items: missed }] };
});
