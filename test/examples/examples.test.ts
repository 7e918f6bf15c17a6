/** Runs the programs in examples/ as their reader would. */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getLimits } from '../../lib/index';
import { runExample } from '../support/examples';
import { setLimit } from '../support/namespace';
import { newQueue } from '../support/queues';
import { itSlow } from '../support/slow';

const root = join(__dirname, '..', '..');

itSlow('two-processes gets its jobs back from another process, and catches each limit with its advice', () => {
  const output = runExample('two-processes.mjs');
  const pids = new Set(output.match(/(?<=^ {2}(main {3}|worker ))\d+/gm));
  expect(pids.size).toBe(2);
  expect(output).toContain('job 3 is done: 1089');
  expect(output).toContain('worker ended with status 0');
  for (const [name, code] of [
    ['QueueFullError', 'EAGAIN'],
    ['MessageTooLargeError', 'EINVAL'],
    ['QueueCountLimitError', 'ENOSPC'],
  ]) {
    expect(output).toMatch(
      new RegExp(`caught: {2}${name} \\(${code} from msg(get|snd)\\)\n.*limit:.*\n.*remedy: {2}\\w+`),
    );
  }
});

itSlow('limits-from-proc prints the values of /proc with their notes', () => {
  setLimit('msgmax', 4321);
  const output = runExample('limits-from-proc.mjs');
  expect(output).toContain('MSGMAX = 4321 bytes');
  expect(output).toContain('/proc/sys/kernel/msgmni');
  expect(output).toContain('msgctl fails with EPERM: QueueBytesLimitError');
});

it('limits-from-ipc-info prints the limits and what is used of them', () => {
  const queue = newQueue();
  queue.trySend('12345');
  const output = runExample('limits-from-ipc-info.mjs');
  expect(output).toMatch(new RegExp(`^ {2}msgmni {2}${getLimits().msgmni} `, 'm'));
  expect(output).toMatch(/^ {2}messages 1$/m);
  expect(output).toContain('bytes    5 of 16384');
});

itSlow('c-program has a program in C answer over the same queue', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sysvmq-example-'));
  try {
    const program = join(folder, 'reverse');
    execFileSync('cc', ['-Wall', '-Wextra', '-Werror', '-o', program, join(root, 'examples/c-program/reverse.c')]);
    const output = runExample('c-program/main.mjs', program);
    expect(output).toContain('sent "System V", C answered "V metsyS"');
    expect(output).toContain('sent "", C answered ""');
    expect(output).toContain('the C program ended with status 0');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
