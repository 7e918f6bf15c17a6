import { findStaleQueues, judgeQueues, MessageQueue, type QueueVerdict, removeStaleQueues } from '../../lib/index';
import { inChild, nobody, startChild, until } from '../support/child';
import { itNeeds, otherUsers } from '../support/needs';
import { newQueue } from '../support/queues';

const now = { olderThan: 0 };

function verdictOf(queue: MessageQueue, options = now): QueueVerdict {
  return judgeQueues(options).find((each) => each.queue.id === queue.id) as QueueVerdict;
}

/** A process that sends a message, or receives one, and ends: its pid. */
async function useAndEnd(queue: MessageQueue, what: 'send' | 'receive'): Promise<number> {
  const use = { id: queue.id, what };
  return inChild(({ sysvmq }, { id, what: what_ }) => {
    const theirs = sysvmq.MessageQueue.attach(id);
    if (what_ === 'send') theirs.sendSync('hello');
    else theirs.receiveSync();
    return process.pid;
  }, use);
}

describe('a queue is stale', () => {
  it('when its last sender and its last receiver are gone', async () => {
    const queue = newQueue();
    const sender = await useAndEnd(queue, 'send');
    const receiver = await useAndEnd(queue, 'receive');
    const verdict = verdictOf(queue);
    expect(verdict).toMatchObject({
      stale: true,
      queue: queue.stat(),
      lastSender: { pid: sender, state: 'gone' },
      lastReceiver: { pid: receiver, state: 'gone' },
      waiters: [],
    });
    expect(verdict.reasons).toEqual([
      expect.stringMatching(/^it was not used for \d+ seconds?$/),
      `process ${sender}, the last to send to it, is gone`,
      `process ${receiver}, the last to receive from it, is gone`,
    ]);
    expect(findStaleQueues(now)).toHaveLength(1);
  });

  it('when its sender was killed and nobody has ever received', async () => {
    const queue = newQueue();
    const child = startChild(({ sysvmq, say, told }, id) => {
      sysvmq.MessageQueue.attach(id).sendSync('hello');
      say('sent');
      return told();
    }, queue.id);
    await child.said('sent');
    expect(verdictOf(queue)).toMatchObject({ stale: false, lastSender: { pid: child.pid, state: 'alive' } });
    await child.kill();
    expect(verdictOf(queue)).toMatchObject({ stale: true, lastReceiver: { pid: 0, state: 'none' } });
    expect(verdictOf(queue).reasons).toContain('nobody has ever received from it');
  });

  it('when nobody has used it since it was made; its verdict says that this is little to go by', () => {
    const queue = newQueue();
    const { stale, doubts } = verdictOf(queue);
    expect(stale).toBe(true);
    expect(doubts).toContain('the kernel does not say who created it, and nobody has used it yet');
  });

  it('when its last sender is a zombie', async () => {
    const queue = newQueue();
    // The shell becomes a sleep that does not wait for the sender.
    const child = startChild(async ({ sysvmq, require, say, told }, id) => {
      const { spawn } = require('node:child_process');
      const code = `require(process.argv[1]).MessageQueue.attach(${id}).sendSync('hello'); console.log('sent')`;
      const script = '"$0" -e "$1" "$2" & exec sleep 1000';
      const shell = spawn('sh', [
        '-c',
        script,
        process.execPath,
        code,
        require.resolve(process.env['SYSVMQ_TEST_PACKAGE'] as string),
      ]);
      await new Promise((resolve) => shell.stdout.once('data', resolve));
      say('sent', sysvmq.MessageQueue.attach(id).stat().lastSenderPid);
      await told();
      shell.kill();
    }, queue.id);
    const sender = await child.said('sent');
    await until(`process ${sender} is a zombie`, () => verdictOf(queue).lastSender.state === 'gone');
    expect(() => process.kill(sender as number, 0)).not.toThrow();
    expect(verdictOf(queue).stale).toBe(true);
    child.tell('end');
    await child.result;
  });
});

describe('a queue is not stale', () => {
  it('when it was used less than olderThan ago', async () => {
    const queue = newQueue();
    await useAndEnd(queue, 'send');
    const verdict = verdictOf(queue, { olderThan: 600_000 });
    expect(verdict).toMatchObject({ stale: false, lastSender: { state: 'gone' } });
    expect(verdict.reasons).toEqual([expect.stringMatching(/^it was used \d+ seconds? ago$/)]);
    expect(findStaleQueues()).toEqual([]);
  });

  it('when its last receiver is this process', async () => {
    const queue = newQueue();
    await useAndEnd(queue, 'send');
    queue.tryReceive();
    const verdict = verdictOf(queue);
    expect(verdict).toMatchObject({ stale: false, lastReceiver: { pid: process.pid, state: 'alive' } });
    expect(verdict.reasons).toEqual([
      expect.stringMatching(`^process ${process.pid} \\(.+\\), the last to receive from it, is there$`),
    ]);
  });

  it.each(['msgrcv', 'msgsnd'] as const)(
    'when a process waits in %s, which leaves no trace in the queue',
    async (call) => {
      const queue = newQueue({ maxBytes: 5 });
      if (call === 'msgsnd') await useAndEnd(queue, 'send');
      const child = startChild(
        ({ sysvmq }, { id, receives }) => {
          const theirs = sysvmq.MessageQueue.attach(id);
          if (receives) theirs.receiveSync();
          else theirs.sendSync('more');
        },
        { id: queue.id, receives: call === 'msgrcv' },
      );
      await until(`process ${child.pid} waits`, () => verdictOf(queue).waiters.length > 0);
      const verdict = verdictOf(queue);
      expect(verdict).toMatchObject({ stale: false, waiters: [{ pid: child.pid, syscall: call }] });
      expect(verdict.reasons).toEqual([
        expect.stringMatching(`^process ${child.pid} \\(.+\\) waits for it in ${call}$`),
      ]);
      await child.kill();
      expect(verdictOf(queue).stale).toBe(true);
    },
  );

  it('when a process waits for it time and again, and runs in between', async () => {
    const queue = newQueue();
    const child = startChild(({ sysvmq, say }, id) => {
      const theirs = sysvmq.MessageQueue.attach(id);
      say('begins');
      for (;;) {
        for (const end = performance.now() + 12; performance.now() < end; );
        try {
          theirs.receiveSync({ timeout: 4 });
        } catch (error) {
          if (!(error instanceof sysvmq.TimeoutError)) throw error;
        }
      }
    }, queue.id);
    await child.said('begins');
    const seen = Array.from({ length: 20 }, () => verdictOf(queue)).filter(({ waiters }) => waiters.length > 0);
    // One look in four would find it waiting.
    expect(seen.length).toBeGreaterThan(12);
    expect(seen.every(({ waiters }) => waiters.length === 1)).toBe(true);
  });

  it('when a thread of this process waits for it', async () => {
    const queue = newQueue({ spin: 0 });
    const received = queue.receive();
    await until('a thread waits', () => verdictOf(queue).waiters.length > 0);
    expect(verdictOf(queue).waiters).toEqual([
      { pid: process.pid, threadId: expect.any(Number), syscall: 'msgrcv', command: 'sysvmq-recv' },
    ]);
    queue.trySend('end');
    await received;
  });

  itNeeds(otherUsers, 'when its last sender cannot be seen from this pid namespace', async () => {
    const queue = newQueue();
    queue.trySend('hello');
    const verdict = await inChild(({ sysvmq }) => sysvmq.judgeQueues({ olderThan: 0 })[0], undefined, {
      prefix: ['unshare', '--pid', '--fork'],
    });
    expect(verdict).toMatchObject({ stale: false, lastSender: { pid: 0, state: 'hidden' } });
    expect(verdict?.reasons).toEqual([
      'the last to send to it was a process of another pid namespace, and may be there',
    ]);
  });

  itNeeds(otherUsers, "when its last sender is another user's process that /proc does not show", async () => {
    const queue = newQueue();
    queue.trySend('hello');
    const verdict = await inChild(
      async ({ sysvmq, require }) => {
        const { execFileSync } = require('node:child_process');
        execFileSync('mount', ['-t', 'proc', '-o', 'hidepid=invisible', 'proc', '/proc']);
        process.setgroups?.([]);
        process.setgid?.(65534);
        process.setuid?.(65534);
        return sysvmq.judgeQueues({ olderThan: 0 })[0];
      },
      undefined,
      { prefix: ['unshare', '--mount'] },
    );
    expect(verdict).toMatchObject({ stale: false, lastSender: { pid: process.pid, state: 'alive' } });
  });
});

itNeeds(otherUsers, 'a process that has the pid of the last sender, and started later, is not the sender', async () => {
  const queue = newQueue();
  // In a pid namespace of its own, where the next pid can be chosen.
  const result = await inChild(
    async ({ sysvmq, require }, id) => {
      const { spawn, spawnSync } = require('node:child_process');
      const { writeFileSync } = require('node:fs');
      const theirs = sysvmq.MessageQueue.attach(id);
      const code = `require(process.argv[1]).MessageQueue.attach(${id}).sendSync('hello')`;
      const path = require.resolve(process.env['SYSVMQ_TEST_PACKAGE'] as string);
      spawnSync(process.execPath, ['-e', code, path]);
      const { lastSenderPid, lastSentAt } = theirs.stat();
      while (Date.now() < (lastSentAt as Date).getTime() + 3000)
        await new Promise((resolve) => setTimeout(resolve, 10));
      for (;;) {
        writeFileSync('/proc/sys/kernel/ns_last_pid', String(lastSenderPid - 1));
        const other = spawn('sleep', ['1000'], { stdio: 'ignore' });
        const verdict = sysvmq.judgeQueues({ olderThan: 0 })[0];
        other.kill();
        if (other.pid === lastSenderPid) return { pid: other.pid, verdict };
      }
    },
    queue.id,
    { prefix: ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child'] },
  );
  expect(result.verdict).toMatchObject({
    stale: true,
    lastSender: { pid: result.pid, state: 'replaced', command: 'sleep' },
  });
  expect(result.verdict?.reasons).toContain(
    `process ${result.pid}, the last to send to it, is gone (the pid is now that of a later process (sleep))`,
  );
});

itNeeds(otherUsers, 'removeStaleQueues says that processes of others may wait unseen', async () => {
  const queue = newQueue({ mode: 0o666 });
  await useAndEnd(queue, 'send');
  const verdict = await inChild(({ sysvmq }) => sysvmq.judgeQueues({ olderThan: 0 })[0], undefined, { user: nobody });
  expect(verdict?.stale).toBe(true);
  expect(verdict?.doubts).toEqual([
    expect.stringMatching(/^whether a process waits for it could not be seen in \d+ of the processes$/),
  ]);
});

describe('removeStaleQueues', () => {
  it('removes the empty ones, and keeps those with messages', async () => {
    const [empty, full, used] = [newQueue(), newQueue(), newQueue()];
    for (const queue of [empty, full]) await useAndEnd(queue, 'send');
    await useAndEnd(empty, 'receive');
    used.trySend('mine');
    const { removed, kept, failed } = removeStaleQueues(now);
    expect(removed.map(({ queue }) => queue.id)).toEqual([empty.id]);
    expect(kept.map(({ queue }) => queue.id)).toEqual([full.id]);
    expect(failed).toEqual([]);
    expect([empty, full, used].map(({ key }) => MessageQueue.exists(key))).toEqual([false, true, true]);
  });

  it('removes those with messages when asked to', async () => {
    const queue = newQueue();
    await useAndEnd(queue, 'send');
    expect(removeStaleQueues({ ...now, withMessages: true }).removed).toHaveLength(1);
    expect(MessageQueue.exists(queue.key)).toBe(false);
  });

  it('looks at the queues of the filter only', async () => {
    const [one, other] = [newQueue(), newQueue()];
    const { removed } = removeStaleQueues({ ...now, filter: ({ id }) => id === one.id });
    expect(removed.map(({ queue }) => queue.id)).toEqual([one.id]);
    expect(MessageQueue.exists(other.key)).toBe(true);
  });

  it('keeps one that is used again after it was found', () => {
    const queue = newQueue();
    // The filter runs when the queues have been listed: the message comes after the look at the queue.
    const filter = (): boolean => queue.trySend('just now');
    const { removed, kept } = removeStaleQueues({ ...now, withMessages: true, filter });
    expect(removed).toEqual([]);
    expect(kept).toEqual([
      expect.objectContaining({ stale: false, lastSender: expect.objectContaining({ state: 'alive' }) }),
    ]);
    expect(queue.tryReceive()?.data.toString()).toBe('just now');
  });

  it('passes over one that somebody else removes meanwhile', () => {
    const queue = newQueue();
    const filter = (): boolean => {
      queue.remove();
      return true;
    };
    expect(removeStaleQueues({ ...now, filter })).toEqual({ removed: [], kept: [], failed: [] });
  });

  itNeeds(otherUsers, 'says which it may not remove', async () => {
    const queue = newQueue();
    const [failed] = await inChild(
      ({ sysvmq }) =>
        sysvmq.removeStaleQueues({ olderThan: 0 }).failed.map(({ verdict, error }) => ({
          id: verdict.queue.id,
          name: error.name,
          code: (error as NodeJS.ErrnoException).code,
        })),
      undefined,
      { user: nobody },
    );
    expect(failed).toEqual({ id: queue.id, name: 'QueueAccessError', code: 'EPERM' });
  });
});

it.each([
  [{ olderThan: -1 }, 'ERR_OUT_OF_RANGE'],
  [{ olderThan: '1d' }, 'ERR_INVALID_ARG_TYPE'],
  [{ filter: 5 }, 'ERR_INVALID_ARG_TYPE'],
  [{ withMessages: 1 }, 'ERR_INVALID_ARG_TYPE'],
  [5, 'ERR_INVALID_ARG_TYPE'],
])('removeStaleQueues refuses the options %j, and removes nothing', (options, code) => {
  const queue = newQueue();
  expect(() => removeStaleQueues(options as never)).toThrow(expect.objectContaining({ code }));
  expect(MessageQueue.exists(queue.key)).toBe(true);
});
