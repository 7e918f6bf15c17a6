#!/usr/bin/env node
// The suite's tests of hostile neighbors and of rights, counted.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../tools/harness/places.mjs';
import { runPart } from './harness/part.mjs';
import { rounds } from './harness/rounds.mjs';
import { runTests } from './harness/suite.mjs';

const FILES = [
  'test/hostile',
  'test/conformance/owners-and-groups',
  'test/conformance/namespaces',
  'test/conformance/hosts',
  'test/kernel/errors-access',
  'test/kernel/set-limits',
  'test/package/unsupported',
  'test/waiting/permission-lost',
];

const part = {
  name: 'hostile',
  title: 'the tests of hostile neighbors and of rights',
  does: `Runs the tests of the suite about neighbors that mean harm and about what users, containers, user namespaces and seccomp
profiles may do (${FILES.join(', ')}), and counts them. Those that take root are skipped
where this is not root. Takes npm run build first.`,
  minutes: 2,
};

/** What a test file says that it is about, in its first sentence. */
function subjectOf(file) {
  const [, words] = /^\/\*\*[\s*]*(.*?)\.?\s*(?:\*\/|\.\s)/s.exec(readFileSync(join(root, file), 'utf8')) ?? [];
  return words === undefined ? '' : `: ${words.replace(/\s*\n \* ?/g, ' ')}`;
}

const sum = (files, of) => files.reduce((total, file) => total + of(file), 0);

await runPart(part, ({ minutes }) => {
  const done = rounds(
    minutes,
    () => runTests(FILES),
    (files) => sum(files, ({ failures }) => failures.length) === 0,
  );
  const [first] = done;
  const each = first
    .sort((one, other) => (one.file < other.file ? -1 : 1))
    .map(({ file, passed, skipped }) => ({
      name: file,
      value: `${passed} passed${skipped > 0 ? `, ${skipped} skipped` : ''}${subjectOf(file)}`,
    }));
  const all = done.flat();
  return {
    figures: [
      { name: 'rounds', value: done.length },
      { name: 'tests passed', value: sum(all, ({ passed }) => passed) },
      { name: 'skipped', value: sum(all, ({ skipped }) => skipped) },
      ...each,
    ],
    failures: all.flatMap(({ failures }) => failures),
  };
});
