/** docs/command.md: its lines are run, and print what stands there. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { verbs } from '../../lib/cli/verb-table';
import { consoleLines, runLines } from '../support/console-blocks';
import { itSlow } from '../support/slow';
import { removeTemporaryFolders, temporaryFolder } from '../support/temporary-folder';

afterEach(removeTemporaryFolders);

const page = readFileSync(join(__dirname, '../../docs/command.md'), 'utf8');

// What is another one in every run.
function withoutTheMoment(output: string): string {
  return output
    .replaceAll(/\d+s ago/g, 'JUST NOW')
    .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, 'MOMENT')
    .replaceAll(/by \d+ \(.*\)/g, 'by PROCESS')
    .replaceAll(/\d+ ended/g, 'PROCESS')
    .replaceAll(/^ +not seen: .*\n/gm, '')
    .replaceAll(/ {2,}/g, '  ');
}

itSlow('sysvmq prints what docs/command.md says', () => {
  const lines = consoleLines(page);
  expect(lines.length).toBeGreaterThan(20);
  const outputs = runLines(
    lines.map(({ command }) => command),
    temporaryFolder(),
  );
  const real = lines.map(({ command }, index) => ({
    command,
    output: withoutTheMoment(outputs[index] ?? '(nothing)'),
  }));
  expect(real).toEqual(lines.map(({ command, output }) => ({ command, output: withoutTheMoment(output) })));
});

it('docs/command.md has a section for each verb', () => {
  const headings = [...page.matchAll(/^## (.*)$/gm)].flatMap(([, heading]) => (heading as string).split(', '));
  expect(headings).toEqual(expect.arrayContaining(Object.keys(verbs)));
});
