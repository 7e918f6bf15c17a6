/** Which processes use a queue, as far as /proc tells: its last sender and receiver, and who is blocked on it. */

import { isUtf8 } from 'node:buffer';
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import type { LastUser, QueueWaiter } from '../../types/stale-queues';
import { escaped, printableText } from '../core/printable';

/** Clock ticks a second in /proc/PID/stat: the same on all architectures that Node.js runs on (time(7), USER_HZ). */
const TICKS_PER_SECOND = 100;
/**
 * How much later than a use a process must have started to be another one. msg_stime is a whole second, the tick of the
 * start a hundredth, and the kernel takes msg_stime from a clock that may lag a little.
 */
const START_MARGIN_SECONDS = 2;

/**
 * The numbers of the system calls (arch/x86/entry/syscalls/syscall_64.tbl, include/uapi/asm-generic/unistd.h), and of those
 * that 32-bit programs make on the same kernel (syscall_32.tbl, arch/arm64/tools/syscall_32.tbl).
 */
const GENERIC_CALLS = { '188': 'msgrcv', '189': 'msgsnd' } as const;
type Calls = Record<string, QueueWaiter['syscall']>;
const CALLS: Record<string, Calls> = {
  x64: { '69': 'msgsnd', '70': 'msgrcv', '400': 'msgsnd', '401': 'msgrcv' },
  arm64: { ...GENERIC_CALLS, '301': 'msgsnd', '302': 'msgrcv' },
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

function exists(path: string): boolean {
  try {
    statSync(path);
    return true;
  } catch {
    return false;
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
    command: findProcess(pid)?.name ?? printableName(stat.slice(stat.indexOf('(') + 1, nameEnd)),
    ended: (state === 'Z' || state === 'X') && threads <= 1,
    startedAt: Date.now() / 1000 - uptime + startTicks / TICKS_PER_SECOND,
  };
}

/** The process that has this number, or a thread of this number. Undefined when /proc does not tell. */
export function findProcess(id: number): { pid: number; name: string | undefined } | undefined {
  if (linkOf('/proc/self') !== String(process.pid)) return undefined;
  const [, group] = /^Tgid:\s*(\d+)$/m.exec(read(`/proc/${id}/status`) ?? '') ?? [];
  return group === undefined ? undefined : { pid: Number(group), name: processName(Number(group)) };
}

// ps and top take the name of a process's first thread for that of the process, and Node.js 24 calls it "MainThread".
const NAME_OF_FIRST_THREAD = /MainThread$/;

function processName(pid: number): string | undefined {
  const name = commandOf(`/proc/${pid}`);
  if (name === undefined || !NAME_OF_FIRST_THREAD.test(name)) return name;
  const program = basename(read(`/proc/${pid}/cmdline`)?.split('\0')[0] ?? '');
  return program === '' ? name : printableName(program);
}

/** The threads that are blocked in msgsnd or msgrcv in this IPC namespace, by queue, and the processes that could not be examined. */
export interface Waiters {
  byQueue: Map<number, QueueWaiter[]>;
  /** What processes could not be looked into: phrases. */
  unseen: string[];
}

/**
 * A thread that waits in slices, as receiveSync does, runs for a moment in between, and for longer where the processor
 * is taken: one that runs is looked at again, so often at most, after so many milliseconds each.
 */
const LOOKS = 6;
const PAUSE_MS = 5;

/**
 * Looks through /proc for threads that wait for a queue: msqid_ds has no trace of them.
 *
 * /proc/PID/task/TID/syscall shows the call in which a thread is blocked, and its arguments. It takes the right to
 * ptrace the process. Not seen are processes of other pid namespaces than this one and those below it: `unseen` says so.
 */
export function findWaiters(): Waiters {
  const calls = CALLS[process.arch];
  const namespace = linkOf('/proc/self/ns/ipc');
  const byQueue = new Map<number, QueueWaiter[]>();
  if (calls === undefined || namespace === undefined) return { byQueue, unseen: ['any process of this system'] };
  const processes = namesIn('/proc').filter((name) => {
    if (!/^\d+$/.test(name)) return false;
    const its = linkOf(`/proc/${name}/ns/ipc`);
    return its === undefined || its === namespace;
  });
  const looked = processes.map((name) => lookInto(Number(name), calls, byQueue));
  let running = looked.flatMap((threads) => threads ?? []);
  for (let look = 1; look < LOOKS && running.length > 0; look++) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
    running = running.filter((thread) => lookAt(thread, calls, byQueue) === 'runs');
  }
  const unseen = [...outOfSight(), ...closed(processes.filter((_, index) => looked[index] === undefined))];
  return { byQueue, unseen };
}

/** The first pid namespace of a machine (include/linux/proc_ns.h, PROC_PID_INIT_INO): it alone sees every process. */
const INITIAL_PID_NAMESPACE = 'pid:[4026531836]';

// Processes that /proc does not even list.
function outOfSight(): string[] {
  const phrases: string[] = [];
  if (linkOf('/proc/self/ns/pid') !== INITIAL_PID_NAMESPACE) phrases.push('processes of other pid namespaces');
  // Mounted with hidepid, /proc leaves out the processes of others; the kernel knows them anyway.
  if (hasProcess(1) && !exists('/proc/1')) {
    phrases.push('processes of other users that /proc hides (hidepid)');
  }
  return phrases;
}

/** So many processes are named. */
const MAX_NAMED = 4;

// Processes that /proc lists, and that may not be looked into.
function closed(pids: string[]): string[] {
  if (pids.length === 0) return [];
  const named = pids.slice(0, MAX_NAMED).map((pid) => {
    const command = commandOf(`/proc/${pid}`);
    return command === undefined ? pid : `${pid} (${command})`;
  });
  const others = pids.length - named.length;
  return [`process ${named.join(', ')}${others > 0 ? ` and ${others} more` : ''}`];
}

// A process may call itself what it likes, and a terminal must not obey its name.
function commandOf(folder: string): string | undefined {
  const name = read(`${folder}/comm`)?.replace(/\n$/, '');
  return name === undefined ? undefined : printableName(name);
}

function printableName(latin1: string): string {
  const bytes = Buffer.from(latin1, 'latin1');
  return isUtf8(bytes) ? printableText(bytes.toString()) : latin1.replace(/[^ -~]/g, escaped);
}

interface Thread {
  pid: number;
  threadId: number;
}

// The threads that run. Undefined when the process would not say.
function lookInto(pid: number, calls: Calls, byQueue: Waiters['byQueue']): Thread[] | undefined {
  const running: Thread[] = [];
  for (const name of namesIn(`/proc/${pid}/task`)) {
    const thread = { pid, threadId: Number(name) };
    const state = lookAt(thread, calls, byQueue);
    if (state === 'hidden') return undefined;
    // This very thread runs as long as it looks.
    if (state === 'runs' && pid !== process.pid) running.push(thread);
  }
  return running;
}

// One that waits for a queue is entered there.
function lookAt({ pid, threadId }: Thread, calls: Calls, byQueue: Waiters['byQueue']): 'hidden' | 'runs' | 'sleeps' {
  const folder = `/proc/${pid}/task/${threadId}`;
  try {
    const line = readFileSync(`${folder}/syscall`, 'latin1');
    if (line.startsWith('running')) return 'runs';
    const call = blockedCall(line, calls);
    if (call !== undefined) {
      const names = { processName: processName(pid), command: commandOf(folder) };
      const waiter = { pid, threadId, syscall: call.syscall, ...names };
      byQueue.set(call.queueId, [...(byQueue.get(call.queueId) ?? []), waiter]);
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EACCES' || code === 'EPERM') return 'hidden'; // The rest has ended meanwhile.
  }
  return 'sleeps';
}

// "70 0x5 0x7f… …": the call's number and its arguments in hexadecimal.
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
