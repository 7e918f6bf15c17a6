/** docs/errors.md says of every class that the library throws when, what it carries and what to do. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as sysvmq from '../../lib/index';

const root = join(__dirname, '..', '..');
const page = readFileSync(join(root, 'docs', 'errors.md'), 'utf8');
const core = join(root, 'lib', 'core');
const source = readdirSync(core)
  .filter((file) => /error/.test(file))
  .map((file) => readFileSync(join(core, file), 'utf8'))
  .join('\n');

/** The cells of a class's row. */
function row(name: string): string[] {
  const line = page.split('\n').find((text) => text.startsWith(`| \`${name}\` |`));
  return (line ?? '')
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
}

const classes = Object.entries(sysvmq)
  .filter(([, value]) => typeof value === 'function' && value.prototype instanceof Error)
  .map(([name]) => name);

it('the library exports error classes', () => {
  expect(classes.length).toBeGreaterThan(15);
});

it.each([...classes, 'TypeError', 'RangeError'])(
  'docs/errors.md says of %s when it is thrown, what it carries and what to do',
  (name) => {
    const cells = row(name);
    expect(cells).toHaveLength(5);
    expect(cells.filter((cell) => cell === '')).toEqual([]);
  },
);

it.each(classes)('docs/errors.md names every property of %s', (name) => {
  const body = new RegExp(`^export class ${name} extends \\w+ \\{([\\s\\S]*?)\\n?\\}$`, 'm').exec(source)?.[1];
  expect(body).toBeDefined();
  const properties = [...(body ?? '').matchAll(/^ {2}(?:declare )?readonly (\w+)/gm)].map(([, property]) => property);
  expect(properties.filter((property) => !row(name)[3]?.includes(`\`${property}\``))).toEqual([]);
});
