// The test files of a run, in chunks that take about as long as each other.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { root } from '../../tools/harness/places.mjs';

export const JEST = join(root, 'node_modules/jest/bin/jest.js');

const TIMES = join(root, 'node_modules/.cache/sysvmq/test-seconds.json');

// More chunks than run side by side, because how long each takes is a guess; few, because each starts a Jest.
const CHUNKS_EACH = 3;
const FEW_FILES = 4;

/** Paths of the test files that fit Jest's options and patterns. */
export function testFilesOf(jestOptions, patterns) {
  const args = [JEST, '--listTests', '--json', ...jestOptions, ...patterns];
  const paths = JSON.parse(execFileSync(process.execPath, args, { cwd: root, encoding: 'utf8' }));
  return paths.map((path) => relative(root, path)).sort();
}

function knownSeconds() {
  try {
    return JSON.parse(readFileSync(TIMES, 'utf8'));
  } catch {
    return {};
  }
}

/** For the next run. */
export function rememberSeconds(seconds) {
  mkdirSync(dirname(TIMES), { recursive: true });
  writeFileSync(TIMES, JSON.stringify({ ...knownSeconds(), ...seconds }));
}

/** Puts files in so many chunks, longest first into the shortest chunk. */
export function divide(files, count, secondsOf) {
  const chunks = Array.from({ length: Math.min(count, files.length) }, () => ({ files: [], seconds: 0 }));
  for (const file of [...files].sort((a, b) => secondsOf(b) - secondsOf(a))) {
    const shortest = chunks.reduce((least, chunk) => (chunk.seconds < least.seconds ? chunk : least));
    shortest.files.push(file);
    shortest.seconds += secondsOf(file);
  }
  return chunks;
}

/** [{ build, files }], for so many side by side. */
export function chunksOf(filesByBuild, shards) {
  const known = knownSeconds();
  // A file that never ran is as long as its text.
  const secondsOf = (file) => known[file] ?? statSync(join(root, file)).size / 4000;
  const total = Object.values(filesByBuild)
    .flat()
    .reduce((sum, file) => sum + secondsOf(file), 0);
  const chunks = Object.entries(filesByBuild).flatMap(([build, files]) => {
    const share = files.reduce((sum, file) => sum + secondsOf(file), 0) / total;
    const most = files.length <= FEW_FILES ? 1 : Math.ceil(files.length / FEW_FILES);
    const count = shards === 1 ? 1 : Math.min(most, Math.max(1, Math.round(share * shards * CHUNKS_EACH)));
    return divide(files, count, secondsOf).map((chunk) => ({ build, ...chunk }));
  });
  return chunks.sort((a, b) => b.seconds - a.seconds);
}
