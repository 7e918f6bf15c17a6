/** sysvmq remove, against the kernel's list of queues; the question on a terminal that script(1) makes. */

import { nobody } from '../support/child';
import { jsonOf, outputOf, runCommand } from '../support/command';
import { remainingQueues } from '../support/namespace';
import { itNeeds, otherUsers } from '../support/needs';
import { newQueue } from '../support/queues';
import { itSlow, slow } from '../support/slow';
import { Terminal, terminalNeeds } from '../support/terminal';

it('sysvmq remove removes several queues, and says what was in them', () => {
  const [one, two, stays] = [newQueue(), newQueue(), newQueue()] as const;
  two.trySend('a');
  two.trySend('b');
  expect(outputOf(['remove', '--id', `${one.id}`, `${two.id}`])).toBe(
    `queue ${one.id} was removed\nqueue ${two.id} was removed, and 2 messages with it\n`,
  );
  expect(remainingQueues()).toEqual([stays.id]);
});

itSlow('sysvmq remove removes by keys, and prints what became of each as JSON', () => {
  const [one, two] = [newQueue(), newQueue()] as const;
  expect(jsonOf(['remove', '--key', `${one.key}`, `${two.key}`])).toEqual([
    { id: one.id, key: one.key, messageCount: 0, removed: true },
    { id: two.id, key: two.key, messageCount: 0, removed: true },
  ]);
  expect(remainingQueues()).toEqual([]);
});

itSlow('sysvmq remove removes none when one of them does not exist', () => {
  const { id } = newQueue();
  const { status, stdout } = runCommand(['remove', '--id', `${id}`, '32767']);
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(remainingQueues()).toEqual([id]);
});

itNeeds(otherUsers, 'sysvmq remove removes the queues that it may remove, and names the others', () => {
  const [mine, others] = [newQueue({ mode: 0o666 }), newQueue({ mode: 0o666 })] as const;
  others.set({ uid: nobody.uid });
  const { status, stdout, stderr } = runCommand(['remove', '--id', `${mine.id}`, `${others.id}`], nobody);
  expect({ status, stdout }).toEqual({ status: 1, stdout: `queue ${others.id} was removed\n` });
  expect(stderr).toMatch(
    new RegExp(`^sysvmq remove: msgctl on queue .*\\(id ${mine.id}\\) needs to be the owner.*EPERM from msgctl\\)\\n$`),
  );
  expect(remainingQueues()).toEqual([mine.id]);
});

itSlow('sysvmq remove takes ids and keys as they are', () => {
  const [one, two, stays] = [newQueue(), newQueue(), newQueue()] as const;
  outputOf(['remove', `${one.id}`, `0x${(two.key >>> 0).toString(16)}`]);
  expect(remainingQueues()).toEqual([stays.id]);
});

itSlow('sysvmq remove --all --yes removes every queue', () => {
  const [one, two] = [newQueue(), newQueue()] as const;
  two.trySend('a');
  expect(jsonOf(['remove', '--all', '--yes'])).toEqual([
    { id: one.id, key: one.key, messageCount: 0, removed: true },
    { id: two.id, key: two.key, messageCount: 1, removed: true },
  ]);
  expect(remainingQueues()).toEqual([]);
  expect(outputOf(['remove', '--all', '--yes'])).toBe('There are no queues.\n');
});

itSlow('sysvmq remove --all without --yes removes nothing where it cannot ask', () => {
  const { id } = newQueue();
  for (const args of [['--all'], ['--all', '--yes', `${id}`], ['--all', '--yes', '--id', `${id}`]]) {
    expect(runCommand(['remove', ...args])).toMatchObject({ status: 2, stdout: '' });
  }
  expect(remainingQueues()).toEqual([id]);
});

itNeeds(slow(terminalNeeds), 'on a terminal sysvmq remove --all shows the queues and asks', async () => {
  const [one, two] = [newQueue(), newQueue()] as const;
  const terminal = new Terminal(['remove', '--all']);
  await terminal.shows('Remove these 2 queues? [y/N]');
  expect(terminal.shown).toMatch(new RegExp(`  ${one.id}  .*\r\n  ${two.id}  `));
  terminal.type('n\r');
  expect(await terminal.ended).toBe(1);
  expect(remainingQueues()).toEqual([one.id, two.id]);
});

itSlow('the same queue twice is wrong usage', () => {
  const { id, key } = newQueue();
  expect(runCommand(['remove', `${id}`, `0x${(key >>> 0).toString(16)}`])).toMatchObject({
    status: 2,
    stderr: expect.stringContaining(`Queue ${id} is named twice.`),
  });
  expect(runCommand(['remove', '--id', `${id}`, `${id}`])).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('It appears twice.'),
  });
  expect(remainingQueues()).toEqual([id]);
});

itNeeds(slow(terminalNeeds), 'on a terminal sysvmq remove shows the queue and asks; y removes it', async () => {
  const queue = newQueue();
  queue.trySend('four');
  const terminal = new Terminal(['remove', '--id', `${queue.id}`]);
  await terminal.shows('[y/N]');
  expect(terminal.shown).toContain(
    `  ${queue.id}  0x${queue.key.toString(16)}  1 message, 4 bytes\r\nRemove this queue? [y/N]`,
  );
  terminal.type('y\r');
  expect(await terminal.ended).toBe(0);
  expect(terminal.shown).toContain(`queue ${queue.id} was removed, and 1 message with it`);
  expect(remainingQueues()).toEqual([]);
});

for (const [name, keys] of [
  ['Return alone', '\r'],
  ['n', 'n\r'],
  ['Ctrl-D', '\x04'],
] as const) {
  itNeeds(slow(terminalNeeds), `on a terminal ${name} removes nothing`, async () => {
    const { id } = newQueue();
    const terminal = new Terminal(['remove', '--id', `${id}`]);
    await terminal.shows('[y/N]');
    terminal.type(keys);
    expect(await terminal.ended).toBe(1);
    expect(terminal.shown).toContain('sysvmq remove: Nothing was removed.');
    expect(remainingQueues()).toEqual([id]);
  });
}

itNeeds(
  terminalNeeds,
  'on a terminal Ctrl-C at the question ends it as the signal does, and removes nothing',
  async () => {
    const { id } = newQueue();
    const terminal = new Terminal(['remove', '--id', `${id}`]);
    await terminal.shows('[y/N]');
    terminal.type('\x03');
    expect(await terminal.ended).toBe(130);
    expect(remainingQueues()).toEqual([id]);
  },
);

itNeeds(slow(terminalNeeds), 'on a terminal sysvmq remove --yes asks nothing', async () => {
  const { id } = newQueue();
  const terminal = new Terminal(['remove', '--yes', '--id', `${id}`]);
  expect(await terminal.ended).toBe(0);
  expect(terminal.shown).toBe(`queue ${id} was removed\r\n`);
  expect(remainingQueues()).toEqual([]);
});
