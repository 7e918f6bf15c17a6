#!/usr/bin/env node
// npm run trust: every part in turn, and one result of all.
import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { accessSync, constants, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { flag, numberOf, positive, readArguments, refuse, text } from '../tools/harness/arguments.mjs';
import { buildLibrary } from '../tools/harness/build.mjs';
import { describeMachine } from '../tools/harness/machine.mjs';
import { inOwnNamespace, ownNamespaceEnvironment, requireNamespaces } from '../tools/harness/namespace.mjs';
import { root } from '../tools/harness/places.mjs';
import { insideNamespace } from './harness/part.mjs';
import { parts } from './parts.mjs';
import { shareOut } from './shares.mjs';

const DEFAULT_MINUTES = 120;
const LATEST = join(root, 'trust/results/latest.json');

const HELP = `Usage: npm run trust -- [options]

Puts the library through what it is to survive, part by part, each in an IPC namespace of its own, and writes what came
of it. npm run trust:page makes docs/reliability.md of that. A part also runs alone: node trust/PART.mjs --help.

  --only PARTS     these parts, with commas between them (see --list); the results of the others are kept
  --minutes N      about how long, all in all (default ${DEFAULT_MINUTES}); some parts have a least length (see --list), and where that is
                   more than their share it comes out of the others', or the whole takes longer, which is said
  --short          a few seconds for each part, some minutes in all: shows that it still runs, and proves little; writes no
                   result unless --json says where
  --seed N         the seed of an earlier run, to make the same choices again
  --json FILE      where the result goes (default trust/results/latest.json)
  --no-build       takes the library as it is built already
  --list           the parts, and the minutes that they take at least
  --help           this`;

const OPTIONS = {
  ...{ only: text, minutes: text, seed: text, json: text },
  ...{ short: flag, 'no-build': flag, list: flag },
};

function chosenParts(only) {
  if (only === undefined) return parts;
  const names = only.split(',');
  const unknown = names.filter((name) => !parts.some((part) => part.name === name));
  if (unknown.length > 0) refuse(`There is no part ${unknown.join(', ')}; npm run trust -- --list names them.`);
  return parts.filter(({ name }) => names.includes(name));
}

/** The minutes of each part. */
function lengths(chosen, { short, minutes }) {
  if (short) return chosen.map(({ shortMinutes }) => shortMinutes);
  return shareOut(chosen, positive('minutes', minutes ?? DEFAULT_MINUTES, HELP));
}

function listed({ name, leastMinutes }) {
  return leastMinutes === undefined ? name : `${name} (at least ${leastMinutes} minutes)`;
}

/** A part's result, also when it did not get as far as to write one. */
function runPartProcess(name, minutes, seed) {
  const folder = mkdtempSync(join(tmpdir(), 'sysvmq-trust-'));
  try {
    return resultOf(name, minutes, seed, join(folder, `${name}.json`));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function resultOf(name, minutes, seed, file) {
  const script = join(root, 'trust', `${name}.mjs`);
  const args = ['--minutes', String(minutes), '--seed', String(seed)];
  const [program, ...rest] = [...inOwnNamespace, process.execPath, script, ...args, '--json', file];
  const began = Date.now();
  const { status, signal } = spawnSync(program, rest, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...insideNamespace, ...ownNamespaceEnvironment },
  });
  const ended = `ended with ${signal ?? `status ${status}`}`;
  const command = `node trust/${name}.mjs ${args.join(' ')}`;
  const seconds = Math.round((Date.now() - began) / 1000);
  if (!existsSync(file))
    return { part: name, command, seed, seconds, ok: false, figures: [], failures: [`${ended}, without a result`] };
  const result = JSON.parse(readFileSync(file, 'utf8'));
  const failures = result.failures ?? [];
  if (status !== 0 && failures.length === 0) failures.push(ended);
  return {
    ...result,
    part: name,
    command: result.command ?? command,
    seed: result.seed ?? seed,
    ok: status === 0,
    failures,
  };
}

/** What was there before, with the parts that ran put in their places. */
function merged(file, machine, results) {
  const before = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).parts : [];
  const order = parts.map(({ name }) => name);
  const kept = before.filter(({ part }) => order.includes(part) && !results.some((result) => result.part === part));
  const made = results.map((result) => ({ ...result, machine }));
  return { parts: [...kept, ...made].sort((a, b) => order.indexOf(a.part) - order.indexOf(b.part)) };
}

function main() {
  const args = readArguments(HELP, OPTIONS);
  if (args.list) return console.log(parts.map(listed).join('\n'));
  const chosen = chosenParts(args.only);
  const minutes = lengths(chosen, args);
  const isSeed = (value) => Number.isInteger(value) && value >= 0;
  const seed = numberOf('seed', args.seed ?? String(randomInt(2 ** 31)), isSeed, 'a whole number', HELP);
  const file = args.json ?? (args.short ? undefined : LATEST);
  if (file !== undefined) accessSync(dirname(file), constants.W_OK);
  requireNamespaces();
  if (!args['no-build']) buildLibrary();

  const machine = describeMachine();
  console.log(
    `commit ${machine.commit}, Node ${machine.node}, kernel ${machine.kernel}, ${machine.cores} cores; seed ${seed}`,
  );
  const total = minutes.reduce((sum, one) => sum + one, 0);
  const isLonger = !args.short && total > Number(args.minutes ?? DEFAULT_MINUTES) + 1;
  console.log(
    `${chosen.length} parts, about ${Number(total.toFixed(1))} minutes and what their builds take${isLonger ? ': more than was asked for, because some have a least length (--list)' : ''}`,
  );
  const results = chosen.map(({ name }, index) => {
    console.log(`\n[${index + 1}/${chosen.length}] ${name}, about ${minutes[index]} minutes`);
    const result = runPartProcess(name, minutes[index], seed);
    // After each part: what runs for hours is not lost to the last minute.
    if (file !== undefined) writeFileSync(file, `${JSON.stringify(merged(file, machine, [result]), null, 2)}\n`);
    return result;
  });
  const failed = results.filter(({ ok }) => !ok);
  console.log(`\n${results.length - failed.length} of ${results.length} parts passed; seed ${seed}`);
  for (const { part, failures, command } of failed) {
    const words = failures.map((failure) => failure.error ?? failure);
    console.error(`${part}: ${words.join('; ')}\n  again: ${command}`);
  }
  process.exitCode = failed.length === 0 ? 0 : 1;
}

main();
