// Which tests a change concerns. Jest's --onlyChanged would say all of them: every test imports the whole library.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { root } from '../../tools/harness/places.mjs';

const EVERYTHING = [''];

/** By the beginning of a path; the first that fits counts. A path that fits none concerns every test. */
export const TESTS_OF = [
  ['lib/cli/', ['test/cli/', 'test/docs/', 'test/hostile/']],
  ['lib/request-reply/', ['test/request-reply/', 'test/hostile/']],
  ['lib/bridge/', ['test/bridge/', 'test/metrics/', 'test/examples/']],
  ['lib/consume/', ['test/consume/', 'test/bridge/', 'test/cli/', 'test/metrics/']],
  ['lib/metrics.ts', ['test/metrics/']],
  ['lib/metrics/', ['test/metrics/']],
  ['lib/testing/', ['test/testing/']],
  ['lib/codecs/', ['test/codecs/', 'test/unit/', 'test/properties/', 'test/interop/', 'test/hostile/']],
  ['lib/admin/', ['test/kernel/', 'test/cli/', 'test/unit/']],
  ['lib/waiting/', ['test/waiting/', 'test/request-reply/', 'test/process/', 'test/properties/']],
  ['lib/messages/', ['test/kernel/', 'test/conformance/', 'test/properties/', 'test/waiting/', 'test/process/']],
  [
    'lib/kernel/',
    ['test/kernel/', 'test/conformance/', 'test/properties/', 'test/hostile/', 'test/unit/', 'test/cli/'],
  ],
  ['bench/', ['test/bench/']],
  ['trust/', ['test/trust/']],
  ['examples/', ['test/examples/', 'test/interop/', 'test/docs/']],
  ['man/', ['test/cli/']],
  ['README.md', ['test/docs/', 'test/bench/']],
  ['docs/', ['test/docs/', 'test/bench/', 'test/trust/', 'test/unit/']],
  ['test/smoke/', ['test/package/']],
  ['test/runner/', ['test/unit/']],
  ['test/run.mjs', ['test/unit/']],
  ['test/README.md', ['test/unit/']],
  ['.github/', ['test/package/workflows.test.ts']],
  ['.devcontainer/', []],
  ['.vscode/', []],
  ['.editorconfig', []],
  ['.gitignore', []],
  ['CHANGELOG.md', []],
  ['CONTRIBUTING.md', ['test/docs/', 'test/unit/']],
  ['SECURITY.md', ['test/docs/']],
];

const testFiles = () =>
  readdirSync(join(root, 'test'), { recursive: true })
    .map((name) => `test/${name}`)
    .filter((name) => /\.[cm]?[jt]sx?$/.test(name) && !name.startsWith('test/consumers/'));

/** The test files that import a file of test/, directly or through others; the file itself, if it is one. */
function importersOf(path) {
  const sources = testFiles().map((name) => ({ name, text: readFileSync(join(root, name), 'utf8') }));
  const found = new Set([path]);
  for (const one of found) {
    const stem = basename(one).replace(/\.[^.]+$/, '');
    const imports = new RegExp(
      `(from|import|require\\() ?['"][^'"\\n]*/${stem.replace(/\./g, '\\.')}(\\.[cm]?[jt]s)?['"]`,
    );
    for (const { name, text } of sources) if (imports.test(text)) found.add(name);
  }
  return [...found].filter((name) => name.endsWith('.test.ts'));
}

/** Patterns of the tests that changes to these paths concern. */
export function testsOfChanges(paths) {
  return [
    ...new Set(
      paths.flatMap((path) => {
        if (path.endsWith('.test.ts')) return [path];
        const row = TESTS_OF.find(([beginning]) => path.startsWith(beginning));
        if (row !== undefined) return row[1];
        // What Jest runs around every test (each-test.ts) is imported by none.
        const importers = path.startsWith('test/') ? importersOf(path) : [];
        return importers.length > 0 ? importers : EVERYTHING;
      }),
    ),
  ];
}

/** What differs from a commit, files that git does not know yet included. */
export function changedSince(revision) {
  const git = (...args) => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).split('\n').filter(Boolean);
  const changed = git('diff', '--name-only', '--no-renames', revision);
  return [...new Set([...changed, ...git('ls-files', '--others', '--exclude-standard')])];
}
