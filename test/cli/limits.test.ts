/** sysvmq limits, against /proc/sys/kernel. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeLimits } from '../../lib/index';
import { nobody } from '../support/child';
import { jsonOf, outputOf, runCommand } from '../support/command';
import { readLimit, setLimit } from '../support/namespace';
import { itNeeds, otherUsers } from '../support/needs';
import { newQueue } from '../support/queues';
import { itSlow, slow } from '../support/slow';
import { removeTemporaryFolders, temporaryFolder } from '../support/temporary-folder';

afterEach(removeTemporaryFolders);

it('sysvmq limits shows each limit: value, ceiling, what is used, error, file, and what it limits', () => {
  setLimit('msgmni', 8);
  const queue = newQueue({ maxBytes: 1000 });
  queue.trySend('x'.repeat(250));
  newQueue();
  const output = outputOf(['limits']);
  expect(output).toMatch(/^MSGMNI +8 +queues +\d+ +2 \(25%\) +ENOSPC from msgget$/m);
  expect(output).toMatch(/^MSGMAX +8192 +bytes +2147483647 +- +EINVAL from msgsnd$/m);
  expect(output).toMatch(
    new RegExp(`^MSGMNB +16384 +bytes +2147483647 +25% in queue ${queue.id} +EPERM from msgctl$`, 'm'),
  );
  expect(output).toMatch(/^In use: 2 queues, 1 message, 250 bytes of the 17384 that the queues take\.$/m);
  const words = output.replaceAll(/\s+/g, ' ');
  for (const { name, limits, procPath } of describeLimits()) {
    expect(words).toContain(`${name} ${limits}${procPath === null ? '' : ` File: ${procPath}`}`);
  }
});

it('sysvmq limits prints one JSON document with numbers as numbers', () => {
  setLimit('msgmax', 4321);
  const queue = newQueue({ maxBytes: 100 });
  queue.trySend('x'.repeat(40));
  const document = jsonOf(['limits']) as { limits: object[] };
  const [msgmni, , msgmnb] = describeLimits();
  expect(document).toEqual({
    source: 'ipc-info',
    limits: expect.arrayContaining([
      { ...msgmni, used: 1, usedOf: 32000 },
      { ...msgmnb, used: 40, usedOf: 100 },
      expect.objectContaining({ name: 'MSGMAX', value: 4321, used: null, usedOf: null }),
    ]),
    usage: { queues: 1, messages: 1, bytes: 40 },
  });
  expect(document.limits).toHaveLength(5);
});

itSlow('sysvmq limits --source proc shows the three that have files', () => {
  setLimit('msgmnb', 20000);
  const { source, limits } = jsonOf(['limits', '--source', 'proc']) as {
    source: string;
    limits: { field: string; value: number }[];
  };
  expect(source).toBe('proc');
  expect(limits.map(({ field, value }) => [field, value])).toEqual([
    ['msgmni', 32000],
    ['msgmax', 8192],
    ['msgmnb', 20000],
  ]);
  expect(outputOf(['limits', '--source', 'proc'])).not.toContain('MSGTQL');
});

itSlow('an unknown source is wrong usage', () => {
  expect(runCommand(['limits', '--source', 'sysctl'])).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('Allowed choices are ipc-info, proc'),
  });
});

itSlow('sysvmq limits set sets them, and shows each before and after', () => {
  expect(outputOf(['limits', 'set', 'msgmni=2048', 'MSGMAX=65536', 'kernel.msgmnb=1M'])).toBe(
    [
      'LIMIT   BEFORE    AFTER',
      'msgmni   32000     2048',
      'msgmax    8192    65536',
      'msgmnb   16384  1048576',
      'The values hold until the next boot; --persist keeps them.',
      '',
    ].join('\n'),
  );
  expect([readLimit('msgmni'), readLimit('msgmax'), readLimit('msgmnb')]).toEqual([2048, 65536, 1048576]);
});

itSlow('sysvmq limits set warns of a msgmnb below msgmax', () => {
  const { status, stderr } = runCommand(['limits', 'set', 'msgmax=65536']);
  expect({ status, stderr }).toEqual({
    status: 0,
    stderr:
      'sysvmq limits set: msgmnb (16384) is below msgmax (65536): a new queue accepts no message that is longer than msgmnb.\n',
  });
});

itSlow('sysvmq limits set --persist FILE writes the file as well, and keeps its other lines', () => {
  const file = join(temporaryFolder(), 'sysctl.conf');
  writeFileSync(file, '# ours\nkernel.msgmni = 10\nvm.swappiness = 1\n');
  const document = jsonOf(['limits', 'set', 'msgmni=2048', '--persist', file]);
  expect(document).toMatchObject({ before: { msgmni: 32000 }, after: { msgmni: 2048 }, file });
  expect(readFileSync(file, 'utf8')).toBe('# ours\nkernel.msgmni = 2048\nvm.swappiness = 1\n');
  expect(readLimit('msgmni')).toBe(2048);
  expect(outputOf(['limits', 'set', 'msgmni=100', '--persist', file])).toContain(
    `Written to ${file}, which sets them at every boot.`,
  );
});

itSlow('sysvmq limits set --persist in a folder that does not exist sets nothing', () => {
  const { status, stderr } = runCommand(['limits', 'set', 'msgmni=2048', '--persist', '/nowhere/at/all.conf']);
  expect(status).toBe(1);
  expect(stderr).toMatch(/^sysvmq limits set: ENOENT: .*\/nowhere\/at.*\n$/);
  expect(readLimit('msgmni')).toBe(32000);
});

itNeeds(slow(otherUsers), 'sysvmq limits set without privilege says what to run, and changes nothing', () => {
  const { status, stdout, stderr } = runCommand(['limits', 'set', 'msgmni=2048'], nobody);
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr).toMatch(
    /^sysvmq limits set: EACCES: permission denied, .*permission to write \/proc\/sys\/kernel\/msgmni\. \(EACCES from open\)\nNothing was changed\. You need root in the user namespace that owns this IPC namespace: try sudo\.\n$/,
  );
  expect(readLimit('msgmni')).toBe(32000);
});

itSlow.each([
  [[], "missing required argument 'limit=value'"],
  [['msgtql=5'], 'must have one of the names msgmni, msgmax, msgmnb'],
  [['msgmni'], 'must have one of the names'],
  [['msgmni=many'], 'a number of bytes'],
  [['msgmni=-1'], 'a number of bytes'],
  [['msgmni=99999999'], 'limits.msgmni'],
  [['msgmni=5', 'msgmni=6'], 'msgmni appears twice'],
  [['msgmax=5', '--persist', 'msgmni=6'], 'put --persist last'],
])('sysvmq limits set %j is wrong usage, and sets nothing', (args, words) => {
  expect(runCommand(['limits', 'set', ...args])).toMatchObject({
    status: 2,
    stdout: '',
    stderr: expect.stringContaining(words),
  });
  expect([readLimit('msgmni'), readLimit('msgmax'), readLimit('msgmnb')]).toEqual([32000, 8192, 16384]);
});
