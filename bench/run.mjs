#!/usr/bin/env node
// The benchmark: everything that can be found, round by round, in an IPC namespace of its own.
import { accessSync, constants, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { flag, positive, readArguments, refuse, text } from '../tools/harness/arguments.mjs';
import { buildLibrary } from '../tools/harness/build.mjs';
import { describeMachine, disturbance, loadAverage } from '../tools/harness/machine.mjs';
import { restartInOwnNamespace } from '../tools/harness/namespace.mjs';
import { cases } from './cases.mjs';
import { contenders, whyAbsent } from './contenders.mjs';
import { comparisonLines, readResult } from './harness/compare.mjs';
import { canRaiseLimits } from './harness/limits.mjs';
import { measure } from './harness/measure.mjs';
import { buildPrograms } from './harness/prepare.mjs';
import { caseLines, machineLines, makeProgress } from './harness/terminal.mjs';

const HELP = `Usage: npm run bench -- [options]

Measures this library beside C and whatever else is installed, and says what is not and how to get it. Every case runs
all its contenders in turn, in short slices and many rounds; ratios are to C in the same round.

  --only PATTERN   the cases whose id matches this regular expression (see --list)
  --rounds N       rounds of each case (default 21)
  --slice MS       how long one contender runs in a round, in milliseconds (default 100)
  --short          two rounds of next to nothing: shows that everything still runs, and measures nothing
  --json FILE      also writes the results there; npm run bench:page makes docs/benchmarks.md of bench/results/latest.json
  --compare FILE   afterwards, what has changed beyond noise since an earlier result (bench/results/latest.json is the page's)
  --no-build       takes the library as it is built already
  --list           the cases and their ids
  --help           this

The peers: npm ci --prefix bench; apt-get install python3-sysv-ipc php-cli ruby perl. The C programs take cc.
It runs in an IPC namespace of its own, which takes root, or a kernel that lets users make user namespaces.`;

const OPTIONS = {
  compare: text,
  only: text,
  rounds: text,
  slice: text,
  json: text,
  short: flag,
  'no-build': flag,
  list: flag,
};

/** An earlier result, read before minutes of measuring. */
function earlierResult(file) {
  try {
    return readResult(file);
  } catch (error) {
    return refuse(`--compare ${file}: ${error.message}`);
  }
}

/** Before minutes of measuring, not after them. */
function checkWritable(file) {
  try {
    accessSync(dirname(file), constants.W_OK);
  } catch (error) {
    refuse(`--json ${file}: ${error.message}`);
  }
}

function chosenCases(pattern) {
  if (pattern === undefined) return cases;
  let expression;
  try {
    expression = new RegExp(pattern);
  } catch (error) {
    refuse(error.message);
  }
  const chosen = cases.filter(({ id }) => expression.test(id));
  if (chosen.length === 0) refuse(`No case's id matches ${expression}; npm run bench -- --list names them.`);
  return chosen;
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
  const args = readArguments(HELP, OPTIONS);
  if (args.list) return console.log(cases.map(({ id, title }) => `${id.padEnd(20)} ${title}`).join('\n'));
  const chosen = chosenCases(args.only);
  const rounds = Math.ceil(positive('rounds', args.rounds ?? (args.short ? '2' : '21'), HELP));
  const settings = {
    rounds,
    sliceMs: positive('slice', args.slice ?? (args.short ? '2' : '100'), HELP),
    short: args.short,
  };
  if (args.json !== undefined) checkWritable(args.json);
  const earlier = args.compare === undefined ? undefined : earlierResult(args.compare);
  if (process.env[INSIDE] !== 'own') restartInOwnNamespace({ [INSIDE]: 'own' });

  const machine = describeMachine();
  if (!args['no-build']) buildLibrary();
  buildPrograms();
  console.log(machineLines(machine).join('\n'));
  const disturbed = disturbance();
  if (disturbed !== undefined) console.log(disturbed);
  const absent = absentFrom(chosen);
  for (const { name, get } of absent) console.log(`not found: ${name}; to get it: ${get}`);

  const possible = chosen.filter(({ limits }) => limits === undefined || canRaiseLimits());
  for (const { id } of chosen.filter((one) => !possible.includes(one)))
    console.log(`left out: ${id}, which raises msgmax and msgmnb; this process may not`);

  const results = [];
  const progress = makeProgress(possible.length);
  for (const [index, { runs: _, ...benchCase }] of possible.entries()) {
    const runs = await measure(possible[index], settings, progress.of(index, benchCase));
    results.push({ ...benchCase, runs });
    progress.end();
    console.log(caseLines(results.at(-1)).join('\n'));
  }
  machine.loadAverage.after = loadAverage();
  const document = { machine, settings, absent, cases: results };
  if (args.json !== undefined) writeFileSync(args.json, jsonOf(document));
  if (earlier !== undefined) console.log(comparisonLines(earlier, document).join('\n'));
  const failures = results.flatMap(({ id, runs }) =>
    runs.filter(({ error }) => error !== undefined).map((run) => [id, run]),
  );
  for (const [id, { name, error }] of failures) console.error(`${id}, ${name}: ${error}`);
  if (failures.length > 0) process.exitCode = 1;
}

await main();
