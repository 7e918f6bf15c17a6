// Every check, by name.
import * as bundlers from './checks/bundlers.mjs';
import { sourceBuilds } from './checks/from-sources.mjs';
import * as imports from './checks/import.mjs';
import { lockedInstalls } from './checks/locked-installs.mjs';
import { manualPage } from './checks/manual-page.mjs';
import * as runtimes from './checks/runtimes.mjs';
import * as testRunners from './checks/test-runners.mjs';
import { typeChecks } from './checks/typescript.mjs';

export const CHECKS = {
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
  'deno, with and without the rights': runtimes.denoPermissions,
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
