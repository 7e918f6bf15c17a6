#!/usr/bin/env node
import { progress } from '../tools/harness/progress.mjs';
// Consumers that are killed: at least once, and twice only what had begun.
import { seeded } from '../tools/harness/random.cjs';
import { removed, selected, sizes } from './consume/changes.mjs';
import { four, identical, killed, poison, terminated } from './consume/killed.mjs';
import { elsewhereTold, memory } from './consume/places.mjs';
import { Scene } from './consume/scene.mjs';
import { leastMinutesOf, runPart } from './harness/part.mjs';

const SCENARIOS = [
  ['killed', killed, 'one consumer, killed at random while C keeps the queue full'],
  ['identical', identical, 'identical and empty messages, counted by job.id'],
  ['four', four, 'four consumers of one name, killed in turn, with two rivals in C'],
  ['poison', poison, 'messages whose handler kills the process'],
  ['terminated', terminated, 'SIGTERM with work in hand'],
  ['removed', removed, 'the queue removed and made again, msg_qbytes changed'],
  ['sizes', sizes, 'messages of 0 bytes to 64 MiB, types to 2^63 − 1, msgmax moved'],
  ['selected', selected, 'type, upTo and except'],
  ['elsewhere', elsewhereTold, 'another /dev/shm in the same IPC namespace'],
  ['memory', memory, 'slots of 64 MiB'],
];

const NAMES = {
  kills: 'kills',
  stops: 'stops',
  rounds: 'rounds',
  messages: 'messages',
  poison: 'messages that kill',
  starts: 'starts',
  handled: 'handled',
  byRivals: 'taken by rivals',
  repeated: 'begun again',
  doneTwice: 'done twice',
  short: 'a byte short, and marked so',
  gone: 'gone with the queue',
  stateBytes: 'bytes of shared memory',
};

const part = {
  name: 'consume',
  title: 'consumers that are killed, and every message accounted for',
  does: `Consumers in processes of their own that are killed while a program in C keeps their queue full; each writes down what it
begins and what it has done. Scenarios: ${SCENARIOS.map(([name]) => name).join(', ')}. Takes cc, and root for those about /dev/shm.
The whole has a fixed amount of work and does it once, whatever the minutes.`,
  minutes: 10,
  options: { only: { words: 'these scenarios, with commas between them', kind: 'text' } },
};

const needsRoot = (name) => name === 'elsewhere' || name === 'memory' || name === 'sizes' || name === 'selected';
const isRoot = process.getuid() === 0;

async function runScenario(run, seed, isWhole) {
  const random = seeded(seed);
  const scene = new Scene(random);
  const began = performance.now();
  try {
    const { wrongs, counts } = await run(scene, random, (short, long) => (isWhole ? long : short));
    return { wrongs, counts, seconds: (performance.now() - began) / 1000 };
  } catch (error) {
    return { wrongs: [error.stack], counts: { kills: scene.kills }, seconds: (performance.now() - began) / 1000 };
  } finally {
    await scene.close();
  }
}

function words({ counts, seconds }) {
  const known = Object.entries(NAMES).filter(([key]) => counts[key] !== undefined);
  return `${known.map(([key, name]) => `${counts[key].toLocaleString('en')} ${name}`).join(', ')}; ${Math.round(seconds)} s`;
}

await runPart(part, async ({ minutes, seed, only }, save) => {
  const isWhole = minutes >= leastMinutesOf('consume');
  const chosen = only === undefined ? SCENARIOS : SCENARIOS.filter(([name]) => only.split(',').includes(name));
  const figures = [];
  const failures = chosen.length === 0 ? [`there is no scenario ${only}`] : [];
  for (const [name, run, title] of chosen) {
    progress(name);
    if (needsRoot(name) && !isRoot) {
      figures.push({ name: title, value: 'skipped: takes root' });
      continue;
    }
    const result = await runScenario(run, seed, isWhole);
    figures.push({ name: title, value: words(result) });
    failures.push(...result.wrongs.map((wrong) => `${name}: ${wrong}`));
    save({ figures, failures });
  }
  return { figures, failures };
});
