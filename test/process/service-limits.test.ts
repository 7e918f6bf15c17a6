/** Programs whose surroundings are narrower than usual: system calls that kill, pinned threads, stacks that others use. */

import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { compileC } from '../support/c-program';
import { type Child, type ChildContext, inChild, startChild } from '../support/child';
import { itNeeds, type Need, program } from '../support/needs';
import { newQueue } from '../support/queues';
import { itSlow, slow } from '../support/slow';
import { threadsNamed, untilWaiting } from '../support/waiting-threads';

/** systemd's @resources. */
const RESOURCES =
  'ioprio_set,mbind,migrate_pages,move_pages,sched_setaffinity,sched_setattr,sched_setparam,sched_setscheduler,set_mempolicy,setpriority,setrlimit';
const ROUND_TRIPS = 300;

const glibc: Need = {
  met: readdirSync('/proc/self/map_files', { withFileTypes: true }).length > 0 && isGlibc(),
  reason: 'this Node.js runs on another C library than glibc',
};

function isGlibc(): boolean {
  return /libc\.so\.6/.test(readFileSync('/proc/self/maps', 'latin1'));
}

// Waits in each way that there is, once.
async function waitInEachWay({ sysvmq }: ChildContext): Promise<string[]> {
  const queue = sysvmq.MessageQueue.createPrivate({ autoRemove: true, spin: 0, maxBytes: 10 });
  const failure = (promise: Promise<unknown>) => promise.then(String, (error: { code: string }) => error.code);
  const outcomes = [await failure(queue.receive({ timeout: 5 }))];
  setTimeout(() => queue.trySend('hi'), 20);
  outcomes.push(`${(await queue.receive()).data}`);
  queue.trySend('ten bytes!');
  outcomes.push(await failure(queue.send('x', { timeout: 5 })));
  setTimeout(() => queue.tryReceive(), 20);
  await queue.send('room');
  outcomes.push(`${queue.receiveSync({ timeout: 1000 }).data}`);
  try {
    queue.receiveSync({ timeout: 5 });
  } catch (error) {
    outcomes.push((error as { code: string }).code);
  }
  return outcomes;
}

const EACH_WAY = ['ETIMEDOUT', 'hi', 'ETIMEDOUT', 'room', 'ETIMEDOUT'];

// A sanitizer's library must be loaded before every other.
const mayPreload = {
  met: glibc.met && process.env['LD_PRELOAD'] === undefined,
  reason: glibc.met ? 'LD_PRELOAD is set already, as under a sanitizer' : glibc.reason,
};

describe('a program that waits in every way', () => {
  itSlow('makes no call of systemd’s @resources: SystemCallFilter=~@resources does not kill it', async () => {
    const prefix = [compileC('kill-on-call.c'), RESOURCES];
    expect(await inChild(waitInEachWay, undefined, { prefix })).toEqual(EACH_WAY);
  });

  const tls = (bytes: number) => compileC('static-tls.c', ['-shared', '-fPIC', `-DBYTES=${bytes}`]);
  for (const bytes of [8192, 58112, 60_000, 200_000, 4_000_000]) {
    itNeeds(
      slow(mayPreload),
      `does so beside a library with ${bytes} bytes of static thread-local storage`,
      async () => {
        const prefix = ['env', `LD_PRELOAD=${tls(bytes)}`];
        expect(await inChild(waitInEachWay, undefined, { prefix })).toEqual(EACH_WAY);
      },
    );
  }
});

// Answers each message of type 1 with one of type 2, parked each time.
async function answer({ sysvmq, say }: ChildContext, id: number): Promise<void> {
  const queue = sysvmq.MessageQueue.attach(id, { spin: 0 });
  say('ready');
  for (;;) {
    const { data } = await queue.receive({ type: 1 });
    if (data.toString() === 'end') return;
    await queue.send(data, { type: 2 });
  }
}

const allowed = (child: Child, thread: string): string =>
  /^Cpus_allowed_list:\s*(.*)$/m.exec(readFileSync(`/proc/${child.pid}/task/${thread}/status`, 'latin1'))?.[1] ?? '';

const pinning: Need = {
  met: program('taskset', 'util-linux').met && availableParallelism() > 1,
  reason: 'it takes two processors and taskset (Debian package util-linux)',
};

itNeeds(slow(pinning), 'the threads of the addon stay on the processor that they are pinned to', async () => {
  const queue = newQueue();
  const child = startChild(answer, queue.id);
  await child.said('ready');
  await untilWaiting('sysvmq-recv', 1, child.pid);
  const [thread] = threadsNamed('sysvmq-recv', child.pid) as [string];
  execFileSync('taskset', ['-cp', '0', String(child.pid)]);
  execFileSync('taskset', ['-cp', '1', thread]);
  for (let round = 0; round < ROUND_TRIPS; round++) {
    queue.trySend('x', { type: 1 });
    await queue.receive({ type: 2 });
    expect(allowed(child, thread)).toBe('1');
  }
  expect(allowed(child, String(child.pid))).toBe('0');
  queue.trySend('end', { type: 1 });
  await child.result;
});
