// The sources as JavaScript: what Jest compiles here in milliseconds takes an emulated processor a minute.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { root } from '../../tools/harness/places.mjs';

const require = createRequire(import.meta.url);
const { transformSync } = require('@swc/core');
const {
  transform: {
    '\\.ts$': [, options],
  },
} = require(join(root, 'jest.config.js'));

/** Each .ts file below the folder becomes a .js file, with the names that Jest has. */
export function compile(folder) {
  const { jsc } = options;
  const names = readdirSync(folder, { recursive: true }).filter((name) => /(?<!\.d)\.ts$/.test(name));
  for (const name of names) {
    const filename = join(folder, name);
    const { code } = transformSync(readFileSync(filename, 'utf8'), {
      ...options,
      filename,
      // Calls of jest.mock() come before the imports.
      jsc: { ...jsc, transform: { hidden: { jest: true } } },
    });
    writeFileSync(filename.replace(/\.ts$/, '.js'), code);
    rmSync(filename);
  }
}
