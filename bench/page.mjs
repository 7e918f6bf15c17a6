#!/usr/bin/env node
// Makes docs/benchmarks.md and its charts of a result.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { flag, readArguments } from '../tools/harness/arguments.mjs';
import { root } from '../tools/harness/places.mjs';
import { ratiosOf } from './harness/statistics.mjs';
import { hasChart, pageOf } from './page/document.mjs';
import { readmeWith } from './page/readme.mjs';

const DOCS = join(root, 'docs');
const README = '../README.md';

const HELP = `Usage: npm run bench:page -- [--json FILE] [--docs FOLDER] [--check]

Makes benchmarks.md and benchmarks/*.svg in docs/, or in another folder, from bench/results/latest.json, or from another result of
npm run bench. With docs/, it also writes the figures of speed in README.md. With --check it writes nothing: the status is 1 when
the pages differ from the result.
Takes npm ci --prefix bench.`;

async function loadCharts() {
  try {
    return await import('./page/charts.mjs');
  } catch (error) {
    if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
    console.error(`The charts are drawn by vega, vega-lite and svgo, which are not installed: npm ci --prefix bench`);
    return process.exit(1);
  }
}

/** Of each case with both, this library's time over that of C, and the floor's where it was measured. */
function overviewRows(cases) {
  return cases.flatMap((benchCase) => {
    const samplesOf = (id) => benchCase.runs.find((run) => run.id === id)?.samples;
    const [ours, c, floor] = ['sysvmq', 'c', 'floor'].map(samplesOf);
    if (ours === undefined || c === undefined) return [];
    const least = floor === undefined ? undefined : ratiosOf(floor, c).median;
    return [{ title: benchCase.title, value: ratiosOf(ours, c).median, floor: least }];
  });
}

/** Every file of the page, by its path in docs/. */
async function filesOf(document, docs) {
  const { caseChart, overviewChart } = await loadCharts();
  const files = new Map([['benchmarks.md', pageOf(document)]]);
  files.set('benchmarks/overview.svg', await overviewChart(overviewRows(document.cases)));
  for (const benchCase of document.cases.filter(hasChart)) {
    files.set(`benchmarks/${benchCase.id}.svg`, await caseChart(benchCase));
  }
  if (docs === DOCS) files.set(README, readmeWith(readFileSync(join(docs, README), 'utf8'), document));
  return files;
}

function chartsThatAreThere(docs) {
  const folder = join(docs, 'benchmarks');
  return existsSync(folder) ? readdirSync(folder).map((file) => `benchmarks/${file}`) : [];
}

function check(docs, files) {
  const contents = (path) => (existsSync(join(docs, path)) ? readFileSync(join(docs, path), 'utf8') : undefined);
  const different = [...files].filter(([path, text]) => contents(path) !== text).map(([path]) => path);
  const tooMany = chartsThatAreThere(docs).filter((path) => !files.has(path));
  for (const path of [...different, ...tooMany])
    console.error(`${path} is not what the result gives: npm run bench:page`);
  return different.length + tooMany.length === 0;
}

function write(docs, files) {
  for (const path of chartsThatAreThere(docs)) if (!files.has(path)) rmSync(join(docs, path));
  for (const [path, text] of files) {
    mkdirSync(dirname(join(docs, path)), { recursive: true });
    writeFileSync(join(docs, path), text);
  }
}

const {
  json,
  docs,
  check: checks,
} = readArguments(HELP, {
  json: { type: 'string', default: join(root, 'bench/results/latest.json') },
  docs: { type: 'string', default: DOCS },
  check: flag,
});
const files = await filesOf(JSON.parse(readFileSync(json, 'utf8')), docs);
if (!checks) write(docs, files);
else if (!check(docs, files)) process.exitCode = 1;
