#!/usr/bin/env node
// Makes docs/reliability.md of a result.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from '../bench/harness/places.mjs';
import { pageOf } from './page/document.mjs';

const HELP = `Usage: npm run trust:page -- [--json FILE] [--output FILE] [--check]

Makes docs/reliability.md of trust/results/latest.json, or of another result of npm run trust. With --check nothing is
written: the status is 1 when what is there is not what the result gives.`;

function readArguments() {
  const json = { type: 'string', default: join(root, 'trust/results/latest.json') };
  const output = { type: 'string', default: join(root, 'docs/reliability.md') };
  const flag = { type: 'boolean', default: false };
  try {
    return parseArgs({ options: { json, output, check: flag, help: flag } }).values;
  } catch (error) {
    console.error(`${error.message}\n\n${HELP}`);
    return process.exit(2);
  }
}

const args = readArguments();
if (args.help) {
  console.log(HELP);
} else {
  const page = pageOf(JSON.parse(readFileSync(args.json, 'utf8')));
  if (!args.check) writeFileSync(args.output, page);
  else if (readFileSync(args.output, 'utf8') !== page) {
    console.error(`${args.output} is not what the result gives: npm run trust:page`);
    process.exitCode = 1;
  }
}
