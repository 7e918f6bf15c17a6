#!/usr/bin/env node
// Writes man/sysvmq.1: the verbs and options from the command itself, the rest from the words below.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { flag, readArguments } from '../tools/harness/arguments.mjs';
import { root } from '../tools/harness/places.mjs';

const HELP = `Usage: npm run man -- [--check]

Writes man/sysvmq.1 from what npm run build:lib has built. With --check it writes nothing, and fails if the page is not
what it would write.`;

const page = join(root, 'man/sysvmq.1');
const { check } = readArguments(HELP, { check: flag });

const require = createRequire(import.meta.url);
const { makeProgram } = require('../dist/cli/program.js');
const { treeOf } = require('../dist/cli/completion/command-tree.js');
const { examplesOf } = require('../dist/cli/verb.js');
const { version } = require('../package.json');

// A backslash would begin an escape, a hyphen be a soft one, and a point or quote at the start of a line a request.
function text(words) {
  const escaped = words.replaceAll('\\', '\\e').replaceAll('-', '\\-').replaceAll('…', '...');
  return /^[.']/.test(escaped) ? `\\&${escaped}` : escaped;
}

const bold = (words) => `\\fB${text(words)}\\fR`;
const section = (title) => `.SH ${title}`;
const paragraph = (words) => ['.PP', text(words)];
const item = (tag, words) => ['.TP', tag, text(words)];
const example = (lines) => ['.PP', '.in +4n', '.EX', ...lines.map(text), '.EE', '.in'];

function option({ flags, description, value }) {
  const choices = value?.choices.length > 0 ? ` (${value.choices.join(', ')})` : '';
  return item(bold(flags), `${description}${choices}`);
}

function verb(node) {
  // Said once, for all verbs.
  const options = node.options.filter(({ long }) => long !== '--help');
  const examples = examplesOf(node.command).flatMap(([line, does]) => [`# ${does}`, `sysvmq ${line}`]);
  return [
    `.SS sysvmq ${text(`${node.path.join(' ')} ${node.usage}`.trim())}`,
    text(node.command.description()),
    ...options.flatMap(option),
    ...(examples.length === 0 ? [] : example(examples)),
    ...node.children.flatMap(verb),
  ];
}

const tree = treeOf(makeProgram());
const lines = [
  '.\\" Written by npm run man: change the command, or scripts/man-page.mjs.',
  `.TH SYSVMQ 1 "" "sysvmq ${version}" "User Commands"`,
  // Neither hyphens nor wide gaps: half of the words are names.
  '.nh',
  '.ad l',
  section('NAME'),
  'sysvmq \\- show, fill, empty and maintain System V message queues',
  section('SYNOPSIS'),
  `${bold('sysvmq')} \\fIverb\\fR [\\fIoptions\\fR]`,
  section('DESCRIPTION'),
  text(tree.command.description()),
  ...paragraph(
    'The command works on the queues and limits of its IPC namespace: in a container these belong to the container, not to the host.',
  ),
  section('OPTIONS'),
  ...tree.options.flatMap(option),
  ...paragraph('Every verb also has --help.'),
  section('"NAMING A QUEUE"'),
  'Name a queue in one of these ways. Two at once are a usage error.',
  ...item(bold('<queue>'), 'A number is an id, and 0x... a key.'),
  ...item(bold('--id <n>'), 'By its id, as list and create print it.'),
  ...item(
    bold('--key <key>'),
    'By its key: 0xCAFE or a number. A queue with the key 0x00000000 is private, and has only an id.',
  ),
  ...item(
    bold('--path <file> --project <c>'),
    'By the key that ftok(3) returns for a file and a project: one character, or a number of more than one digit.',
  ),
  section('VERBS'),
  ...tree.children.flatMap(verb),
  section('"MESSAGES AS JSON"'),
  'drain, receive --json and peek --json print a line for each message, and send --json-lines reads such lines:'.replaceAll(
    '-',
    '\\-',
  ),
  ...example(['{"type":1,"data":"text"}', '{"type":"9223372036854775807","base64":"AP8="}']),
  ...paragraph(
    'UTF-8 text is in "data", other bytes are in "base64". A type above 2^53 is a string of digits, because most readers of JSON would round the number. send --json-lines restores types and bytes exactly.',
  ),
  section('"LOSING NO MESSAGE"'),
  'receive and drain write each message in full before they take the next one. A message that cannot be written goes back to the end of the queue, and stderr reports that: the reader of a pipe has closed it, the disk is full, or a signal ends the command while it waits for a slow reader. If the message cannot go back either, the command prints it on stderr.',
  ...paragraph(
    'Three cases remain. SIGKILL, a signal that is not named below, or a crash between taking and writing loses one message. A message written into a pipe counts as printed, even if the reader never reads it. A message that went back comes after the messages that were behind it.',
  ),
  section('"EXIT STATUS"'),
  ...item(bold('0'), 'Done.'),
  ...item(bold('1'), 'Failed. stderr has the reason and the code of the error.'),
  ...item(bold('2'), 'Usage error; nothing was done.'),
  ...paragraph(
    'SIGINT, SIGTERM and SIGHUP end the command between two messages. It then dies of the signal, so a shell reports 130, 143 or 129. When the reader of its output has closed the pipe, it dies of SIGPIPE (141).',
  ),
  section('FILES'),
  ...item('\\fI/proc/sys/kernel/msgmni\\fR, \\fImsgmax\\fR, \\fImsgmnb\\fR', 'The limits.'),
  ...item('\\fI/etc/sysctl.d/60\\-sysvmq.conf\\fR', 'The default file of limits set --persist.'),
  section('"SEE ALSO"'),
  ['ipcs', 'ipcrm', 'ipcmk'].map((name) => `\\fB${name}\\fR(1)`).join(',\n') +
    ',\n\\fBmq_overview\\fR(7),\n\\fBsysvipc\\fR(7)',
];

const written = `${lines.join('\n')}\n`;
if (check) {
  if (readFileSync(page, 'utf8') === written) process.exit(0);
  console.error('man/sysvmq.1 is not current: npm run man writes it.');
  process.exit(1);
}
writeFileSync(page, written);
