#!/usr/bin/env node
import { progress } from '../tools/harness/progress.mjs';
// Bridges over real servers, which are killed: nothing is lost, and hardly anything comes twice.
import { seeded } from '../tools/harness/random.cjs';
import { chaos } from './bridge/chaos.mjs';
import { identical, into, out, shortWindow } from './bridge/kills.mjs';
import { Scene } from './bridge/scene.mjs';
import { engines, isThere } from './bridge/servers.mjs';
import { runPart } from './harness/part.mjs';

/** `share`: of the minutes that are left. `kills`: no more than that; the time that they spare goes to the others. */
const SCENARIOS = [
  { name: 'out', run: out, share: 6, kills: 200, title: 'out, killed' },
  { name: 'in', run: into, share: 6, kills: 200, title: 'in, killed' },
  { name: 'identical', run: identical, share: 1, kills: 50, title: 'identical messages, killed' },
  { name: 'window', run: shortWindow, share: 1, kills: 50, title: 'out with a window of 100 ms', only: 'nats' },
  { name: 'chaos', run: chaos, share: 1.5, title: 'chaos' },
  { name: 'disk', run: chaos, share: 1.5, title: 'chaos on a slow disk', only: 'redis', isSlow: true },
];

const NAMES = {
  kills: 'kills of a bridge',
  serverKills: 'kills of the server',
  cuts: 'connections cut',
  holes: 'black holes',
  messages: 'messages, none lost',
  twiceStored: 'twice in the stream',
  twice: 'twice',
};

const part = {
  name: 'bridge',
  title: 'bridges and servers that are killed, and every message accounted for',
  does: `Bridges in processes of their own over a nats-server and a redis-server of their own, killed while a program in C keeps their
queue full. Scenarios: ${SCENARIOS.map(({ name }) => name).join(', ')}. Takes cc, nats-server and redis-server; an engine whose
server is missing is left out, and said so. Each scenario ends with its share of the minutes, or its kills (200, 50). 40 minutes are
enough for all kills on two processors.`,
  minutes: 20,
  options: { only: { words: 'these scenarios, with commas between them', kind: 'text' } },
};

async function runScenario(engine, { run, kills, isSlow }, seed, milliseconds) {
  const random = seeded(seed);
  const scene = new Scene(engine, random);
  const began = performance.now();
  const seconds = () => (performance.now() - began) / 1000;
  try {
    await scene.open(isSlow);
    const { wrongs, counts } = await run(scene, random, { most: kills, until: began + milliseconds });
    return { wrongs, counts, seconds: seconds() };
  } catch (error) {
    return { wrongs: [error.stack], counts: { kills: scene.kills }, seconds: seconds() };
  } finally {
    await scene.close();
  }
}

function words({ counts, seconds, wrongs }) {
  const known = Object.entries(NAMES).filter(([key]) => counts[key] !== undefined);
  const list = known.map(([key, name]) => `${counts[key].toLocaleString('en')} ${name}`).join(', ');
  return `${wrongs.length === 0 ? list : `**failed**: ${list}`}; ${Math.round(seconds)} s`;
}

await runPart(part, async ({ minutes, seed, only }, save) => {
  const chosen = SCENARIOS.filter(({ name }) => only === undefined || only.split(',').includes(name));
  const figures = [];
  const failures = chosen.length === 0 ? [`there is no scenario ${only}`] : [];
  const work = Object.keys(engines).flatMap((engine) =>
    chosen.filter((scenario) => (scenario.only ?? engine) === engine).map((scenario) => ({ engine, scenario })),
  );
  const end = performance.now() + minutes * 60_000;
  for (const [index, { engine, scenario }] of work.entries()) {
    const { title, program } = engines[engine];
    const name = `${title}: ${scenario.title}`;
    if (!isThere(engines[engine])) {
      figures.push({ name, value: `skipped: there is no ${program}` });
      continue;
    }
    progress(name);
    const shares = work.slice(index).reduce((sum, left) => sum + left.scenario.share, 0);
    const left = Math.max(0, end - performance.now());
    const result = await runScenario(engine, scenario, seed, (left * scenario.share) / shares);
    figures.push({ name, value: words(result) });
    failures.push(...result.wrongs.map((wrong) => `${name}: ${wrong}`));
    save({ figures, failures });
  }
  return { figures, failures };
});
