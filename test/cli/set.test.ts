/** sysvmq set, against msgctl(IPC_STAT). */

import { nobody } from '../support/child';
import { jsonOf, outputOf, runCommand } from '../support/command';
import { itNeeds, noSysResource, otherUsers } from '../support/needs';
import { newQueue } from '../support/queues';
import { itSlow, slow } from '../support/slow';

it('sysvmq set changes what is named, shows it before and after, and leaves the rest', () => {
  const queue = newQueue({ mode: 0o640, maxBytes: 1000 });
  const output = outputOf(['set', '--id', `${queue.id}`, '--max-bytes', '2K', '--mode', '660']);
  expect(output).toBe('VALUE      BEFORE  AFTER\nmax-bytes  1000    2048\nmode       640     660\n');
  expect(queue.stat()).toMatchObject({ maxBytes: 2048, mode: 0o660, uid: 0, gid: 0 });
});

itSlow('sysvmq set gives a queue to a user and a group by name and by number', () => {
  const queue = newQueue();
  outputOf(['set', '--key', `${queue.key}`, '--owner', 'nobody', '--group', 'nogroup']);
  expect(queue.stat()).toMatchObject({ uid: 65534, gid: 65534 });
  outputOf(['set', '--key', `${queue.key}`, '--owner', '12345']);
  expect(queue.stat()).toMatchObject({ uid: 12345, gid: 65534 });
});

itSlow('sysvmq set prints the queue before and after as JSON', () => {
  const queue = newQueue({ maxBytes: 100 });
  expect(jsonOf(['set', '--id', `${queue.id}`, '--max-bytes', '50'])).toMatchObject({
    before: { id: queue.id, maxBytes: 100 },
    after: { id: queue.id, maxBytes: 50 },
  });
});

itNeeds(noSysResource, 'sysvmq set above MSGMNB names the limit, the file and the remedy, and changes nothing', () => {
  const queue = newQueue({ maxBytes: 100 });
  const { status, stdout, stderr } = runCommand(['set', '--id', `${queue.id}`, '--max-bytes', '64K', '--mode', '660']);
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr).toMatch(
    /above MSGMNB, which is 16384 \(\/proc.*sysvmq limits set msgmnb=65536\. \(EPERM from msgctl\)\n$/,
  );
  expect(queue.stat()).toMatchObject({ maxBytes: 100, mode: 0o600 });
});

itNeeds(slow(otherUsers), 'sysvmq set by another user names the owner of the queue', () => {
  const queue = newQueue({ mode: 0o666 });
  const { status, stderr } = runCommand(['set', '--id', `${queue.id}`, '--mode', '600'], nobody);
  expect(status).toBe(1);
  expect(stderr).toMatch(
    /needs to be the owner.*It belongs to uid 0.*this process is uid 65534.*\(EPERM from msgctl\)\n$/,
  );
  expect(queue.stat().mode).toBe(0o666);
});

itSlow.each([
  [[], 'Nothing to change'],
  [['--owner', 'nobody-of-this-name'], 'There is no user nobody-of-this-name'],
  [['--group', 'no-such-group'], 'There is no group no-such-group'],
  [['--owner', '4294967295'], 'out of range'],
])('sysvmq set %j is wrong usage', (args, words) => {
  const queue = newQueue();
  const before = queue.stat();
  expect(runCommand(['set', '--id', `${queue.id}`, ...args])).toMatchObject({
    status: 2,
    stdout: '',
    stderr: expect.stringContaining(words),
  });
  expect(queue.stat()).toEqual(before);
});
