/** Runs the examples in the doc comments of lib/ and the code blocks of the pages, so that none of them goes stale. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { itSlow } from '../support/slow';

const root = join(__dirname, '..', '..');

interface Example {
  where: string;
  code: string;
}

/** The `@example` parts of doc comments; everything up to the comment's end or its next tag. */
function docExamples(): Example[] {
  return (readdirSync(join(root, 'lib'), { recursive: true }) as string[])
    .filter((name) => name.endsWith('.ts'))
    .flatMap((name) => {
      const source = readFileSync(join(root, 'lib', name), 'utf8');
      const comments = source.match(/\/\*\*[\s\S]*?\*\//g) ?? [];
      return comments.flatMap((comment) => {
        const text = comment.slice(3, -2).replaceAll(/^\s*\* ?/gm, '');
        const examples = text.split(/^@example\n/m).slice(1);
        return examples.map((example, index) => {
          const line = source.slice(0, source.indexOf(comment)).split('\n').length;
          return { where: `lib/${name}:${line} (${index + 1})`, code: example.split(/^@\w+/m)[0] as string };
        });
      });
    });
}

function pageExamples(page: string): Example[] {
  const blocks = readFileSync(join(root, page), 'utf8').match(/(?<=^```js\n)[\s\S]*?(?=^```$)/gm) ?? [];
  return blocks.map((code, index) => ({ where: `${page} (${index + 1})`, code }));
}

const imports = `
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import * as sysvmq from 'sysvmq';
const { ${Object.keys(require('../../lib/index') as object).join(', ')} } = sysvmq;
const tmpdir = process.argv[1];
`;

function run(code: string): { status: number | null; stderr: string } {
  const folder = mkdtempSync(join(tmpdir(), 'sysvmq-docs-'));
  try {
    const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', code, folder], {
      cwd: root,
      encoding: 'utf8',
      timeout: 30_000,
    });
    return { status, stderr };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('the examples of the doc comments run', () => {
  const examples = docExamples();

  it('every public function has one', () => {
    expect(examples.length).toBeGreaterThan(25);
  });

  itSlow.each(examples)('$where', ({ code }) => {
    expect(run(`${imports}${code}`)).toEqual({ status: 0, stderr: '' });
  });
});

describe('the code blocks of the pages run', () => {
  const pages = [
    'README.md',
    'docs/errors.md',
    'docs/delivery.md',
    'docs/guide.md',
    'docs/interop.md',
    'docs/request-reply.md',
    'docs/metrics.md',
    'docs/runtimes.md',
    'docs/containers.md',
    'docs/choosing.md',
  ];

  itSlow.each(pages.flatMap(pageExamples))('$where', ({ code }) => {
    expect(run(code)).toEqual({ status: 0, stderr: '' });
  });
});
