#!/usr/bin/env node
// Makes docs/reliability.md of a result.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { flag, readArguments } from '../tools/harness/arguments.mjs';
import { root } from '../tools/harness/places.mjs';
import { pageOf } from './page/document.mjs';

const HELP = `Usage: npm run trust:page -- [--json FILE] [--output FILE] [--check]

Makes docs/reliability.md of trust/results/latest.json, or of another result of npm run trust. With --check nothing is
written: the status is 1 when what is there is not what the result gives.`;

const { json, output, check } = readArguments(HELP, {
  json: { type: 'string', default: join(root, 'trust/results/latest.json') },
  output: { type: 'string', default: join(root, 'docs/reliability.md') },
  check: flag,
});
const page = pageOf(JSON.parse(readFileSync(json, 'utf8')));
if (!check) writeFileSync(output, page);
else if (readFileSync(output, 'utf8') !== page) {
  console.error(`${output} is not what the result gives: npm run trust:page`);
  process.exitCode = 1;
}
