// Where things are.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** Where the C programs are compiled to. */
export const BUILD = join(root, 'bench', 'build');

export const contenderPath = (file) => join(root, 'bench', 'contenders', file);
