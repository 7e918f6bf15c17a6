#!/usr/bin/env node
// Every way to wait and to hand on a message, under limits that machines and containers have.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { progress } from '../tools/harness/progress.mjs';
import { runPart } from './harness/part.mjs';
import { rounds } from './harness/rounds.mjs';
import { environments } from './hostile-machine/environments.mjs';

const ENDS_WITHIN_MS = 40_000;

const part = {
  name: 'hostile-machine',
  title: 'every way to wait, under the limits of hostile machines',
  does: `Runs one program, with every way to wait and to hand on a message, under each of ${environments.length - 1} limits: without file
descriptors, threads, signals, memory to lock, /dev/shm or /proc; with a clock that is stepped, namespaces, and seccomp. It must
end by itself, and each way must come to what it comes to elsewhere, or to the error that names the limit. Takes cc, and root
for those that need mounts or another user.`,
  minutes: 1,
};

const program = join(import.meta.dirname, 'hostile-machine', 'each-way.cjs');
const isRoot = process.getuid() === 0;

function run({ prefix, args = [] }) {
  const [command, ...rest] = [...prefix(), process.execPath, program, ...args];
  const { status, signal, stdout, stderr, error } = spawnSync(command, rest, {
    encoding: 'utf8',
    timeout: ENDS_WITHIN_MS,
  });
  const wrong =
    error?.message ?? (status === 0 ? undefined : `it ended with ${signal ?? status}: ${stderr.slice(-500)}`);
  return wrong === undefined ? { outcomes: JSON.parse(stdout) } : { wrong };
}

/** The ways that came to something else than where nothing is limited. */
function differences({ outcomes, wrong }, expected, may = {}) {
  if (wrong !== undefined) return { wrongs: [wrong], others: [] };
  const wrongs = [];
  const others = [];
  for (const way of new Set([...Object.keys(expected), ...Object.keys(outcomes)])) {
    if (outcomes[way] === expected[way]) continue;
    (may[way]?.test(outcomes[way]) ? others : wrongs).push(`${way}: ${outcomes[way]}`);
  }
  return { wrongs, others };
}

function oneRound() {
  const figures = [];
  const failures = [];
  let expected;
  for (const environment of environments) {
    const { name, needsRoot = false, may } = environment;
    progress(name);
    if (needsRoot && !isRoot) {
      figures.push({ name, value: 'skipped: takes root' });
      continue;
    }
    const result = run(environment);
    expected ??= result.outcomes ?? {};
    const { wrongs, others } = differences(result, expected, may);
    const same = Object.keys(result.outcomes ?? {}).length - wrongs.length - others.length;
    figures.push({ name, value: [`${same} ways as elsewhere`, ...others].join(', ') });
    failures.push(...wrongs.map((wrong) => `${name}: ${wrong}`));
  }
  return { figures, failures };
}

await runPart(part, ({ minutes }) => {
  const done = rounds(minutes, oneRound, ({ failures }) => failures.length === 0);
  const { figures } = done.at(-1);
  return {
    figures: [{ name: 'rounds', value: done.length }, ...figures],
    failures: done.flatMap(({ failures }) => failures),
  };
});
