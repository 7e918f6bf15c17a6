// Which test files a machine runs, and in which order: there is seldom time for all of them.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../tools/harness/places.mjs';
import { seeded } from '../../tools/harness/random.cjs';

const FOLDERS = ['test/kernel', 'test/waiting', 'test/conformance'];

/** What depends on the kernel most, so that every kernel has it. */
const FIRST = [
  'test/kernel/facts-queue-bytes.test.ts',
  'test/kernel/facts-limits.test.ts',
  'test/waiting/order.test.ts',
  'test/conformance/posix-msgrcv.test.ts',
  'test/waiting/queue-removed.test.ts',
  'test/waiting/empty-messages.test.ts',
  'test/kernel/facts-waiting.test.ts',
  'test/conformance/namespace-limits.test.ts',
];

/** With ipcmni_extend ids have 24 bits of index, and msgmni another ceiling. */
const EXTENDED = [
  'test/kernel/facts-extended-ids.test.ts',
  'test/kernel/facts-ceilings.test.ts',
  'test/kernel/list-queues.test.ts',
];

/** What changes the registry of modules or the time limit, for all that is loaded with it. */
const ALONE = ['test/kernel/errors-is-ours.test.ts', 'test/waiting/empty-races.test.ts'];

/** To load the library takes an emulated processor ten seconds and more. */
const FILES_OF_A_BATCH = 8;

// Processes of other architectures and compilers, which the machine has not.
const LEFT_OUT = ['test/conformance/hosts.test.ts'];

function allFiles() {
  return FOLDERS.flatMap((folder) => {
    return readdirSync(join(root, folder))
      .filter((name) => name.endsWith('.test.ts'))
      .map((name) => `${folder}/${name}`);
  });
}

function shuffled(items, random) {
  const left = [...items];
  return items.map(() => left.splice(random.below(left.length), 1)[0]);
}

function batchesOf(files) {
  const batches = [];
  const together = files.filter((file) => !ALONE.includes(file));
  for (let first = 0; first < together.length; first += FILES_OF_A_BATCH)
    batches.push(together.slice(first, first + FILES_OF_A_BATCH));
  return [...batches, ...files.filter((file) => ALONE.includes(file)).map((file) => [file])];
}

/**
 * The rounds, [{ batches: [[files]], fast }], a batch loads the library once: first what matters most, then the others, as the seed has
 * it, without the slow tests.
 */
export function roundsOf({ extended, isShort, seed }) {
  if (extended) return [{ batches: EXTENDED.map((file) => [file]), fast: false }];
  if (isShort) return [{ batches: [FIRST.slice(0, 2)], fast: false }];
  const others = allFiles().filter((file) => ![...FIRST, ...LEFT_OUT].includes(file));
  return [
    { batches: [FIRST], fast: false },
    { batches: batchesOf(shuffled(others, seeded(seed))), fast: true },
  ];
}

/** The programs for a machine of another processor, which has no Jest. */
export function smokePrograms() {
  return readdirSync(join(root, 'test/smoke')).map((name) => `test/smoke/${name}`);
}
