#!/usr/bin/env node
// The benchmark: everything that can be found, round by round, in an IPC namespace of its own.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { inOwnNamespace, requireNamespaces } from '../scripts/namespace.mjs';
import { cases } from './cases.mjs';
import { contenders, whyAbsent } from './contenders.mjs';
import { describeMachine, disturbance, loadAverage } from './harness/machine.mjs';
import { measure } from './harness/measure.mjs';
import { buildLibrary, buildPrograms } from './harness/prepare.mjs';
import { caseLines, machineLines, makeProgress } from './harness/terminal.mjs';

const HELP = `Usage: npm run bench -- [options]

Measures this library beside C and whatever else is installed, and says what is not and how to get it. Every case runs
all its contenders in turn, in short slices and many rounds; ratios are to C in the same round.

  --only PATTERN   the cases whose id matches this regular expression (see --list)
  --rounds N       rounds of each case (default 21)
  --slice MS       how long one contender runs in a round, in milliseconds (default 100)
  --short          two rounds of next to nothing: shows that everything still runs, and measures nothing
  --json FILE      also writes the results there; npm run bench:page makes docs/benchmarks.md of bench/results/latest.json
  --no-build       takes the library as it is built already
  --list           the cases and their ids
  --help           this

The peers: npm ci --prefix bench; apt-get install python3-sysv-ipc php-cli ruby perl. The C programs take cc.
It runs in an IPC namespace of its own, which takes root, or a kernel that lets users make user namespaces.`;

function fail(words) {
  console.error(words);
  process.exit(2);
}

function positive(text, option) {
  const value = Number(text);
  if (!(value > 0)) fail(`${option} takes a number above 0, not "${text}".\n\n${HELP}`);
  return value;
}

function readArguments() {
  const flag = { type: 'boolean', default: false };
  const text = { type: 'string' };
  const options = { only: text, rounds: text, slice: text, json: text };
  const flags = { short: flag, 'no-build': flag, list: flag, help: flag };
  try {
    return parseArgs({ options: { ...options, ...flags } }).values;
  } catch (error) {
    return fail(`${error.message}\n\n${HELP}`);
  }
}

/** Before minutes of measuring, not after them. */
function checkWritable(file) {
  try {
    accessSync(dirname(file), constants.W_OK);
  } catch (error) {
    fail(`--json ${file}: ${error.message}`);
  }
}

function chosenCases(pattern) {
  if (pattern === undefined) return cases;
  let expression;
  try {
    expression = new RegExp(pattern);
  } catch (error) {
    fail(error.message);
  }
  const chosen = cases.filter(({ id }) => expression.test(id));
  if (chosen.length === 0) fail(`No case's id matches ${expression}; npm run bench -- --list names them.`);
  return chosen;
}

/** The same command in a namespace of its own; its exit status is ours. */
function runInOwnNamespace() {
  requireNamespaces();
  const [program, ...args] = [...inOwnNamespace, process.execPath, ...process.argv.slice(1)];
  const { status } = spawnSync(program, args, { stdio: 'inherit', env: { ...process.env, [INSIDE]: 'own' } });
  process.exit(status ?? 1);
}

const INSIDE = 'SYSVMQ_BENCH_NAMESPACE';

function absentFrom(chosen) {
  const used = new Set(chosen.flatMap(({ runs }) => runs.map(({ contender }) => contender)));
  return Object.keys(contenders).flatMap((id) => {
    const absent = used.has(id) ? whyAbsent(id) : undefined;
    return absent === undefined ? [] : [{ id, ...absent }];
  });
}

/** Indented, but every list of samples on one line. */
function jsonOf(document) {
  const list = /\[[\d\s.,e+-]+\]/g;
  return `${JSON.stringify(document, null, 2).replace(list, (numbers) => numbers.replace(/\s+/g, ' '))}\n`;
}

async function main() {
  const args = readArguments();
  if (args.help) return console.log(HELP);
  if (args.list) return console.log(cases.map(({ id, title }) => `${id.padEnd(20)} ${title}`).join('\n'));
  const chosen = chosenCases(args.only);
  const rounds = Math.ceil(positive(args.rounds ?? (args.short ? '2' : '21'), '--rounds'));
  const settings = {
    rounds,
    sliceMs: positive(args.slice ?? (args.short ? '2' : '100'), '--slice'),
    short: args.short,
  };
  if (args.json !== undefined) checkWritable(args.json);
  if (process.env[INSIDE] !== 'own') runInOwnNamespace();

  const machine = describeMachine();
  if (!args['no-build']) buildLibrary();
  buildPrograms();
  console.log(machineLines(machine).join('\n'));
  const disturbed = disturbance();
  if (disturbed !== undefined) console.log(disturbed);
  const absent = absentFrom(chosen);
  for (const { name, get } of absent) console.log(`not found: ${name}; to get it: ${get}`);

  const results = [];
  const progress = makeProgress(chosen.length);
  for (const [index, { runs: _, ...benchCase }] of chosen.entries()) {
    const runs = await measure(chosen[index], settings, progress.of(index, benchCase));
    results.push({ ...benchCase, runs });
    progress.end();
    console.log(caseLines(results.at(-1)).join('\n'));
  }
  machine.loadAverage.after = loadAverage();
  if (args.json !== undefined) {
    const document = { machine, settings, absent, cases: results };
    writeFileSync(args.json, jsonOf(document));
  }
  const failures = results.flatMap(({ id, runs }) =>
    runs.filter(({ error }) => error !== undefined).map((run) => [id, run]),
  );
  for (const [id, { name, error }] of failures) console.error(`${id}, ${name}: ${error}`);
  if (failures.length > 0) process.exitCode = 1;
}

await main();
