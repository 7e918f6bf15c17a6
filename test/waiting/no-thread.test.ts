/** A process that may start no further thread: its waits go on by timers. */

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { type ChildContext, inChild, nobody, startChild } from '../support/child';
import { itNeeds, otherUsers, program } from '../support/needs';
import { fullQueue, newQueue } from '../support/queues';
import { slow } from '../support/slow';
import { threadsNamed, untilWaiting } from '../support/waiting-threads';

const prlimit = program('prlimit', 'util-linux');
const needs = { met: otherUsers.met && prlimit.met, reason: `${otherUsers.reason}, and prlimit (util-linux)` };

interface Queues {
  empty: number;
  full: number;
}

// Waits in each way after it learned that no thread is available, and reports the results.
async function waitInEachWay({ sysvmq, say, told }: ChildContext, { empty, full }: Queues): Promise<unknown> {
  const warnings: unknown[] = [];
  process.on('warning', (warning: Error & { code?: string; detail?: string }) => {
    warnings.push([warning.name, warning.code, `${warning.message} ${warning.detail}`]);
  });
  const receiving = sysvmq.MessageQueue.attach(empty, { spin: 0 });
  const sending = sysvmq.MessageQueue.attach(full, { spin: 0 });
  const failure = (promise: Promise<unknown>) => promise.then(String, (error: { code: string }) => error.code);
  say('ready');
  await told();
  const timedOut = [
    await failure(receiving.receive({ type: 3, timeout: 30 })),
    await failure(sending.send('x', { timeout: 30 })),
  ];
  const waits = [
    receiving.receive({ type: 7 }).then(({ data }) => `${data}`),
    receiving
      .messages({ type: 8 })
      .next()
      .then(({ value }) => `${value.data}`),
    sending.send('one').then(() => 'sent'),
    sending.sendMany([{ data: 'two' }, { data: 'tri' }]).then((count) => `${count} sent`),
  ];
  say('waiting');
  return { timedOut, outcomes: await Promise.all(waits), warnings };
}

// Only its own user may change the limits of a process, where root lacks CAP_SYS_RESOURCE.
function limitThreads(pid: number, threads: string): void {
  const asNobody = [`--reuid=${nobody.uid}`, `--regid=${nobody.gid}`, '--clear-groups'];
  execFileSync('setpriv', [...asNobody, 'prlimit', '--pid', String(pid), `--nproc=${threads}:`]);
}

function hardLimit(pid: number): string {
  return /^Max processes +\S+ +(\S+)/m.exec(readFileSync(`/proc/${pid}/limits`, 'latin1'))?.[1] ?? '';
}

describe('a process without another thread', () => {
  itNeeds(slow(needs), 'waits anyway, in each way, and warns once', async () => {
    const empty = newQueue({ mode: 0o666 });
    const full = fullQueue();
    full.set({ mode: 0o666 });
    const child = startChild(waitInEachWay, { empty: empty.id, full: full.id }, { user: nobody });
    await child.said('ready');
    limitThreads(child.pid, '1');
    child.tell('go on');
    await child.said('waiting');
    expect(threadsNamed('sysvmq-recv', child.pid)).toEqual([]);
    expect(threadsNamed('sysvmq-send', child.pid)).toEqual([]);
    empty.trySend('seven', { type: 7 });
    empty.trySend('', { type: 8 });
    while (full.tryReceive() !== undefined);
    expect(await child.result).toEqual({
      timedOut: ['ETIMEDOUT', 'ETIMEDOUT'],
      outcomes: ['seven', '', 'sent', '2 sent'],
      warnings: [
        [
          'SysvmqWarning',
          'SYSVMQ_NO_THREAD',
          expect.stringMatching(/1 wait needs.*ulimit -u.*pids\.max.*TasksMax.*--pids-limit/),
        ],
      ],
    });
  });

  itNeeds(needs, 'waits with a thread again when it may have one', async () => {
    const queue = newQueue({ mode: 0o666 });
    const child = startChild(
      async ({ sysvmq, say, told }: ChildContext, id: number) => {
        say('ready');
        await told();
        const message = sysvmq.MessageQueue.attach(id, { spin: 0 }).receive();
        say('waiting');
        return `${(await message).data}`;
      },
      queue.id,
      { user: nobody },
    );
    await child.said('ready');
    limitThreads(child.pid, '1');
    child.tell('go on');
    await child.said('waiting');
    expect(threadsNamed('sysvmq-recv', child.pid)).toEqual([]);
    limitThreads(child.pid, hardLimit(child.pid));
    await untilWaiting('sysvmq-recv', 1, child.pid);
    queue.trySend('hello');
    expect(await child.result).toBe('hello');
  });

  itNeeds(slow(needs), 'ends while it waits', async () => {
    const queue = newQueue({ mode: 0o666 });
    const outcome = await inChild(
      async ({ sysvmq, require }: ChildContext, id: number) => {
        const { execFileSync: run } = require('node:child_process') as typeof import('node:child_process');
        run('prlimit', ['--pid', String(process.pid), '--nproc=1:']);
        sysvmq.MessageQueue.attach(id, { spin: 0 }).unref().receive();
        return 'ended';
      },
      queue.id,
      { user: nobody },
    );
    expect(outcome).toBe('ended');
  });
});
