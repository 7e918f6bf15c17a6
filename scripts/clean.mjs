#!/usr/bin/env node
// Removes what the builds, packing, the tests and the coverage have made; node_modules stays.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../tools/harness/places.mjs';

for (const directory of [
  'dist',
  'build-types',
  'build',
  'build-cmake',
  'build-native',
  'build-fuzz',
  'build-sanitized',
  'build-docs',
  'build-matrix',
  'build-coverage',
  'build-mutation',
  'prebuilds',
  'native/node-addon-api',
  'coverage',
]) {
  rmSync(join(root, directory), { recursive: true, force: true });
}
