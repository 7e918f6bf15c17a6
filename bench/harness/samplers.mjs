// How one sample of a run is taken: by kind of case. Each starts a run and returns { sample(), stop(), version }.
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { root } from '../../tools/harness/places.mjs';
import { firstProcessor } from '../../tools/harness/proc.cjs';
import { contenders } from '../contenders.mjs';
import { ContenderProcess } from './contender-process.mjs';

function commandOf(run) {
  const command = [...contenders[run.contender].command(), ...(run.args ?? [])];
  return run.onOneProcessor ? ['taskset', '-c', firstProcessor(), ...command] : command;
}

// The rows about a hundred at a time take whole hundreds.
const BATCH = 100;

// Untimed, for what compiles itself or learns how long to poll.
const WARM_SLICES = 4;

/** A count of whole batches that takes about as long as a slice. Getting there warms up what compiles itself. */
async function countForSlice(contender, run, sliceMs) {
  let count = BATCH;
  for (;;) {
    const ns = await contender.run(`${run.operation} ${run.bytes} ${count}`);
    if (ns >= sliceMs * 500_000) return Math.max(BATCH, Math.round(((count / ns) * sliceMs * 1e6) / BATCH) * BATCH);
    count *= ns < sliceMs * 100_000 ? 8 : 2;
  }
}

/** Nanoseconds for one of what the case counts, from a slice of many. */
async function slices(run, { sliceMs: wholeSliceMs, short }, { sliceFactor = 1 }) {
  const sliceMs = wholeSliceMs * sliceFactor;
  const contender = new ContenderProcess(commandOf(run));
  try {
    const version = await contender.ready();
    const count = await countForSlice(contender, run, sliceMs);
    const sample = async () => (await contender.run(`${run.operation} ${run.bytes} ${count}`)) / count;
    for (let slice = 0; slice < (short ? 1 : WARM_SLICES); slice++) await sample();
    return { version, sample, stop: () => contender.stop() };
  } catch (error) {
    await contender.stop();
    throw error;
  }
}

/** A number that a process of its own answers to one command. */
async function freshProcesses(run) {
  const sample = async () => {
    const contender = new ContenderProcess(commandOf(run));
    try {
      await contender.ready();
      return await contender.run(`${run.operation} ${run.bytes} ${run.count}`);
    } finally {
      await contender.stop();
    }
  };
  return { sample, stop: async () => undefined };
}

/** A figure over a second at a rate; less than that where nothing is measured. */
async function seconds(run, { short }) {
  const contender = new ContenderProcess(commandOf(run));
  const messages = short ? 3 : run.rate;
  try {
    const version = await contender.ready();
    const sample = () => contender.run(`${run.operation} ${run.rate} ${messages}`);
    await sample();
    return { version, sample, stop: () => contender.stop() };
  } catch (error) {
    await contender.stop();
    throw error;
  }
}

/** The environment, without the file of certificates that Node.js would read at each start, for a quarter of the time. */
const { NODE_EXTRA_CA_CERTS: _, ...environment } = process.env;

/** Milliseconds that a program takes from its start to its end. */
async function programs(run) {
  const sample = async () => {
    const start = process.hrtime.bigint();
    const { status, error } = spawnSync(process.execPath, ['-e', run.script], {
      cwd: `${root}/bench`,
      env: environment,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const elapsed = Number(process.hrtime.bigint() - start) / 1e6;
    if (status !== 0) throw error ?? new Error(`the program ended with status ${status}`);
    return elapsed;
  };
  await sample();
  return { sample, stop: async () => undefined };
}

/** Milliseconds of processor time, of all threads, that a program has taken when it ends. */
async function processorTime(run) {
  const report =
    "process.on('exit', () => { const { user, system } = process.cpuUsage(); console.log((user + system) / 1e3) });";
  const kind = run.module ? ['--input-type=module'] : [];
  const sample = async () => {
    const { status, error, stdout } = spawnSync(process.execPath, [...kind, '-e', `${run.script}\n${report}`], {
      cwd: `${root}/bench`,
      env: environment,
      stdio: ['ignore', 'pipe', 'inherit'],
      encoding: 'utf8',
    });
    if (status !== 0) throw error ?? new Error(`the program ended with status ${status}`);
    return Number(stdout);
  };
  await sample();
  return { sample, stop: async () => undefined };
}

/** Bytes of a file. */
async function files(run) {
  return { sample: async () => statSync(`${root}/${run.file}`).size, stop: async () => undefined };
}

export const samplers = {
  slices,
  seconds,
  'fresh processes': freshProcesses,
  programs,
  'programs, processor time': processorTime,
  files,
};
