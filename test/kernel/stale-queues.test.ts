import {
  findStaleQueues,
  judgeQueues,
  MessageQueue,
  type QueueVerdict,
  removeStaleQueues,
  type StaleOptions,
} from '../../lib/index';
import { syscallNumber, syscallOfThread } from '../../tools/harness/proc.cjs';
import { inChild, nobody, startChild, until } from '../support/child';
import { itNeeds, otherUsers } from '../support/needs';
import { newQueue } from '../support/queues';
import { itSlow, slow } from '../support/slow';

// Not every machine shows every process to root: what cannot be looked into has tests of its own.
const now = { olderThan: 0, despite: ['hidden-processes'] } satisfies StaleOptions;
const unusedToo = { ...now, despite: ['hidden-processes', 'never-used'] } satisfies StaleOptions;

function verdictOf(queue: MessageQueue, options: StaleOptions = now): QueueVerdict {
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
  itSlow('when its last sender and its last receiver are gone', async () => {
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

  itSlow('when its sender was killed and no process has ever received', async () => {
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
    expect(verdictOf(queue).reasons).toContain('no process has ever received from it');
  });

  it('that was never used, only when the caller overrides that doubt', () => {
    const queue = newQueue();
    const { stale, doubts, doubtNames } = verdictOf(queue);
    expect(stale).toBe(false);
    expect(doubts).toContain('it was never used, and the kernel does not record the process that created it');
    expect(doubtNames).toContain('never-used');
    expect(verdictOf(queue, unusedToo).stale).toBe(true);
  });

  itSlow('when its last sender is a zombie', async () => {
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
  itSlow('when it was used less than olderThan ago', async () => {
    const queue = newQueue();
    await useAndEnd(queue, 'send');
    const verdict = verdictOf(queue, { olderThan: 600_000 });
    expect(verdict).toMatchObject({ stale: false, lastSender: { state: 'gone' } });
    expect(verdict.reasons).toEqual([expect.stringMatching(/^it was used \d+ seconds? ago$/)]);
    expect(findStaleQueues()).toEqual([]);
  });

  itSlow('when its last receiver is this process', async () => {
    const queue = newQueue();
    await useAndEnd(queue, 'send');
    queue.tryReceive();
    const verdict = verdictOf(queue);
    expect(verdict).toMatchObject({ stale: false, lastReceiver: { pid: process.pid, state: 'alive' } });
    expect(verdict.reasons).toEqual([
      expect.stringMatching(`^process ${process.pid} \\(.+\\), the last to receive from it, is there$`),
    ]);
  });

  itSlow.each(['msgrcv', 'msgsnd'] as const)(
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
      expect(verdictOf(queue, unusedToo).stale).toBe(true);
    },
  );

  itSlow('when a process runs at the first look, and waits for it at a later one', async () => {
    const queue = newQueue();
    const child = startChild(({ sysvmq, say }, id) => {
      const theirs = sysvmq.MessageQueue.attach(id);
      say('runs');
      while (theirs.tryReceive({ type: 9 }) === undefined);
      theirs.receiveSync({ type: 1 });
    }, queue.id);
    await child.said('runs');
    // The process begins to wait in the pause between two looks.
    const { wait } = Atomics;
    let told = false;
    const pause = jest.spyOn(Atomics, 'wait').mockImplementation((...args: Parameters<typeof wait>) => {
      if (!told) queue.trySend('', { type: 9 });
      told = true;
      while (syscallOfThread(child.pid, child.pid) !== syscallNumber('msgrcv'));
      return wait(...args);
    });
    let { waiters } = verdictOf(queue);
    try {
      await until('a look finds the process that waits', () => {
        if (waiters.length === 0) ({ waiters } = verdictOf(queue));
        return waiters.length > 0;
      });
    } finally {
      pause.mockRestore();
    }
    expect(waiters).toMatchObject([{ pid: child.pid, syscall: 'msgrcv' }]);
  });

  it('when a thread of this process waits for it', async () => {
    const queue = newQueue({ spin: 0 });
    const received = queue.receive();
    await until('a thread waits', () => verdictOf(queue).waiters.length > 0);
    expect(verdictOf(queue).waiters).toEqual([
      {
        pid: process.pid,
        threadId: expect.any(Number),
        syscall: 'msgrcv',
        processName: expect.stringMatching(/^node/),
        command: 'sysvmq-recv',
      },
    ]);
    queue.trySend('end');
    await received;
  });

  itNeeds(slow(otherUsers), 'when its last sender cannot be seen from this pid namespace', async () => {
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

  itNeeds(slow(otherUsers), "when its last sender is another user's process that /proc does not show", async () => {
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

itNeeds(
  slow(otherUsers),
  'a process that has the pid of the last sender, and started later, is not the sender',
  async () => {
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
    // Only the clock says that it is another one, and a clock can be changed.
    expect(result.verdict).toMatchObject({
      stale: false,
      lastSender: { pid: result.pid, state: 'replaced', command: 'sleep' },
      doubtNames: expect.arrayContaining(['reused-pid']),
    });
    expect(result.verdict?.reasons).toContain(
      `process ${result.pid}, the last to send to it, is gone (the pid is now that of a later process (sleep))`,
    );
  },
);

itNeeds(slow(otherUsers), 'removeStaleQueues says that processes of others may wait unseen', async () => {
  const queue = newQueue({ mode: 0o666 });
  await useAndEnd(queue, 'send');
  const verdict = await inChild(({ sysvmq }) => sysvmq.judgeQueues({ olderThan: 0 })[0], undefined, { user: nobody });
  expect(verdict?.stale).toBe(false);
  expect(verdict?.doubtNames).toContain('hidden-processes');
  expect(verdict?.doubts).toContainEqual(
    expect.stringMatching(/^process \d+ \(.+\).* may wait for it, and could not be examined$/),
  );
});

describe('removeStaleQueues', () => {
  itSlow('removes the empty ones, and keeps those with messages', async () => {
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

  itSlow('removes those with messages when asked to', async () => {
    const queue = newQueue();
    await useAndEnd(queue, 'send');
    expect(removeStaleQueues({ ...now, withMessages: true }).removed).toHaveLength(1);
    expect(MessageQueue.exists(queue.key)).toBe(false);
  });

  it('looks at the queues of the filter only', async () => {
    const [one, other] = [newQueue(), newQueue()];
    const { removed } = removeStaleQueues({ ...unusedToo, filter: ({ id }) => id === one.id });
    expect(removed.map(({ queue }) => queue.id)).toEqual([one.id]);
    expect(MessageQueue.exists(other.key)).toBe(true);
  });

  it('keeps one that is used again after it was found', () => {
    const queue = newQueue();
    // The filter runs when the queues have been listed: the message comes after the look at the queue.
    const filter = (): boolean => queue.trySend('just now');
    const { removed, kept } = removeStaleQueues({ ...unusedToo, withMessages: true, filter });
    expect(removed).toEqual([]);
    expect(kept).toEqual([
      expect.objectContaining({ stale: false, lastSender: expect.objectContaining({ state: 'alive' }) }),
    ]);
    expect(queue.tryReceive()?.data.toString()).toBe('just now');
  });

  it('skips a queue that another process removes meanwhile', () => {
    const queue = newQueue();
    const filter = (): boolean => {
      queue.remove();
      return true;
    };
    expect(removeStaleQueues({ ...unusedToo, filter })).toEqual({ removed: [], kept: [], failed: [] });
  });

  itNeeds(slow(otherUsers), 'says which it may not remove', async () => {
    const queue = newQueue();
    const [failed] = await inChild(
      ({ sysvmq }) =>
        sysvmq
          .removeStaleQueues({ olderThan: 0, despite: ['hidden-processes', 'never-used'] })
          .failed.map(({ verdict, error }) => ({
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
  [{ despite: 'never-used' }, 'ERR_INVALID_ARG_TYPE'],
  [{ despite: ['never'] }, 'ERR_OUT_OF_RANGE'],
  [5, 'ERR_INVALID_ARG_TYPE'],
])('removeStaleQueues refuses the options %j, and removes nothing', (options, code) => {
  const queue = newQueue();
  expect(() => removeStaleQueues(options as never)).toThrow(expect.objectContaining({ code }));
  expect(MessageQueue.exists(queue.key)).toBe(true);
});

const inOtherPidNamespace = ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child'];

itSlow('a process in another pid namespace may wait for a queue unseen, which is a doubt', async () => {
  const queue = newQueue();
  const waiting = startChild(({ sysvmq }, id) => sysvmq.MessageQueue.attach(id).receiveSync({ type: 7 }), queue.id, {
    prefix: inOtherPidNamespace,
  });
  await until('it waits', () => verdictOf(queue).waiters.length === 1);
  const verdict = await inChild(
    ({ sysvmq }, id) => sysvmq.judgeQueues({ olderThan: 0 }).find((each) => each.queue.id === id),
    queue.id,
    { prefix: inOtherPidNamespace },
  );
  expect(verdict).toMatchObject({ stale: false, waiters: [] });
  expect(verdict?.doubts).toContain('processes of other pid namespaces may wait for it, and could not be examined');
  await waiting.kill();
});

itSlow('processes that /proc hides (hidepid) are a doubt', async () => {
  const queue = newQueue({ mode: 0o666 });
  const verdict = await inChild(
    ({ sysvmq, require }, id) => {
      const { execFileSync } = require('node:child_process') as typeof import('node:child_process');
      execFileSync('mount', ['-t', 'proc', '-o', 'hidepid=2', 'proc', '/proc']);
      process.setgroups?.([]);
      process.setgid?.(65534);
      process.setuid?.(65534);
      return sysvmq.judgeQueues({ olderThan: 0 }).find((each) => each.queue.id === id);
    },
    queue.id,
    // The first process of the namespace is root's, and stays.
    { prefix: [...inOtherPidNamespace, 'sh', '-c', '"$0" "$@"; exit "$?"'] },
  );
  expect(verdict?.stale).toBe(false);
  expect(verdict?.doubts).toContain(
    'processes of other users that /proc hides (hidepid) may wait for it, and could not be examined',
  );
});

itSlow('an idle time that is longer than the machine is up is a doubt: the clock was changed', async () => {
  const queue = newQueue();
  await useAndEnd(queue, 'send');
  await useAndEnd(queue, 'receive');
  const yearMs = 365 * 86_400_000;
  const realNow = Date.now;
  Date.now = () => realNow() + 20 * yearMs;
  try {
    const { stale, doubtNames, doubts } = verdictOf(queue, { ...now, olderThan: yearMs });
    expect({ stale, changed: doubtNames.includes('clock-changed') }).toEqual({ stale: false, changed: true });
    expect(doubts).toContainEqual(expect.stringMatching(/^this machine has been up for .+, so the clock was changed/));
    expect(findStaleQueues({ olderThan: yearMs, despite: ['clock-changed', 'hidden-processes'] })).toHaveLength(1);
  } finally {
    Date.now = realNow;
  }
});

itSlow('the name of a process cannot control a terminal', async () => {
  const queue = newQueue();
  const child = startChild(({ sysvmq, require, say, told }, id) => {
    const { writeFileSync } = require('node:fs') as typeof import('node:fs');
    writeFileSync('/proc/self/comm', '\x1b[2J\x9b\u202e');
    sysvmq.MessageQueue.attach(id).sendSync('x');
    say('sent');
    return told();
  }, queue.id);
  await child.said('sent');
  const { lastSender, reasons } = verdictOf(queue);
  expect(lastSender.command).toBe('\\x1b[2J\\x9b\\u{202e}');
  expect(reasons.join()).not.toMatch(/[\p{Cc}\u202e]/u);
  await child.kill();
});
