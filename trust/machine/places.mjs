// Where virtual machines keep what was downloaded and made for them: build-kernels/, which git ignores.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../tools/harness/places.mjs';

const BUILD = join(root, 'build-kernels');

/** A folder of it, which is there afterwards. */
export function buildFolder(...names) {
  const folder = join(BUILD, ...names);
  mkdirSync(folder, { recursive: true });
  return folder;
}
