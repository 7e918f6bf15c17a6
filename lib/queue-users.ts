/** Which processes use a queue, as far as /proc tells: its last sender and receiver, and who is blocked on it. */

import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { LastUser, QueueWaiter } from '../types/stale-queues';

/** Clock ticks a second in /proc/PID/stat: the same on all architectures that Node.js runs on (time(7), USER_HZ). */
const TICKS_PER_SECOND = 100;
/**
 * How much later than a use a process must have started to be another one. msg_stime is a whole second, the tick of the
 * start a hundredth, and the kernel takes msg_stime from a clock that may lag a little.
 */
const START_MARGIN_SECONDS = 2;

/** The numbers of the system calls (arch/x86/entry/syscalls/syscall_64.tbl, include/uapi/asm-generic/unistd.h). */
const GENERIC_CALLS = { '188': 'msgrcv', '189': 'msgsnd' } as const;
type Calls = Record<string, QueueWaiter['syscall']>;
const CALLS: Record<string, Calls> = {
  x64: { '69': 'msgsnd', '70': 'msgrcv' },
  arm64: GENERIC_CALLS,
  riscv64: GENERIC_CALLS,
  loong64: GENERIC_CALLS,
};

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

/** What became of the process `pid`, which used a queue at `usedAt` (null: never) for the last time. */
export function findLastUser(pid: number, usedAt: Date | null): LastUser {
  if (pid === 0) return { pid, state: usedAt === null ? 'none' : 'hidden', command: undefined };
  if (!hasProcess(pid)) return { pid, state: 'gone', command: undefined };
  const process = readProcess(pid);
  if (process === undefined) return { pid, state: 'alive', command: undefined };
  const { command, ended, startedAt } = process;
  if (ended) return { pid, state: 'gone', command: undefined };
  const replaced = usedAt !== null && startedAt > usedAt.getTime() / 1000 + START_MARGIN_SECONDS;
  return { pid, state: replaced ? 'replaced' : 'alive', command };
}

// Not by /proc, which may belong to another pid namespace, or hide the processes of others (hidepid). Threads count.
function hasProcess(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

interface ProcessFacts {
  command: string;
  /** A zombie, without other threads. */
  ended: boolean;
  /** Seconds since the epoch. */
  startedAt: number;
}

// Undefined when /proc does not tell, or tells of another pid namespace.
function readProcess(pid: number): ProcessFacts | undefined {
  if (linkOf('/proc/self') !== String(process.pid)) return undefined;
  const stat = read(`/proc/${pid}/stat`);
  const uptime = Number.parseFloat(read('/proc/uptime') ?? '');
  // The name may hold parentheses and blanks; what follows its last one are numbers (proc(5)).
  const nameEnd = stat?.lastIndexOf(')') ?? -1;
  if (stat === undefined || nameEnd < 0 || !Number.isFinite(uptime)) return undefined;
  const fields = stat.slice(nameEnd + 2).split(' ');
  const [state, threads, startTicks] = [fields[0], Number(fields[17]), Number(fields[19])];
  return {
    command: stat.slice(stat.indexOf('(') + 1, nameEnd),
    ended: (state === 'Z' || state === 'X') && threads <= 1,
    startedAt: Date.now() / 1000 - uptime + startTicks / TICKS_PER_SECOND,
  };
}

/** Who is blocked in msgsnd or msgrcv in this IPC namespace, by queue, and how many processes would not say. */
export interface Waiters {
  byQueue: Map<number, QueueWaiter[]>;
  /** Processes that could not be looked into; undefined: none could. */
  unseen: number | undefined;
}

/**
 * Looks through /proc for threads that wait for a queue: msqid_ds has no trace of them.
 *
 * /proc/PID/task/TID/syscall shows the call in which a thread is blocked, and its arguments. It takes the right to
 * ptrace the process. Not seen are processes of other pid namespaces than this one and those below it, and 32-bit
 * programs, whose calls have other numbers.
 */
export function findWaiters(): Waiters {
  const calls = CALLS[process.arch];
  const namespace = linkOf('/proc/self/ns/ipc');
  const byQueue = new Map<number, QueueWaiter[]>();
  if (calls === undefined || namespace === undefined) return { byQueue, unseen: undefined };
  const processes = namesIn('/proc').filter((name) => /^\d+$/.test(name));
  const refusing = processes.filter((name) => {
    const its = linkOf(`/proc/${name}/ns/ipc`);
    return (its === undefined || its === namespace) && !collectWaiters(Number(name), calls, byQueue);
  });
  return { byQueue, unseen: refusing.length };
}

// False when the process would not say.
function collectWaiters(pid: number, calls: Calls, byQueue: Waiters['byQueue']): boolean {
  for (const thread of namesIn(`/proc/${pid}/task`)) {
    const folder = `/proc/${pid}/task/${thread}`;
    try {
      const call = blockedCall(readFileSync(`${folder}/syscall`, 'latin1'), calls);
      if (call === undefined) continue;
      const command = read(`${folder}/comm`)?.trim();
      const waiter = { pid, threadId: Number(thread), syscall: call.syscall, command };
      byQueue.set(call.queueId, [...(byQueue.get(call.queueId) ?? []), waiter]);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EACCES' || code === 'EPERM') return false; // The rest has ended meanwhile.
    }
  }
  return true;
}

// "70 0x5 0x7f… …": the call's number and its arguments in hexadecimal; "running" for a thread that does not wait.
function blockedCall(line: string, calls: Calls): { syscall: QueueWaiter['syscall']; queueId: number } | undefined {
  const [number, id] = line.split(' ');
  const syscall = calls[number ?? ''];
  // An int: the upper half of the register is not the kernel's concern.
  return syscall === undefined ? undefined : { syscall, queueId: Number(BigInt.asIntN(32, BigInt(id ?? 0))) };
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
