// Coverage of native/core/ by its C++ tests, as gcov says it.
import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { inOwnNamespace, ownNamespaceEnvironment } from '../../tools/harness/namespace.mjs';
import { root } from '../../tools/harness/places.mjs';
import { missedWords, ranges } from './figures.mjs';

const BUILD = 'build-coverage/native';
// Threads count at the same time; SYSVMQ_COVERAGE lets forked processes write what they have counted.
const FLAGS = '-O0 --coverage -fprofile-update=atomic -DSYSVMQ_COVERAGE';

function build() {
  const stdio = ['ignore', 'ignore', 'inherit'];
  const configure = ['-S', '.', '-B', BUILD, '-DSYSVMQ_NATIVE_TESTS=ON', '-DCMAKE_BUILD_TYPE=Debug', '-DSYSVMQ_SANITIZE='];
  execFileSync('cmake', [...configure, `-DCMAKE_CXX_FLAGS=${FLAGS}`], { cwd: root, stdio });
  execFileSync('cmake', ['--build', BUILD, '--parallel', '1'], { cwd: root, stdio });
}

/** The counts of core and of the tests: of an inline function in both the linker keeps one. */
function countFiles() {
  return readdirSync(join(root, BUILD), { recursive: true })
    .filter((name) => name.endsWith('.gcda') && !name.includes('googletest'))
    .map((name) => join(root, BUILD, name));
}

/** Runs the tests, and returns the names of those that failed. */
function runTests(pattern) {
  for (const path of countFiles()) rmSync(path);
  const chosen = pattern === undefined ? [] : ['-R', pattern];
  const ctest = ['ctest', '--test-dir', BUILD, '--output-on-failure', '--no-tests=error', ...chosen];
  const [program, ...args] = [...inOwnNamespace, ...ctest];
  const env = { ...process.env, ...ownNamespaceEnvironment };
  const { stdout, status } = spawnSync(program, args, { cwd: root, env, encoding: 'utf8', maxBuffer: 2 ** 28 });
  console.log(`native/core/: ${/\d+% tests passed.*/.exec(stdout)?.[0] ?? `ctest ended with ${status}`}`);
  const failed = [...stdout.matchAll(/^\s*\d+ - (\S+) \((.*)\)$/gm)].map(([, name, why]) => `${name} (${why})`);
  return status === 0 || failed.length > 0 ? failed : [`ctest ended with ${status}`];
}

/** What gcov says of each source, with the counts of headers added up. */
function gcovFiles() {
  const options = { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 28 };
  const output = execFileSync('gcov', ['--json-format', '--branch-probabilities', '--stdout', ...countFiles()], options);
  const files = new Map();
  for (const text of output.trim().split('\n')) {
    const { current_working_directory: folder, files: found } = JSON.parse(text);
    for (const { file, lines, functions } of found) {
      const path = relative(root, join(file.startsWith('/') ? '' : folder, file));
      if (!path.startsWith('native/core/')) continue;
      if (!files.has(path)) files.set(path, { lines: new Map(), functions: new Map() });
      add(files.get(path), lines, functions);
    }
  }
  return files;
}

function add(file, lines, functions) {
  for (const { line_number: number, count, branches } of lines) {
    const line = file.lines.get(number) ?? { count: 0, branches: branches.map(() => 0) };
    line.count += count;
    branches.forEach((branch, index) => {
      line.branches[index] = (line.branches[index] ?? 0) + branch.count;
    });
    file.lines.set(number, line);
  }
  for (const { demangled_name: name, start_line: at, execution_count: count } of functions) {
    const before = file.functions.get(name)?.count ?? 0;
    file.functions.set(name, { at, count: before + count });
  }
}

function describe([path, { lines, functions }]) {
  const branches = [...lines].flatMap(([number, line]) => line.branches.map((count) => ({ number, count })));
  const part = (counts) => ({ covered: counts.filter(({ count }) => count > 0).length, of: counts.length });
  const missed = (counts) => counts.filter(({ count }) => count === 0);
  const lineCounts = [...lines].map(([number, { count }]) => ({ number, count }));
  return {
    path,
    lines: part(lineCounts),
    branches: part(branches),
    functions: part([...functions.values()]),
    missedLines: ranges(missed(lineCounts).map(({ number }) => number)),
    missedBranches: ranges(missed(branches).map(({ number }) => number)),
    missedFunctions: [...functions].filter(([, { count }]) => count === 0).map(([name, { at }]) => `${name} (${at})`),
  };
}

/** Which of native/core/ the C++ tests reach; all of them, or those that a pattern of ctest names. */
export function nativeCoverage(pattern, failures) {
  // Some tests become another user, who is to add to the same files.
  const umask = process.umask(0);
  build();
  failures.push(...runTests(pattern));
  process.umask(umask);
  const files = [...gcovFiles()].map(describe).sort((a, b) => (a.path < b.path ? -1 : 1));
  for (const words of files.map(missedWords).filter(Boolean)) console.log(words);
  return files;
}
