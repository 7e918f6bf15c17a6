/** Finds and loads the addon. */

import { join } from 'node:path';
import bindings from 'bindings';
import type { NativeAddon } from '../../types/native';
import { NativeLoadError } from '../error-classes';

// Both lib/native (under Jest) and dist/native lie two folders below the package.
const packageRoot = join(__dirname, '..', '..');

/**
 * Loads the addon, or throws a NativeLoadError that says what was tried and what to run.
 *
 * `SYSVMQ_BUILD_DIR` names another build folder of this package, such as build-cmake; the tests use it.
 */
export function loadAddon(): NativeAddon {
  const buildDir = process.env['SYSVMQ_BUILD_DIR'] ?? 'build';
  try {
    // bindings would otherwise look for its caller on the stack, which fails in bundles and microtasks.
    return bindings({
      bindings: 'sysvmq',
      module_root: packageRoot,
      try: [
        ['module_root', buildDir, 'Release', 'bindings'],
        ['module_root', buildDir, 'Debug', 'bindings'],
        ['module_root', 'prebuilds', 'platform-arch', 'bindings'],
      ],
      'platform-arch': `${process.platform}-${process.arch}`,
    } as bindings.Options) as NativeAddon;
  } catch (cause) {
    throw new NativeLoadError(describeFailure(cause), { cause });
  }
}

function describeFailure(cause: unknown): string {
  const tries = (cause as { tries?: string[] }).tries ?? [];
  const report = process.report?.getReport?.() as { header?: { glibcVersionRuntime?: string } } | undefined;
  const glibc = report?.header?.glibcVersionRuntime;
  const lines = [
    'The native addon of sysvmq could not be loaded.',
    `  platform:  ${process.platform}-${process.arch}, ${glibc === undefined ? 'not glibc' : `glibc ${glibc}`}, Node.js ${process.version}`,
    ...(tries.length > 0
      ? ['  tried:', ...tries.map((path) => `    ${path}`)]
      : [`  reason:    ${(cause as Error).message}`]),
  ];
  if (process.platform === 'linux') {
    lines.push(
      '  what to do: build it, which takes g++, make and python3:',
      `    cd ${packageRoot} && npx node-gyp rebuild`,
    );
  } else {
    lines.push('  System V message queues are supported on Linux only.');
  }
  return lines.join('\n');
}
