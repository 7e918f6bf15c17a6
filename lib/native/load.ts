/** Finds and loads the addon. */

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { NativeAddon } from '../../types/native';
import { NativeLoadError } from '../core/errors';
import { explainLoadFailure } from './load-failure';

const FILE = 'sysvmq.node';

// Tools that trace files (@vercel/nft, which Next.js uses) find the binaries by reading this expression.
// scripts/bundle.mjs rewrites its dots for the bundle's place. A user's ES module bundle has no __dirname: importing it
// still works, and the first call throws an error that explains it.
const prebuilt =
  typeof __dirname === 'string'
    ? join(__dirname, '..', '..', 'prebuilds', `${process.platform}-${process.arch}`, FILE)
    : '';
const packageRoot = prebuilt === '' ? '' : dirname(dirname(dirname(prebuilt)));

/**
 * The user's own build comes first: it exists because the user wants it, and in a checkout it is newer than the packed
 * one.
 */
const OWN_BUILDS = [
  ['build', 'Release'],
  ['build', 'Debug'],
  ['native', 'build', 'Release'],
];

function pathsToTry(): string[] {
  if (packageRoot === '') return [];
  const buildDir = buildDirectory();
  if (buildDir !== undefined) return [join(packageRoot, buildDir, 'Release', FILE)];
  return [...OWN_BUILDS.map((folders) => join(packageRoot, ...folders, FILE)), prebuilt];
}

// Deno throws when a program may not read its environment.
function buildDirectory(): string | undefined {
  try {
    return process.env['SYSVMQ_BUILD_DIR'];
  } catch {
    return undefined;
  }
}

/**
 * Loads the addon, or throws a NativeLoadError that says why it does not load and what to do.
 *
 * It does not cache a failure: the cause may be gone at the next call, such as too many open files.
 *
 * `SYSVMQ_BUILD_DIR` names the one folder to look in, such as build-cmake; the tests use it.
 */
export function loadAddon(): NativeAddon {
  const paths = pathsToTry();
  let path: string | undefined;
  try {
    // Checks without opening the file, because dlopen returns EMFILE even for a missing file. Deno without the right to
    // read throws here.
    path = paths.find((candidate) => existsSync(candidate));
    return path === undefined ? loadByBindings(paths) : require(path);
  } catch (cause) {
    throw new NativeLoadError(explainLoadFailure({ cause, packageRoot, path, tried: paths }), { cause });
  }
}

// bindings knows all places of a user's own build. It comes last, and never before a first call: it is another file to
// open, and it reports only missing files.
function loadByBindings(tried: string[]): NativeAddon {
  if (packageRoot === '' || buildDirectory() !== undefined) throw new Error(`There is no ${tried[0] ?? FILE}`);
  const bindings = require('bindings') as typeof import('bindings');
  // Without module_root it would search the stack for its caller, which fails in bundles and microtasks.
  return bindings({ bindings: 'sysvmq', module_root: packageRoot } as import('bindings').Options) as NativeAddon;
}
