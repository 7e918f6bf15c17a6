// One case: all its runs in turn, round after round, so that what disturbs the machine disturbs all of them.
import { whyAbsent } from '../contenders.mjs';
import { startBusyProcess } from './busy-process.mjs';
import { raiseLimits } from './limits.mjs';
import { samplers } from './samplers.mjs';
import { differencesOf, ratiosOf, summaryOf } from './statistics.mjs';

/** A run that is ready to be sampled, or why it is not. */
async function start(run, benchCase, settings) {
  try {
    return { run, samples: [], ...(await samplers[benchCase.kind](run, settings, benchCase)) };
  } catch (error) {
    return { run, samples: [], error: error.message, stop: async () => undefined };
  }
}

/** Starts every run of a case that can be: one after the other, unless nothing is measured anyway. */
async function startRuns(benchCase, settings) {
  const runs = benchCase.runs.filter(({ contender }) => whyAbsent(contender) === undefined);
  if (settings.short) return Promise.all(runs.map((run) => start(run, benchCase, settings)));
  const started = [];
  for (const run of runs) started.push(await start(run, benchCase, settings));
  return started;
}

async function takeSamples(started, rounds, progress) {
  for (let round = 0; round < rounds; round++) {
    progress(round, rounds);
    // Each round begins with another run, so that none always follows the same one.
    for (let i = 0; i < started.length; i++) {
      const entry = started[(i + round) % started.length];
      if (entry.error !== undefined) continue;
      try {
        entry.samples.push(Number((await entry.sample()).toPrecision(7)));
      } catch (error) {
        entry.error = error.message;
      }
    }
  }
}

function compared(benchCase, samples, reference) {
  if (reference === undefined) return {};
  const compare = { ratio: ratiosOf, difference: differencesOf }[benchCase.compare];
  return { [benchCase.compare]: compare(samples, reference) };
}

/** How much more a run takes than the least that any addon of Node-API does, where that was measured. */
function overFloor(benchCase, run, samples, floor) {
  if (floor === undefined || run.id === benchCase.floor) return {};
  return { overFloor: differencesOf(samples, floor) };
}

function resultOf({ run, version, samples, error }, benchCase, { reference, floor }) {
  const said = { id: run.id, name: run.name, ...(version === undefined ? {} : { version }) };
  if (error !== undefined) return { ...said, error };
  return {
    ...said,
    ...summaryOf(samples),
    ...compared(benchCase, samples, reference),
    ...overFloor(benchCase, run, samples, floor),
    samples,
  };
}

/** The results of a case's runs, in the case's order. `progress(round, rounds)` is called before each round. */
export async function measure(benchCase, settings, progress) {
  const rounds = benchCase.kind === 'files' ? 1 : Math.ceil(settings.rounds * (benchCase.roundsFactor ?? 1));
  const restoreLimits = raiseLimits(benchCase.limits);
  const busy = benchCase.busyNeighbor ? startBusyProcess() : undefined;
  const started = await startRuns(benchCase, settings);
  try {
    await takeSamples(started, rounds, progress);
  } finally {
    await Promise.all(started.map((entry) => entry.stop()));
    busy?.stop();
    restoreLimits();
  }
  const samplesOf = (id) => started.find(({ run, error }) => run.id === id && error === undefined)?.samples;
  const compareWith = { reference: samplesOf(benchCase.reference), floor: samplesOf(benchCase.floor) };
  return started.map((entry) => resultOf(entry, benchCase, compareWith));
}
