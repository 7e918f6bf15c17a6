/** test/conformance/README.md, the catalogue: each row has its test, and each test has its row. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(__dirname, '..', 'conformance');
const page = readFileSync(join(folder, 'README.md'), 'utf8');
const files = readdirSync(folder).filter((name) => name.endsWith('.test.ts'));
const ID = /\b(?:PY|PHP|PRL|POS|GAP)-\d+\b/g;

/** The ids that begin a title of a file's tests, by file. */
const titledIn = new Map(
  files.map((file) => {
    const titles = readFileSync(join(folder, file), 'utf8').matchAll(/['"`]((?:PY|PHP|PRL|POS|GAP)-\d+) [^'"`]/g);
    return [file, new Set([...titles].map(([, id]) => id as string))];
  }),
);

/** The rows of the catalogue; those out of reach name no file. */
const rows = page
  .split('\n')
  .filter((line) => /^\| [A-Z]+-\d+ \|/.test(line))
  .map((line) => line.split(/(?<!\\)\|/).map((cell) => cell.trim()))
  .map(([, id, , test]) => ({ id: id as string, file: /\((.+\.test\.ts)\)$/.exec(test as string)?.[1] }));

it('the catalogue has a row for each test, and names no id twice', () => {
  const ids = rows.map(({ id }) => id);
  expect(ids).toEqual([...new Set(ids)]);
  const titled = [...titledIn.values()].flatMap((of) => [...of]);
  expect(titled.filter((id) => !ids.includes(id))).toEqual([]);
  expect(ids.length).toBeGreaterThan(150);
});

it('the catalogue has a test for each row, in the file that the row names, unless the row is out of reach', () => {
  const wrong = rows.filter(({ id, file }) => file !== undefined && titledIn.get(file)?.has(id) !== true);
  expect(wrong).toEqual([]);
  const outOfReach = rows.filter(({ file }) => file === undefined).map(({ id }) => id);
  expect(outOfReach).toEqual(['GAP-08', 'GAP-09', 'GAP-12', 'GAP-13']);
});

it('the catalogue has numbers without gaps', () => {
  const numbers = new Map<string, number[]>();
  for (const { id } of rows) {
    const [suite, number] = id.split('-') as [string, string];
    numbers.set(suite, [...(numbers.get(suite) ?? []), Number(number)]);
  }
  for (const of of numbers.values()) {
    expect(of.sort((a, b) => a - b)).toEqual(Array.from({ length: of.length }, (_, index) => index + 1));
  }
});

it('mentions no id that has no row', () => {
  const ids = new Set(rows.map(({ id }) => id));
  expect([...page.matchAll(ID)].map(([id]) => id).filter((id) => !ids.has(id))).toEqual([]);
});
