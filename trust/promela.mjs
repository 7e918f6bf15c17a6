#!/usr/bin/env node
// Checks the models in trust/promela/ exhaustively with spin, and that each mutant that a model names is caught.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readArguments, text } from '../tools/harness/arguments.mjs';

const HELP = `Usage: node trust/promela.mjs [--json FILE]

Checks each model exhaustively, and that each mutant that it names is caught. Needs spin and a C compiler.`;

const models = join(dirname(fileURLToPath(import.meta.url)), 'promela');
const { json } = readArguments(HELP, { json: text });

function run(program, args, cwd) {
  const { error, status, stdout, stderr } = spawnSync(program, args, { cwd, encoding: 'utf8' });
  if (error !== undefined || status !== 0) throw new Error(`${program} failed: ${error ?? stdout + stderr}`);
  return stdout;
}

/** What spin finds in every state that a model can reach. */
function check(model, define) {
  const folder = mkdtempSync(join(tmpdir(), 'sysvmq-promela-'));
  try {
    run('spin', [...(define === undefined ? [] : [`-D${define}`]), '-a', join(models, model)], folder);
    run('cc', ['-O1', '-w', '-DSAFETY', '-o', 'pan', 'pan.c'], folder);
    const output = run('./pan', ['-m1000000'], folder);
    const errors = Number(/errors: (\d+)/.exec(output)?.[1]);
    const states = Number(/(\d+) states, stored/.exec(output)?.[1]);
    return { model, mutant: define, states, errors, complete: !/max search depth too small/.test(output) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const results = readdirSync(models)
  .filter((name) => name.endsWith('.pml'))
  .sort()
  .flatMap((model) => {
    const mutants =
      /mutants: ([A-Z_ ]+)/
        .exec(readFileSync(join(models, model), 'utf8'))?.[1]
        .trim()
        .split(' ') ?? [];
    return [undefined, ...mutants].map((mutant) => check(model, mutant));
  });
let failed = false;
for (const { model, mutant, states, errors, complete } of results) {
  const good = mutant === undefined ? errors === 0 && complete : errors > 0;
  failed ||= !good;
  const found = mutant === undefined ? `${errors} errors` : errors > 0 ? 'caught' : 'NOT caught';
  console.log(
    `${good ? 'ok' : 'FAILED'} ${model}${mutant === undefined ? '' : ` with ${mutant}`}: ${states} states, ${found}`,
  );
}
if (json !== undefined) writeFileSync(json, `${JSON.stringify({ results, failed }, null, 2)}\n`);
process.exitCode = failed ? 1 : 0;
