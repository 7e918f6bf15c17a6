// Stryker's mutants of lib/, all of them in one copy of the project: __STRYKER_ACTIVE_MUTANT__ chooses one.
import { join } from 'node:path';
import { root } from '../../tools/harness/places.mjs';
import { librarySources, makeCopy } from '../instrumented/copy.mjs';

export const COPY = join(root, 'build-mutation/copy');

async function loadInstrumenter() {
  try {
    return await import('@stryker-mutator/instrumenter');
  } catch (error) {
    if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
    console.error('Stryker makes the mutants, and is not here: npm ci --prefix trust/mutation');
    return process.exit(1);
  }
}

const quiet = { isDebugEnabled: () => false, debug: () => undefined, info: () => undefined, warn: console.warn };

/** A line of the source, with what the mutant makes of its part of it. */
function wordsOf(text, { start, end }, replacement) {
  const lines = text.split('\n');
  const was = start.line === end.line ? lines[start.line].slice(start.column, end.column) : lines[start.line].trim();
  const becomes = replacement.replaceAll(/\s+/g, ' ');
  return { line: start.line + 1, source: lines[start.line].trim(), was, becomes };
}

async function instrument(sources, mutated) {
  const { Instrumenter } = await loadInstrumenter();
  const files = sources.map(({ path, text }) => ({ name: path, content: text, mutate: mutated.test(path) }));
  const options = { plugins: null, excludedMutations: [], ignorers: [], noHeader: false };
  return new Instrumenter(quiet).instrument(files, options);
}

/** Those of the files whose paths match: [{ id, path, line, source, was, becomes, kind }] */
export async function makeMutants(mutated) {
  const sources = librarySources();
  const texts = new Map(sources.map(({ path, text }) => [path, text]));
  const { files, mutants } = await instrument(sources, new RegExp(mutated));
  makeCopy(
    COPY,
    files.map(({ name, content }) => ({ path: name, text: content })),
  );
  return mutants.map(({ id, fileName, location, mutatorName, replacement }) => {
    const words = wordsOf(texts.get(fileName), location, replacement);
    return { id, path: fileName, kind: mutatorName, ...words };
  });
}
