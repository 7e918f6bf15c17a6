/** What the pages show behind a console.log() is what it prints. */

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { itSlow } from '../support/slow';

const root = join(__dirname, '..', '..');
const pages = [
  'README.md',
  'docs/guide.md',
  'docs/limits.md',
  'docs/errors.md',
  'docs/metrics.md',
  'docs/request-reply.md',
];

/** The code blocks of a page that show output: `console.log(…); // what it prints`, where … stands for anything. */
const blocks = pages.flatMap((page) => {
  const found = readFileSync(join(root, page), 'utf8').match(/(?<=^```js\n)[\s\S]*?(?=^```$)/gm) ?? [];
  return found.flatMap((code, index) => {
    const shown = [...code.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].map(([, text]) => text as string);
    return shown.length === 0 ? [] : [{ where: `${page} (${index + 1})`, code, shown }];
  });
});

/** The kernel chooses ids. */
function patternOf(shown: string): RegExp {
  const escaped = shown.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(
    `^${escaped
      .replaceAll(/ ?… ?/g, '.*')
      .replace(/^Queue (?!0x)\d+/, 'Queue \\d+')
      .replace(/\\\(id \d+\\\)/, '\\(id \\d+\\)')}$`,
    's',
  );
}

it('there are such blocks, the first one of README.md among them', () => {
  expect(blocks.map(({ where }) => where)).toContain('README.md (1)');
});

itSlow.each(blocks)('$where prints what it shows', ({ code, shown }) => {
  const printed = execFileSync(process.execPath, ['--input-type=module', '-e', code], { cwd: root, encoding: 'utf8' });
  expect(printed.trimEnd()).toMatch(
    shown.length === 1
      ? patternOf(shown[0] as string)
      : new RegExp(shown.map((text) => patternOf(text).source.slice(1, -1)).join('\n'), 's'),
  );
});
