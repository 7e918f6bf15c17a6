// Where the benchmark's files are.
import { join } from 'node:path';
import { root } from '../../tools/harness/places.mjs';

/** Where the C programs are compiled to. */
export const BUILD = join(root, 'bench', 'build');

export const contenderPath = (file) => join(root, 'bench', 'contenders', file);
