#!/usr/bin/env node
// Uses the packed package as its users do: module systems, TypeScript, bundlers, test runners, package managers.
import { existsSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { packageTarball } from '../../scripts/package/tarball.mjs';
import { flag, readArguments, refuse, text } from '../../tools/harness/arguments.mjs';
import * as bundlers from './checks/bundlers.mjs';
import { sourceBuilds } from './checks/from-sources.mjs';
import * as imports from './checks/import.mjs';
import { lockedInstalls } from './checks/locked-installs.mjs';
import { manualPage } from './checks/manual-page.mjs';
import * as runtimes from './checks/runtimes.mjs';
import * as testRunners from './checks/test-runners.mjs';
import { typeChecks } from './checks/typescript.mjs';
import { packageRoot } from './project.mjs';

const CHECKS = {
  require: imports.requires,
  'import of every name': imports.importsEveryName,
  'read-only node_modules': imports.readOnlyNodeModules,
  pnpm: imports.pnpm,
  'yarn, node_modules': imports.yarnNodeModules,
  "yarn, Plug'n'Play": imports.yarnPlugAndPlay,
  ...lockedInstalls,
  ...sourceBuilds,
  'man sysvmq, installed globally': manualPage,
  'node --permission': runtimes.permissions,
  'a copy of what @vercel/nft traces': runtimes.tracing,
  'a single executable': runtimes.singleExecutable,
  ...typeChecks,
  esbuild: bundlers.esbuild,
  rollup: bundlers.rollup,
  webpack: bundlers.webpack,
  jest: testRunners.jest,
  vitest: testRunners.vitest,
  'node --test': testRunners.nodeTest,
};

const HELP = `Usage: npm run test:consumers -- [--only NAME] [--tarball FILE] [--json]

Installs the packed package into projects that use it in every way that ours do: ${Object.keys(CHECKS).join('; ')}.

  --only NAME      those whose names contain this
  --tarball FILE   uses this package instead of packing one
  --json           the results as JSON on stdout; progress goes to stderr`;

const options = { only: { ...text, default: '' }, tarball: text, json: flag };
const { only, json, tarball: given } = readArguments(HELP, options);
if (given !== undefined && !existsSync(given)) refuse(`There is no file "${given}".`, HELP);
const tarball = given === undefined ? undefined : resolve(given);
const chosen = Object.entries(CHECKS).filter(([name]) => name.toLowerCase().includes(only.toLowerCase()));
if (chosen.length === 0) refuse(`No name contains "${only}".`, HELP);
await import('./tools.mjs');
const workspace = join(packageRoot, 'build-matrix');
mkdirSync(workspace, { recursive: true });
const packed = tarball ?? packageTarball(workspace);

const results = [];
for (const [name, check] of chosen) {
  const started = performance.now();
  let failure;
  try {
    await check(packed);
  } catch (error) {
    failure = error.message;
  }
  const seconds = (performance.now() - started) / 1000;
  results.push({ name, passed: failure === undefined, seconds, failure });
  process.stderr.write(`${failure === undefined ? 'ok    ' : 'FAILED'} ${name} (${seconds.toFixed(1)} s)\n`);
  if (failure !== undefined) process.stderr.write(`${failure.replaceAll(/^/gm, '    ')}\n`);
}
const failed = results.filter(({ passed }) => !passed).length;
if (json) console.log(JSON.stringify({ passed: failed === 0, results }, null, 2));
else console.log(`${results.length - failed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
