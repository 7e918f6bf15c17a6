/** Finds and loads the addon. */

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { NativeAddon } from '../../types/native';
import { NativeLoadError } from '../core/errors';
import { explainLoadFailure } from './load-failure';

const FILE = 'sysvmq.node';

// Tools that copy what a program needs (@vercel/nft, which Next.js uses) find the binaries by reading this expression.
// scripts/bundle.mjs rewrites its dots for the place of the bundle. In a user's bundle of ES modules there is no
// __dirname: importing it works anyway, and the first call says what is wrong.
const prebuilt =
  typeof __dirname === 'string'
    ? join(__dirname, '..', '..', 'prebuilds', `${process.platform}-${process.arch}`, FILE)
    : '';
const packageRoot = prebuilt === '' ? '' : dirname(dirname(dirname(prebuilt)));

/** A build of one's own comes first: whoever made one wants it, and in a checkout it is newer than what was last packed. */
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

// Deno throws where a program may not look at its environment.
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
 * Nothing is remembered of a failure: what was in the way may be gone at the next call, such as a process's open files.
 *
 * `SYSVMQ_BUILD_DIR` names the one folder to look in, such as build-cmake; the tests use it.
 */
export function loadAddon(): NativeAddon {
  const paths = pathsToTry();
  // A look that opens nothing. dlopen says EMFILE of a file that is not there, too.
  const path = paths.find((candidate) => existsSync(candidate));
  try {
    return path === undefined ? loadByBindings(paths) : require(path);
  } catch (cause) {
    throw new NativeLoadError(explainLoadFailure({ cause, packageRoot, path, tried: paths }), { cause });
  }
}

// bindings knows all places where a build of one's own may lie. It is asked last, and never before a first call: it is
// a file to open, and it has to find nothing that is where it should be.
function loadByBindings(tried: string[]): NativeAddon {
  if (packageRoot === '' || buildDirectory() !== undefined) throw new Error(`There is no ${tried[0] ?? FILE}`);
  const bindings = require('bindings') as typeof import('bindings');
  // Without module_root it would look for its caller on the stack, which fails in bundles and microtasks.
  return bindings({ bindings: 'sysvmq', module_root: packageRoot } as import('bindings').Options) as NativeAddon;
}
