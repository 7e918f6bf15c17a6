/** sysvmq prune, with queues whose users are real processes that have ended, or have not. */

import { listConsumers, type MessageQueue } from '../../lib/index';
import { inChild, nobody, startChild, until } from '../support/child';
import { jsonOf, outputOf, runCommand } from '../support/command';
import { remainingQueues } from '../support/namespace';
import { itNeeds, otherUsers } from '../support/needs';
import { newQueue } from '../support/queues';
import { itSlow, slow } from '../support/slow';

// Not every machine shows every process to root.
const now = ['--older-than', '0', '--despite', 'hidden-processes'];

interface Pruned {
  queues: { id: number; outcome: string; reasons: string[]; lastSender: { pid: number; state: string } }[];
}

/** Has a process send and, unless the message is to stay, receive; it has ended by then. Its pid. */
function abandon(queue: MessageQueue, leaveMessage = false): Promise<number> {
  return inChild(
    ({ sysvmq }, { id, leave }) => {
      const theirs = sysvmq.MessageQueue.attach(id);
      theirs.sendSync('hello');
      if (!leave) theirs.receiveSync();
      return process.pid;
    },
    { id: queue.id, leave: leaveMessage },
  );
}

function outcomes(document: unknown): [number, string][] {
  return (document as Pruned).queues.map(({ id, outcome }) => [id, outcome]);
}

itSlow(
  'sysvmq prune lists the stale queues with their reasons, the empty ones apart, and removes nothing',
  async () => {
    const [empty, full] = [newQueue(), newQueue()] as const;
    const pid = await abandon(empty);
    await abandon(full, true);
    const shown = outputOf(['prune', ...now]);
    const [emptyPart, fullPart, summary] = shown.split('\n\n') as [string, string, string];
    expect(emptyPart).toMatch(new RegExp(`^Unused, and empty:\n  queue ${empty.id}, key 0x[0-9a-f]{8}, of root\n`));
    expect(emptyPart).toContain(`    - process ${pid}, the last to send to it, is gone\n`);
    expect(emptyPart).toContain(`    - process ${pid}, the last to receive from it, is gone`);
    expect(fullPart).toMatch(/^Unused, but with messages:\n {2}queue \d+, .*, of root, 1 message of 5 bytes\n/);
    expect(summary).toBe(
      '2 queues unused, 1 with messages. --yes removes the empty ones, and with --with-messages also the others.\n',
    );
    expect(remainingQueues()).toHaveLength(2);
  },
);

itSlow('sysvmq prune --yes removes the empty ones, and says what it kept', async () => {
  const [empty, full, used] = [newQueue(), newQueue(), newQueue()] as const;
  await abandon(empty);
  await abandon(full, true);
  used.trySend('mine');
  const shown = outputOf(['prune', ...now, '--yes']);
  expect(shown).toContain(`Removed:\n  queue ${empty.id},`);
  expect(shown).toContain(`Kept, because they hold messages or are in use again:\n  queue ${full.id},`);
  expect(shown).toMatch(/\n1 queue removed, 1 kept\.\n$/);
  expect(remainingQueues().sort()).toEqual([full.id, used.id].sort());
});

itSlow('sysvmq prune --yes --with-messages removes both', async () => {
  const [empty, full] = [newQueue(), newQueue()] as const;
  await abandon(empty);
  await abandon(full, true);
  const document = jsonOf(['prune', ...now, '--yes', '--with-messages']);
  // In the order of the kernel's table, where an id that comes again may be anywhere.
  const removed = [empty, full].map(({ id }) => [id, 'removed']);
  expect(outcomes(document)).toHaveLength(removed.length);
  expect(outcomes(document)).toEqual(expect.arrayContaining(removed));
  expect(remainingQueues()).toEqual([]);
});

itSlow('sysvmq prune leaves queues alone that were used within a day, unless --older-than says otherwise', async () => {
  await abandon(newQueue());
  expect(outputOf(['prune', '--yes'])).toBe('0 queues removed.\n');
  expect(outputOf(['prune'])).toBe('No stale queues: none has been idle for 1 day and is certainly unused.\n');
  for (const [given, shown] of [
    ['90m', '1 hour 30 minutes'],
    ['86401s', '1 day 1 second'],
    ['8h', '8 hours'],
    ['1500ms', '1 second 500 ms'],
  ] as const) {
    const filter = ['--owner', '4242'];
    expect(outputOf(['prune', '--older-than', given, ...filter])).toBe(
      `No stale queues: none has been idle for ${shown} and is certainly unused.\n`,
    );
  }
  expect(remainingQueues()).toHaveLength(1);
});

itSlow('sysvmq prune keeps a queue for which a process waits, and --all says which process', async () => {
  const queue = newQueue();
  const child = startChild(({ sysvmq }, id) => sysvmq.MessageQueue.attach(id).receiveSync(), queue.id);
  await child.blockedIn('msgrcv');
  const { queues } = jsonOf(['prune', ...now, '--all', '--yes']) as Pruned;
  expect(queues).toEqual([
    expect.objectContaining({
      id: queue.id,
      outcome: 'used',
      reasons: [expect.stringMatching(`^process ${child.pid} \\(.+\\) waits for it in msgrcv$`)],
    }),
  ]);
  expect(outputOf(['prune', ...now, '--all'])).toContain('waits for it in msgrcv');
  expect(remainingQueues()).toEqual([queue.id]);
});

it('sysvmq prune --json prints all that is known of each queue', async () => {
  const queue = newQueue();
  const pid = await abandon(queue, true);
  expect(jsonOf(['prune', ...now])).toEqual({
    olderThan: 0,
    withMessages: false,
    queues: [
      expect.objectContaining({
        id: queue.id,
        key: queue.key,
        messageCount: 1,
        outcome: 'stale',
        idleFor: expect.any(Number),
        lastSender: { pid, state: 'gone' },
        lastReceiver: { pid: 0, state: 'none' },
        waiters: [],
        reasons: expect.arrayContaining([`process ${pid}, the last to send to it, is gone`]),
        doubts: expect.any(Array),
      }),
    ],
  });
});

itNeeds(slow(otherUsers), "sysvmq prune --owner looks at one user's queues", async () => {
  const [mine, theirs] = [newQueue(), newQueue()] as const;
  theirs.set({ uid: nobody.uid });
  for (const queue of [mine, theirs]) await abandon(queue);
  expect(outcomes(jsonOf(['prune', ...now, '--owner', 'nobody', '--yes']))).toEqual([[theirs.id, 'removed']]);
  expect(remainingQueues()).toEqual([mine.id]);
});

itNeeds(
  slow(otherUsers),
  'sysvmq prune fails for a queue that it may not remove, says why, and removes the rest',
  async () => {
    const [mine, theirs] = [newQueue(), newQueue({ mode: 0o666 })] as const;
    theirs.set({ uid: nobody.uid });
    for (const queue of [mine, theirs]) await abandon(queue);
    const { status, stdout, stderr } = runCommand(['prune', ...now, '--yes'], nobody);
    expect(status).toBe(1);
    expect(stdout).toContain(`Removed:\n  queue ${theirs.id},`);
    expect(stdout).toContain(`Not removed:\n  queue ${mine.id},`);
    expect(stderr).toMatch(new RegExp(`^sysvmq prune: .*(id ${mine.id}|queue ${mine.id}).*EPERM from msgctl\\)\n$`));
    expect(remainingQueues()).toEqual([mine.id]);
  },
);

itSlow.each([
  [['--older-than', 'soon'], 'duration'],
  [['--older-than', '7'], '7ms, 7s, 7m, 7h or 7d?'],
  [['--despite', 'everything'], 'Allowed choices are'],
  [['--owner', 'no-such-user'], 'There is no user no-such-user'],
  [['--older'], "unknown option '--older'"],
  [['3'], 'too many arguments'],
])('sysvmq prune refuses %j, and removes nothing', async (args, words) => {
  await abandon(newQueue());
  const { status, stdout, stderr } = runCommand(['prune', '--yes', ...args]);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toContain(words);
  expect(remainingQueues()).toHaveLength(1);
});

itSlow(
  'sysvmq prune keeps an empty queue while a consumer takes from it, and while a dead one has its message in hand',
  async () => {
    const queue = newQueue();
    const consumer = startChild(({ sysvmq, say }, key) => {
      sysvmq.MessageQueue.open(key).consume(() => {
        say('in hand');
        return new Promise(() => undefined);
      });
      return new Promise(() => undefined);
    }, queue.key);
    await inChild(({ sysvmq }, id) => sysvmq.MessageQueue.attach(id).sendSync('the only copy'), queue.id);
    await consumer.said('in hand');
    expect(jsonOf(['prune', ...now, '--all', '--yes'])).toMatchObject({ queues: [{ id: queue.id, outcome: 'used' }] });
    await consumer.kill();
    await until('its lock is free', () => listConsumers().every(({ alive }) => !alive));
    const { queues } = jsonOf(['prune', ...now, '--yes']) as Pruned;
    expect(queues).toMatchObject([
      { id: queue.id, outcome: 'doubtful', doubtNames: expect.arrayContaining(['messages-in-hand']) },
    ]);
    expect(outputOf(['prune', ...now])).toContain('but 1 message of it is in hand of a consumer that has ended');
    expect(outputOf(['recover', '--id', `${queue.id}`])).toBe(`1 message put back into queue ${queue.id}\n`);
    expect(queue.tryReceive()?.data.toString()).toBe('the only copy');
  },
);

itSlow('sysvmq prune keeps a queue in doubt, and says what the doubt is and how to override it', () => {
  const queue = newQueue();
  const { queues } = jsonOf(['prune', ...now, '--yes']) as Pruned;
  expect(queues).toEqual([expect.objectContaining({ id: queue.id, outcome: 'doubtful' })]);
  const shown = outputOf(['prune', ...now, '--yes']);
  expect(shown).toContain('Kept, because they may be in use, and empty:');
  expect(shown).toContain('but it was never used');
  expect(shown).toMatch(/0 queues removed, 1 kept\.\n--despite never-used.* also counts/);
  expect(outcomes(jsonOf(['prune', ...now, 'never-used', '--yes']))).toEqual([[queue.id, 'removed']]);
  expect(remainingQueues()).toEqual([]);
});
