/** docs/limits.md says what describeLimits() says. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeLimits, type LimitDescription } from '../../lib/index';

const page = readFileSync(join(__dirname, '..', '..', 'docs', 'limits.md'), 'utf8');

function row(limit: LimitDescription): Record<string, string> {
  return {
    name: limit.name,
    limits: limit.limits,
    unit: limit.unit,
    default: String(limit.default),
    ceiling: String(limit.ceiling ?? ''),
    file: limit.procPath ?? '',
    enforced: limit.enforced ? 'yes' : 'no',
    error: limit.error === null ? '' : `${limit.error.code} (${limit.error.syscall})`,
    class: limit.error?.className ?? '',
    remedy: limit.remedy,
  };
}

function cells(line: string): string[] {
  return line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
}

it('the table of docs/limits.md is what describeLimits() returns', () => {
  const [head, , ...lines] = page.split('\n').filter((line) => line.startsWith('|')) as [string, string, ...string[]];
  const names = cells(head);
  const table = lines
    .filter((line) => line.startsWith('| MSG'))
    .map((line) => Object.fromEntries(cells(line).map((cell, index) => [names[index], cell])));

  const extended = /ipcmni_extend/.test(readFileSync('/proc/cmdline', 'latin1'));
  const described = describeLimits().map(row);
  if (extended) (described[0] as Record<string, string>)['ceiling'] = '32768';
  expect(table).toEqual(described);
});

it.each(['msgmni', 'msgmax', 'msgmnb'])('the table of changes of docs/limits.md has %s', (name) => {
  expect(page).toContain(`| ${name} |`);
});
