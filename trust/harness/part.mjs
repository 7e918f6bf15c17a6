// What every part of npm run trust has: its arguments, an IPC namespace of its own, progress, and a result.
import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from '../../bench/harness/places.mjs';
import { inOwnNamespace, requireNamespaces } from '../../scripts/namespace.mjs';

const INSIDE = 'SYSVMQ_TRUST_NAMESPACE';

/** What the environment says inside a namespace that is ours. */
export const insideNamespace = { [INSIDE]: 'own' };

/** On a terminal one line that changes; elsewhere a line now and then. */
export function progress(words) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${words}`);
  else if (performance.now() > nextLineAt) {
    nextLineAt = performance.now() + 10_000;
    process.stderr.write(`${words}\n`);
  }
}

let nextLineAt = 0;

export function endProgress() {
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
}

/** A number with thousands apart, and three digits behind the point where they count. */
export function formatted(value) {
  if (typeof value !== 'number') return String(value);
  if (Number.isInteger(value)) return value.toLocaleString('en');
  return Math.abs(value) >= 100 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(3)));
}

function refuse(words, help) {
  console.error(`${words}\n\n${help}`);
  process.exit(2);
}

function atLeast(least, text, option, help) {
  const value = Number(text);
  if (!(value >= least)) refuse(`--${option} takes a number of at least ${least}, not "${text}".`, help);
  return value;
}

/** The arguments that every part takes, and more of its own: { name: 'words' }, all of them numbers. */
function readArguments({ name, does, minutes, options = {} }) {
  const more = Object.entries(options).map(([option, words]) => `  ${`--${option} N`.padEnd(16)} ${words}`);
  const help = [
    `Usage: node trust/${name}.mjs [options]`,
    '',
    does,
    '',
    `  --minutes N      how long, about (default ${minutes})`,
    '  --seed N         the seed of an earlier run, to make the same choices again',
    `  --json FILE      where the result goes (default trust/results/${name}.json)`,
    ...more,
    '  --help           this',
  ].join('\n');
  const text = { type: 'string' };
  const own = Object.fromEntries(Object.keys(options).map((option) => [option, text]));
  let values;
  try {
    values = parseArgs({
      options: { minutes: text, seed: text, json: text, help: { type: 'boolean' }, ...own },
    }).values;
  } catch (error) {
    refuse(error.message, help);
  }
  if (values.help) {
    console.log(help);
    process.exit(0);
  }
  const numbers = Object.keys(options)
    .filter((option) => values[option] !== undefined)
    .map((option) => [option, atLeast(0, values[option], option, help)]);
  return {
    minutes: atLeast(0.001, values.minutes ?? String(minutes), 'minutes', help),
    seed: Math.trunc(atLeast(0, values.seed ?? String(randomInt(2 ** 31)), 'seed', help)),
    json: values.json ?? join(root, 'trust', 'results', `${name}.json`),
    ...Object.fromEntries(numbers),
  };
}

function runInOwnNamespace(seed) {
  requireNamespaces();
  const [program, ...args] = [...inOwnNamespace, process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  // The last --seed counts: the program inside has the seed that was chosen here.
  const { status } = spawnSync(program, [...args, '--seed', String(seed)], {
    stdio: 'inherit',
    env: { ...process.env, ...insideNamespace },
  });
  process.exit(status ?? 1);
}

/**
 * Runs a part. `run(settings)` returns { figures: [{ name, value, unit? }], failures: [words] }; failures make the status 1.
 * `title` and `does` say what it is.
 */
export async function runPart(part, run) {
  const settings = readArguments(part);
  if (process.env[INSIDE] !== 'own') runInOwnNamespace(settings.seed);
  console.log(`${part.name}: ${part.title}; --minutes ${settings.minutes} --seed ${settings.seed}`);
  const began = Date.now();
  const { figures, failures } = await run(settings);
  endProgress();
  const seconds = Math.round((Date.now() - began) / 100) / 10;
  const own = Object.keys(part.options ?? {}).flatMap((name) =>
    settings[name] === undefined ? [] : [`--${name} ${settings[name]}`],
  );
  const command = [
    'node',
    `trust/${part.name}.mjs`,
    `--minutes ${settings.minutes}`,
    `--seed ${settings.seed}`,
    ...own,
  ];
  const result = {
    part: part.name,
    title: part.title,
    command: command.join(' '),
    seed: settings.seed,
    date: new Date(began).toISOString().slice(0, 10),
    seconds,
    ok: failures.length === 0,
    figures,
    failures,
  };
  mkdirSync(dirname(settings.json), { recursive: true });
  writeFileSync(settings.json, `${JSON.stringify(result, null, 2)}\n`);
  for (const { name, value, unit } of figures) console.log(`  ${name}: ${formatted(value)}${unit ? ` ${unit}` : ''}`);
  for (const words of failures) console.error(`  FAILED: ${words}`);
  process.exit(failures.length === 0 ? 0 : 1);
}
