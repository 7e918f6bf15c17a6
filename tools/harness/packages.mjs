// The Debian packages that the gate takes: .ci/packages.txt, which .ci/run and .devcontainer/ read too.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './places.mjs';

export function debianPackages() {
  const lines = readFileSync(join(root, '.ci/packages.txt'), 'utf8').split('\n');
  return lines.map((line) => line.replace(/#.*/, '').trim()).filter((line) => line !== '');
}
