/** Finds and loads the addon. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NativeAddon } from '../../types/native';
import { NativeLoadError } from '../core/errors';
import { lazy } from '../core/lazy';

const bindings = lazy(() => require('bindings') as typeof import('bindings'));

// In a bundle of ES modules there is no __dirname: importing it works all the same, and the first call says what is wrong.
const here = typeof __dirname === 'string' ? __dirname : '.';

// This code lies in lib/native under Jest, in dist/ once it is built, and anywhere in a bundle that somebody else made.
const packageRoot = lazy(() => {
  const above = [join(here, '..'), join(here, '..', '..')];
  return above.find(isThisPackage) ?? (above[0] as string);
});

/** The folders of the package where the addon may lie. */
function placesToTry(): string[][] {
  const buildDir = process.env['SYSVMQ_BUILD_DIR'];
  if (buildDir !== undefined) return [[buildDir, 'Release']];
  // A build of one's own comes first: whoever made one wants it, and in a checkout it is newer than what was last packed.
  return [
    ['build', 'Release'],
    ['build', 'Debug'],
    ['prebuilds', `${process.platform}-${process.arch}`],
  ];
}

/**
 * Loads the addon, or throws a NativeLoadError that says what was tried and what to run.
 *
 * `SYSVMQ_BUILD_DIR` names the one folder to look in, such as build-cmake; the tests use it.
 */
export function loadAddon(): NativeAddon {
  const places = placesToTry();
  try {
    // bindings would otherwise look for its caller on the stack, which fails in bundles and microtasks.
    return bindings()({
      bindings: 'sysvmq',
      module_root: packageRoot(),
      try: places.map((folders) => ['module_root', ...folders, 'bindings']),
    } as import('bindings').Options) as NativeAddon;
  } catch (cause) {
    throw new NativeLoadError(describeFailure(cause), { cause });
  }
}

function describeFailure(cause: unknown): string {
  const tries = (cause as { tries?: string[] }).tries ?? [];
  return [
    'The native addon of sysvmq could not be loaded.',
    `  platform:  ${process.platform}-${process.arch}, ${libc()}, Node.js ${process.version}`,
    ...(tries.length > 0
      ? ['  tried:', ...tries.map((path) => `    ${path}`)]
      : [`  reason:    ${(cause as Error)?.message ?? cause}`]),
    ...whatToDo(),
  ].join('\n');
}

function libc(): string {
  const report = process.report?.getReport?.() as { header?: { glibcVersionRuntime?: string } } | undefined;
  const glibc = report?.header?.glibcVersionRuntime;
  return glibc === undefined ? 'not glibc' : `glibc ${glibc}`;
}

function whatToDo(): string[] {
  if (process.platform !== 'linux') {
    return [
      '  System V message queues are supported on Linux only.',
      '  what to do: run this in a container, in a virtual machine or in WSL 2; isSupported() tells a program beforehand.',
    ];
  }
  if (!isThisPackage(packageRoot())) {
    return [
      `  This code is not in its package (looked in ${packageRoot()}): it was bundled, and the addon cannot be.`,
      '  what to do: mark sysvmq as external in the bundler (esbuild --external:sysvmq; external: ["sysvmq"] of rollup and',
      '  vite; externals: { sysvmq: "commonjs sysvmq" } of webpack), and install it where the bundle runs.',
    ];
  }
  return [
    '  what to do: build it, which takes g++, make and python3:',
    `    cd ${packageRoot()} && npx node-gyp rebuild`,
  ];
}

function isThisPackage(folder: string): boolean {
  try {
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).name === 'sysvmq';
  } catch {
    return false;
  }
}
