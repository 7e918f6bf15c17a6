// What became of mutants, kept between runs: an outcome stands as long as lib/ and the tests that decided it are the same.
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';

const HASH_CHARACTERS = 16;

const hashOf = (value) => createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, HASH_CHARACTERS);

function readLines(file) {
  if (!existsSync(file)) return [];
  // A run that was ended may have left half of a line.
  return readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line) => {
      try {
        return [JSON.parse(line)];
      } catch {
        return [];
      }
    });
}

/** Those that `file` has, for the test files of dryRun. */
export function keptOutcomes(file, files) {
  const known = new Map(readLines(file).map((outcome) => [outcome.id, outcome]));
  const hashes = new Map(files.map(({ path, hash }) => [path, hash]));
  const keyOf = ({ chosen }) => hashOf(chosen.map(({ path, tests }) => [path, hashes.get(path), tests]));
  /** The hash of the file that killed it: other files may change. */
  const killerOf = ({ by = '' }) => hashes.get(by.split(': ')[0]);
  const stands = (outcome, tests) =>
    outcome.key === keyOf(tests) || (outcome.killer !== undefined && outcome.killer === killerOf(outcome));
  return {
    /** What became of the mutant with this id against the tests that `choose` gives, if it is known. */
    find(id, choose) {
      const outcome = known.get(id);
      return outcome !== undefined && stands(outcome, choose()) ? outcome : undefined;
    },
    keep(id, tests, outcome) {
      const line = { id, ...outcome, key: keyOf(tests), killer: killerOf(outcome) };
      appendFileSync(file, `${JSON.stringify(line)}\n`);
    },
  };
}
