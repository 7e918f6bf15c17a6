/** Runs the programs of docs/recipes.md as their reader would. */

import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MessageQueue } from '../../lib/index';
import { runExample } from '../support/examples';
import { freshKey, newQueue, removeAfterTest } from '../support/queues';
import { itSlow } from '../support/slow';
import { removeTemporaryFolders, temporaryFolder } from '../support/temporary-folder';

afterEach(removeTemporaryFolders);

const root = join(__dirname, '..', '..');

itSlow('c-structs reads the orders that a program in C has sent', () => {
  expect(runExample('recipes/c-structs.mjs')).toBe(
    'order 1 of Ada: 9.5\norder 2 of Grace: 19\norder 3 of Alan: 28.5\n',
  );
});

itSlow('dead-letters tries a job three times, does the others meanwhile, and puts the job away', () => {
  const lines = runExample('recipes/dead-letters.mjs').trimEnd().split('\n');
  expect(lines.filter((line) => line.startsWith('explode'))).toEqual([1, 2, 3].map((n) => `explode, attempt ${n}`));
  expect(lines).toContain('resize, attempt 1');
  expect(lines.indexOf('upload, attempt 1')).toBeLessThan(lines.indexOf('explode, attempt 3'));
  expect(lines.at(-1)).toBe('dead letter: explode');
});

itSlow('priority-workers does each job once, in four processes', () => {
  const jobs = runExample('recipes/priority-workers.mjs').trimEnd().split('\n');
  const expected = Array.from({ length: 12 }, (_, index) => index + 1).map(
    (job) => `job ${job} of priority ${job % 3 === 0 ? 1 : 9}`,
  );
  expect(jobs.sort()).toEqual(expected.sort());
});

itSlow('limits-monitor names a full queue, with status 1, and says when none is full', () => {
  expect(runExample('recipes/limits-monitor.mjs')).toBe('nothing is above 80 %\n');
  const queue = newQueue({ maxBytes: 10 });
  queue.trySend('123456789');
  const { status, stdout } = spawnSync(process.execPath, [join(root, 'examples/recipes/limits-monitor.mjs')], {
    encoding: 'utf8',
    cwd: root,
  });
  expect([status, stdout]).toEqual([1, `queue ${queue.id} is 90 % full: 1 messages, 9 bytes\n`]);
});

itSlow('wrong-use: each mistake is refused, and the words say what to do', () => {
  const output = runExample('recipes/wrong-use.mjs');
  expect(output).not.toContain('nothing was said');
  for (const words of [
    'type 0 for any type\n  RangeError (ERR_OUT_OF_RANGE): ',
    'Leave the type out',
    '{ upTo: 5 }',
    'write 0o666',
    'Await it, or use .then(callback).',
    'MessageTooLargeError (EINVAL)',
    'QueueNotFoundError (ENOENT)',
    'createPrivate creates a queue without a key',
    'A pointer is an address',
    "An array is ['char', 16].",
    'DecodeError (ERR_MESSAGE_DECODE)',
    'QueueRemovedError (EINVAL)',
  ]) {
    expect(output).toContain(words);
  }
});

/** The session without what differs from one run, user or machine to the next; of the doctor, that each line has a mark. */
function transcriptOf(output: string, { id, key }: MessageQueue): string {
  const [before, , after] = output.split(/^((?:(?:ok|note|PROBLEM) {2,}.*\n(?: {9}.*\n)*)+\n.*[Pp]roblem.*\n)/m);
  return `${before}DOCTOR\n${after}`
    .replace(/^ +not seen: .*\n/gm, '')
    .replaceAll(`0x${key.toString(16)}`, 'KEY')
    .replace(new RegExp(`^( *|id +)${id}(?= +KEY|$)`, 'gm'), '$1ID')
    .replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, 'DATE')
    .replace(/\b\d+[smh] ago/g, 'AGO')
    .replace(/\b\d+ (\(?ended)/g, 'PID $1')
    .replace(/\b\d+ \(?node[^ )\n]*\)?|\bnode \d+/g, 'PROCESS')
    .replace(/^(owner|creator)( +).*$/gm, '$1$2USER')
    .replace(/^( *ID +KEY +)(?!OWNER)\S+/gm, '$1USER')
    .replace(/(bytes: ).*$/gm, '$1FILE')
    .replace(/ {2,}/g, '  ')
    .replace(/^ +/gm, '');
}

const onCallTranscript = `ID  KEY  OWNER  MODE  MESSAGES  BYTES  MAX  FILL  SENT  RECEIVED  SENDER  RECEIVER  WAITING
ID  KEY  USER  600  2  8  10  80%  AGO  never  PROCESS  -  -
id  ID
key  KEY
owner  USER
creator  USER
mode  600
messages  2
bytes  8 of 10 (80% full)
last sent  DATE, AGO, by PROCESS
last received  never
changed  DATE
waiting  nobody
INDEX  TYPE  BYTES  DATA
0  1  5  stuck
1  2  3  too
No consumers: none of this user runs in this IPC namespace, and none has left messages in hand.
DOCTOR
2 messages, 8 bytes: FILE
id  ID
key  KEY
owner  USER
creator  USER
mode  600
messages  0
bytes  0 of 10 (0% full)
last sent  DATE, AGO, by PROCESS
last received  DATE, AGO, by PID (ended)
changed  DATE
waiting  nobody
`;

itSlow('on-call finds the messages that are stuck, moves them to a file, and loses none', () => {
  const key = freshKey();
  const queue = MessageQueue.create(key, { maxBytes: 10 });
  removeAfterTest(queue.id);
  queue.trySend('stuck');
  queue.trySend('too', { type: 2 });
  const folder = temporaryFolder();
  writeFileSync(
    join(folder, 'sysvmq'),
    `#!/bin/sh\nexec "${process.execPath}" "${join(root, 'dist/cli/main.js')}" "$@"\n`,
    {
      mode: 0o755,
    },
  );
  const file = join(folder, 'messages');
  const named = `0x${key.toString(16)}`;
  const { status, stdout } = spawnSync('sh', [join(root, 'examples/recipes/on-call.sh'), named, file], {
    encoding: 'utf8',
    env: { ...process.env, PATH: `${folder}:${process.env['PATH']}` },
  });
  expect(status).toBe(0);
  expect(transcriptOf(stdout, queue)).toBe(onCallTranscript);
  expect(stdout).toContain(`Full or nearly so: queue ${queue.id} (${named}, 80%).`);
  expect(queue.stat().messageCount).toBe(0);
  expect(readFileSync(file, 'utf8')).toBe('{"type":1,"data":"stuck"}\n{"type":2,"data":"too"}\n');
});

it('docs/recipes.md names every program of examples/recipes', () => {
  const page = readFileSync(join(root, 'docs/recipes.md'), 'utf8');
  const missing = readdirSync(join(root, 'examples/recipes')).filter(
    (name) => !page.includes(`examples/recipes/${name}`),
  );
  expect(missing).toEqual([]);
});
