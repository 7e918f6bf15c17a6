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

/** The files in the order in which they run: first what matters most, then the others as the seed has it. */
export function plannedFiles({ extended, isShort, seed }) {
  if (extended) return EXTENDED;
  if (isShort) return FIRST.slice(0, 2);
  const others = allFiles().filter((file) => ![...FIRST, ...LEFT_OUT].includes(file));
  return [...FIRST, ...shuffled(others, seeded(seed))];
}

/** The programs for a machine of another processor, which has no Jest. */
export function smokePrograms() {
  return readdirSync(join(root, 'test/smoke')).map((name) => `test/smoke/${name}`);
}
