// What every part of npm run trust has: its arguments, an IPC namespace of its own, progress, and a result.
import { randomInt } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { atLeast, readArguments, text } from '../../tools/harness/arguments.mjs';
import { formatted } from '../../tools/harness/figures.mjs';
import { restartInOwnNamespace } from '../../tools/harness/namespace.mjs';
import { root } from '../../tools/harness/places.mjs';
import { endProgress } from '../../tools/harness/progress.mjs';
import { parts } from '../parts.mjs';

const INSIDE = 'SYSVMQ_TRUST_NAMESPACE';

/** What the environment says inside a namespace that is ours. */
export const insideNamespace = { [INSIDE]: 'own' };

/** The minutes that a part takes to be whole; 0 where any time is enough. */
export function leastMinutesOf(name) {
  return parts.find((part) => part.name === name)?.leastMinutes ?? 0;
}

function helpOf({ name, does, minutes, options = {} }) {
  const placeholder = { number: ' N', text: ' TEXT', flag: '' };
  const more = Object.entries(options).map(([option, { words, kind = 'number' }]) => {
    return `  ${`--${option}${placeholder[kind]}`.padEnd(16)} ${words}`;
  });
  const least = leastMinutesOf(name);
  const whole = least > 0 ? `; below ${least} a short form` : '';
  return [
    `Usage: node trust/${name}.mjs [options]`,
    '',
    does,
    '',
    `  --minutes N      how long, about (default ${minutes}${whole})`,
    '  --seed N         the seed of an earlier run, to make the same choices again',
    `  --json FILE      where the result goes (default trust/results/${name}.json)`,
    ...more,
    '  --help           this',
  ].join('\n');
}

/** The arguments that every part takes, and more of its own: { name: { words, kind? } }, kind number, text or flag. */
function settingsOf(part) {
  const { name, minutes, options = {} } = part;
  const help = helpOf(part);
  const own = Object.entries(options).map(([option, { kind }]) => [
    option,
    kind === 'flag' ? { type: 'boolean' } : text,
  ]);
  const values = readArguments(help, { minutes: text, seed: text, json: text, ...Object.fromEntries(own) });
  const given = Object.entries(options)
    .filter(([option]) => values[option] !== undefined)
    .map(([option, { kind = 'number' }]) => [
      option,
      kind === 'number' ? atLeast(0, option, values[option], help) : values[option],
    ]);
  return {
    minutes: atLeast(0.001, 'minutes', values.minutes ?? String(minutes), help),
    seed: Math.trunc(atLeast(0, 'seed', values.seed ?? String(randomInt(2 ** 31)), help)),
    json: values.json ?? join(root, 'trust', 'results', `${name}.json`),
    ...Object.fromEntries(given),
  };
}

/** The last --seed counts: the program inside has the seed that was chosen here. */
function runInOwnNamespace(seed) {
  restartInOwnNamespace(insideNamespace, ['--seed', String(seed)], (signal) =>
    console.error(`the process was ended by ${signal}, with --seed ${seed}`),
  );
}

// As they were given, for the command that runs the part again.
function wordsOf(options = {}, settings) {
  return Object.entries(options).flatMap(([name, { kind }]) => {
    if (settings[name] === undefined) return [];
    return kind === 'flag' ? [`--${name}`] : [`--${name} ${settings[name]}`];
  });
}

/**
 * Runs a part. `run(settings, save)` returns { figures: [{ name, value, unit? }], failures, lists? }; failures, which are words or have
 * an `error`, make the status 1; lists, of { heading, items }, are more for the page. `save({ figures, failures })`
 * prints and writes what is known so far: a run that does not come to its end leaves that. `title` and `does` say what the part is, and
 * `minutes` how long it runs by default.
 */
export async function runPart(part, run) {
  const settings = settingsOf(part);
  if (process.env[INSIDE] !== 'own') runInOwnNamespace(settings.seed);
  console.log(`${part.name}: ${part.title}; --minutes ${settings.minutes} --seed ${settings.seed}`);
  const began = Date.now();
  const save = ({ figures, failures, lists }, isOver) => {
    print(figures, failures);
    writeResult(settings.json, resultOf(part, settings, began, { figures, failures, lists, isOver }));
  };
  const result = await run(settings, (sofar) => save(sofar, false));
  endProgress();
  save(result, true);
  process.exit(result.failures.length === 0 ? 0 : 1);
}

const printed = { figures: 0, failures: 0 };

/** What is new in the lists. */
function print(figures, failures) {
  for (const { name, value, unit } of figures.slice(printed.figures))
    console.log(`  ${name}: ${formatted(value)}${unit ? ` ${unit}` : ''}`);
  for (const failure of failures.slice(printed.failures)) console.error(`  FAILED: ${failure.error ?? failure}`);
  printed.figures = figures.length;
  printed.failures = failures.length;
}

function resultOf(part, settings, began, { figures, failures, lists, isOver }) {
  const command = [
    'node',
    `trust/${part.name}.mjs`,
    `--minutes ${settings.minutes}`,
    `--seed ${settings.seed}`,
    ...wordsOf(part.options, settings),
  ];
  return {
    part: part.name,
    title: part.title,
    command: command.join(' '),
    seed: settings.seed,
    date: new Date(began).toISOString().slice(0, 10),
    seconds: Math.round((Date.now() - began) / 100) / 10,
    ok: isOver && failures.length === 0,
    figures,
    failures: isOver ? failures : [...failures, 'it did not come to its end'],
    lists,
  };
}

function writeResult(file, result) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(result, null, 2)}\n`);
}
