#!/usr/bin/env node
// Lints the words: textlint with the house's terms over every page, comment and message; cspell over the same files.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { TextlintKernel } from '@textlint/kernel';
import markdown from '@textlint/textlint-plugin-markdown';
import terminology from 'textlint-rule-terminology';
import { readFileNames } from '../tools/harness/arguments.mjs';
import { root } from '../tools/harness/places.mjs';
import { proseBlocks } from './prose/blocks.mjs';
import sentenceSubject from './prose/sentence-subject.mjs';

const HELP = `Usage: node scripts/prose.mjs [FILE…]

Checks the words of the named files, or of every page in git and of the comments and messages of the sources: docs/style.md says
what it wants. The house's terms are in scripts/prose/terms.json, the words that cspell does not know in cspell.json.`;

/** Every page, and the sources whose comments and messages the style page governs. */
const CHECKED = /\.(?:md|1)$|^(?:lib|native|types|examples|scripts|tools|bench|test|trust)\//;

const SOURCES = ['.ts', '.mts', '.cts', '.mjs', '.cjs', '.js', '.c', '.h', '.cc'];

/** A page as textlint's Markdown plugin reads it; a source as one paragraph for each comment and message. */
class SourceProcessor {
  availableExtensions() {
    return SOURCES;
  }
  processor() {
    return { preProcess: sourceTree, postProcess: (messages, filePath) => ({ messages, filePath }) };
  }
}

function sourceTree(text, path) {
  const { prose, blocks } = proseBlocks(text, path);
  const lines = lineStarts(prose);
  const position = (offset) => {
    const line = lines.findLastIndex((start) => start <= offset);
    return { line: line + 1, column: offset - lines[line] };
  };
  const node = (type, start, end, children) => ({
    type,
    raw: prose.slice(start, end),
    range: [start, end],
    loc: { start: position(start), end: position(end) },
    ...(children === undefined ? { value: prose.slice(start, end) } : { children }),
  });
  const paragraphs = blocks.map(([start, end]) => node('Paragraph', start, end, [node('Str', start, end)]));
  return { text: prose, ast: node('Document', 0, prose.length, paragraphs) };
}

function lineStarts(text) {
  return [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)];
}

function files() {
  const listed = spawnSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  });
  return listed.stdout
    .split('\0')
    .filter((path) => CHECKED.test(path) && (/\.(?:md|1)$/.test(path) || SOURCES.includes(extname(path))));
}

async function checkTerms(paths) {
  const terms = JSON.parse(readFileSync(join(root, 'scripts/prose/terms.json'), 'utf8'));
  const anySpace = terms.map(([pattern, advice]) => [pattern.replaceAll(' ', '\\s+'), advice]);
  const options = {
    plugins: [
      { pluginId: 'markdown', plugin: markdown.default ?? markdown },
      { pluginId: 'source', plugin: { Processor: SourceProcessor } },
    ],
    rules: [
      { ruleId: 'terms', rule: terminology, options: { defaultTerms: false, terms: anySpace } },
      { ruleId: 'subject', rule: sentenceSubject },
    ],
  };
  const kernel = new TextlintKernel();
  let found = 0;
  for (const path of paths) {
    const text = readFileSync(join(root, path), 'utf8');
    const { messages } = await kernel.lintText(text, { ...options, filePath: path, ext: extname(path) });
    for (const { line, column, message } of messages)
      console.log(`${path}:${line}:${column} ${message.replaceAll(/\s+/g, ' ')}`);
    found += messages.length;
  }
  return found;
}

function checkSpelling(paths) {
  const options = [
    '--no-progress',
    '--no-summary',
    '--relative',
    '--cache',
    '--cache-location',
    'node_modules/.cache/cspell',
  ];
  const { status, error } = spawnSync('node_modules/.bin/cspell', [...options, ...paths], {
    cwd: root,
    stdio: 'inherit',
  });
  return error === undefined && status === 0;
}

const named = readFileNames(HELP);
const paths = named.length > 0 ? named : files();
const found = await checkTerms(paths.filter((path) => !path.endsWith('.1')));
const spelled = checkSpelling(paths);
process.exit(found === 0 && spelled ? 0 : 1);
