/** sysvmq receive --acknowledge: a program for each message, which is gone only when the program has succeeded. */

import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { listConsumers, type MessageQueue } from '../../lib/index';
import { statusField } from '../../tools/harness/proc.cjs';
import { until } from '../support/child';
import { runCommand, startCommand } from '../support/command';
import { newQueue } from '../support/queues';
import { itSlow } from '../support/slow';
import { removeTemporaryFolders, temporaryFolder } from '../support/temporary-folder';

afterEach(removeTemporaryFolders);

const acknowledge = (queue: MessageQueue, program: string, ...args: string[]): string[] => [
  'receive',
  `${queue.id}`,
  '--acknowledge',
  program,
  ...args,
];

// Each test has a queue of its own.
const inHand = (queue: MessageQueue): { length: number; attempts: number }[] =>
  listConsumers()
    .filter(({ queueKey }) => queueKey === queue.key)
    .flatMap(({ messages }) => messages);

const putBack = (queue: MessageQueue): string => runCommand(['recover', `${queue.id}`]).stdout;

it('sysvmq receive --acknowledge runs a program for each message, again where it fails', () => {
  const queue = newQueue();
  const folder = temporaryFolder();
  queue.trySend('one', { type: 5 });
  queue.trySend('two', { type: 6 });
  const program = `{ cat; echo " $SYSVMQ_TYPE $SYSVMQ_ATTEMPT"; } >> ${join(folder, 'out')}; [ $SYSVMQ_ATTEMPT -gt 1 ]`;
  const { status, stderr } = runCommand(['receive', '--id', `${queue.id}`, '-n', '2', '--acknowledge', program]);
  expect(status).toBe(0);
  expect(stderr).toContain('ended with status 1 for the message of type 5 (3 bytes)');
  const lines = readFileSync(join(folder, 'out'), 'utf8').trim().split('\n').sort();
  expect(lines).toEqual(['one 5 1', 'one 5 2', 'two 6 1', 'two 6 2']);
  expect(queue.stat().messageCount).toBe(0);
});

itSlow(
  'sysvmq receive --acknowledge ends with status 1 after a message that has failed each time, and keeps it in hand',
  () => {
    const queue = newQueue();
    queue.trySend('one');
    queue.trySend('two');
    const program = '[ "$(cat)" = two ]';
    const { status, stderr } = runCommand(acknowledge(queue, program, '-n', '2', '--attempts', '1'));
    expect(stderr.split('\n')).toEqual([
      'sysvmq receive: The program ended with status 1 for the message of type 1 (3 bytes).',
      'sysvmq receive: A message stays in hand after 1 attempt: see sysvmq consumers.',
      '',
    ]);
    expect(status).toBe(1);
    expect(inHand(queue)).toMatchObject([{ length: 3, attempts: 1 }]);
    queue.trySend('three');
    const next = runCommand(acknowledge(queue, 'cat', '--attempts', '1'));
    expect(next.stdout).toBe('three');
    expect(next.stderr).toContain('A message stays in hand after 1 attempt');
    expect(next.status).toBe(0);
    expect(putBack(queue)).toContain('1 message put back');
  },
);

itSlow('sysvmq receive --acknowledge says what it leaves in hand for the next one', () => {
  const queue = newQueue();
  queue.trySend('one');
  queue.trySend('two');
  const { status, stderr } = runCommand(acknowledge(queue, '[ "$(cat)" = two ]'));
  expect(status).toBe(0);
  expect(stderr).toContain(' (3 bytes). Attempt 2 follows in 1 s.\n');
  expect(stderr).toContain('1 message stays in hand for the next consumer of this name: see sysvmq consumers.\n');
  const [left] = inHand(queue);
  expect(left).toMatchObject({ length: 3, attempts: 1 });
  expect(putBack(queue)).toContain('1 message put back');
});

itSlow.each([
  ['does not exist', '/does/not/exist', 'ended with status 127 (the shell found no such program)'],
  ['is no program', '/etc/passwd', 'ended with status 126 (it is no program, or may not be run)'],
  ['is killed', 'kill -9 $$', 'was ended by SIGKILL'],
])('sysvmq receive --acknowledge with a program that %s', (_, program, words) => {
  const queue = newQueue();
  queue.trySend('one');
  const { status, stderr } = runCommand(acknowledge(queue, program, '--attempts', '1'));
  expect(stderr).toContain(`The program ${words} for the message of type 1 (3 bytes).`);
  expect(status).toBe(1);
  expect(putBack(queue)).toContain('1 message put back');
});

itSlow('sysvmq receive --acknowledge with a program that closes its input, and one that prints much', () => {
  const queue = newQueue();
  const long = Buffer.alloc(8192, 'x');
  for (let count = 0; count < 2; count++) queue.trySend(long);
  expect(runCommand(acknowledge(queue, 'exec 0<&-'))).toMatchObject({ status: 0, stderr: '' });
  const { status, stdout } = runCommand(acknowledge(queue, 'seq 1 300000'));
  expect(status).toBe(0);
  expect(stdout.endsWith('299999\n300000\n')).toBe(true);
  expect(queue.stat().messageCount).toBe(0);
  expect(inHand(queue)).toEqual([]);
});

itSlow('sysvmq receive --acknowledge gives the program the id of the job, the same for each attempt', () => {
  const queue = newQueue();
  const path = join(temporaryFolder(), 'ids');
  queue.trySend('one');
  const program = `echo "$SYSVMQ_JOB" >> ${path}; [ $SYSVMQ_ATTEMPT -gt 1 ]`;
  expect(runCommand(acknowledge(queue, program)).status).toBe(0);
  const [first, second] = readFileSync(path, 'utf8').trim().split('\n');
  expect(first).toMatch(/^[0-9a-f]{16}-\d+$/);
  expect(second).toBe(first);
});

itSlow(
  'SIGINT ends sysvmq receive --acknowledge after the program that runs, a second one at once; nothing is lost',
  async () => {
    const queue = newQueue();
    const folder = temporaryFolder();
    const go = join(folder, 'go');
    const program = `echo began; while [ ! -e ${go} ]; do sleep 0.05; done`;
    queue.trySend('one');
    queue.trySend('two');
    const patient = startCommand(acknowledge(queue, program, '--follow'));
    await patient.printed('began');
    patient.process.kill('SIGINT');
    // Before the signal that the program has ended.
    await until('the signal has arrived', () => Number(statusField('ShdPnd', patient.process.pid)) === 0);
    writeFileSync(go, '');
    expect(await patient.ended).toMatchObject({ signal: 'SIGINT', stderr: '' });
    expect(inHand(queue)).toEqual([]);
    expect(queue.stat().messageCount).toBe(1);

    rmSync(go);
    const hasty = startCommand(acknowledge(queue, program, '--follow'));
    await hasty.printed('began');
    hasty.process.kill('SIGINT');
    await until('the first has arrived', () => {
      hasty.process.kill('SIGINT');
      return hasty.process.signalCode !== null;
    });
    writeFileSync(go, '');
    expect(inHand(queue)).toMatchObject([{ attempts: 1 }]);
    expect(runCommand(acknowledge(queue, 'cat')).stdout).toBe('two');
  },
);

itSlow('sysvmq receive --acknowledge says once that its queue was removed', async () => {
  const queue = newQueue();
  const command = startCommand(acknowledge(queue, 'cat', '--follow'));
  await until('it runs', () => listConsumers().some(({ queueKey, alive }) => alive && queueKey === queue.key));
  queue.remove();
  const { status, stderr } = await command.ended;
  expect(status).toBe(1);
  expect(stderr.match(/EIDRM/g)).toHaveLength(1);
});

itSlow.each([
  ['an empty command', ['--acknowledge', ' '], 'would acknowledge every message unseen'],
  ['--json', ['--acknowledge', 'cat', '--json'], '--json and --acknowledge exclude each other'],
  ['--raw', ['--acknowledge', 'cat', '--raw'], '--raw and --acknowledge exclude each other'],
  ['--timeout', ['--acknowledge', 'cat', '--timeout', '1s'], '--timeout and --acknowledge exclude each other'],
  ['--name alone', ['--name', 'x'], '--name requires --acknowledge'],
  ['--attempts alone', ['--attempts', '2'], '--attempts requires --acknowledge'],
  ['--attempts 0', ['--acknowledge', 'cat', '--attempts', '0'], '--attempts'],
  ['a name with a slash', ['--acknowledge', 'cat', '--name', 'a/b'], '--name'],
])('sysvmq receive refuses %s', (_, args, words) => {
  const queue = newQueue();
  queue.trySend('one');
  const { status, stderr } = runCommand(['receive', `${queue.id}`, ...args]);
  expect(stderr).toContain(words);
  expect(status).toBe(2);
  expect(queue.stat().messageCount).toBe(1);
});
