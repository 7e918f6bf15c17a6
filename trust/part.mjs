// What the parts of trust/ share: their options, their clock, and where their results go.
import { randomInt } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..');

const LARGEST_SEED = 2 ** 31;

function fail(words) {
  console.error(words);
  process.exit(2);
}

function numberOf(text, option, isRight) {
  const value = Number(text);
  if (text.trim() === '' || !isRight(value)) fail(`${option} cannot be "${text}": try --help.`);
  return value;
}

/** The options of a part. `seed` is a random one unless it was given. */
export function readOptions(help, more = {}) {
  const text = { type: 'string' };
  let values;
  try {
    const options = { minutes: text, seed: text, json: text, help: { type: 'boolean', default: false }, ...more };
    ({ values } = parseArgs({ options }));
  } catch (error) {
    fail(`${error.message}\n\n${help}`);
  }
  if (values.help) {
    console.log(help);
    process.exit(0);
  }
  const minutes = numberOf(values.minutes ?? '1', '--minutes', (value) => value > 0 && Number.isFinite(value));
  const isSeed = (value) => Number.isInteger(value) && value >= 0 && value < LARGEST_SEED;
  const seed = values.seed === undefined ? randomInt(LARGEST_SEED) : numberOf(values.seed, '--seed', isSeed);
  return { ...values, minutes, seed };
}

/** Writes a part's result to trust/results/NAME.json, or where --json says. */
export function writeResult(name, file, result) {
  const path = file ?? join(root, 'trust/results', `${name}.json`);
  mkdirSync(dirname(path), { recursive: true });
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const machine = { node: process.version, kernel: release(), arch: process.arch, cpus: cpus().length };
  const about = { part: name, finishedAt: new Date().toISOString(), sysvmq: version, ...machine };
  writeFileSync(path, `${JSON.stringify({ ...about, ...result }, null, 2)}\n`);
  console.log(`written to ${path}`);
}

/** Says every few seconds how far it is. */
export function progress(words, everyMs = 10_000) {
  let next = performance.now() + everyMs;
  return () => {
    if (performance.now() < next) return;
    next = performance.now() + everyMs;
    console.log(words());
  };
}
