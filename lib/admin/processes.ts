/**
 * The processes that use a queue, as far as /proc shows: its last sender and receiver, and the threads blocked on it.
 */

import { isUtf8 } from 'node:buffer';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { escaped, printableText } from '../core/printable';
import { readLink, readText } from '../kernel/read-file';

/** The state of the process that last sent to a queue, or received from it. */
export interface LastUser {
  /** 0: none, or not visible in this pid namespace. After a receive that had blocked: the thread's id. */
  pid: number;
  /**
   * - `none`: there was no send, or no receive, yet.
   * - `gone`: the process has ended.
   * - `replaced`: it has ended; the process that has its pid now started after that use.
   * - `alive`: it runs, or nothing shows that it has ended.
   * - `hidden`: it belongs to an invisible pid namespace, or the kernel does not report it.
   */
  state: 'none' | 'gone' | 'replaced' | 'alive' | 'hidden';
  /** The name of the process that has the pid now, if it can be read. */
  command: string | undefined;
}

/** A thread that is blocked in a call on a queue. */
export interface QueueWaiter {
  /** The process. */
  pid: number;
  /** The thread in it. */
  threadId: number;
  /** The call that it is blocked in. */
  syscall: 'msgsnd' | 'msgrcv';
  /** The name of the process, as ps shows it. */
  processName: string | undefined;
  /** The name of the thread. */
  command: string | undefined;
}

/** Clock ticks a second in /proc/PID/stat: the same on all architectures that Node.js runs on (time(7), USER_HZ). */
const TICKS_PER_SECOND = 100;
/**
 * How much later than the last use a process must have started to be another process. msg_stime is in whole seconds, a
 * start time in hundredths, and the kernel takes msg_stime from a clock that may lag a little.
 */
const START_MARGIN_SECONDS = 2;

/**
 * The numbers of the system calls (arch/x86/entry/syscalls/syscall_64.tbl, include/uapi/asm-generic/unistd.h), and of
 * those of 32-bit programs on the same kernel (syscall_32.tbl, arch/arm64/tools/syscall_32.tbl).
 */
const GENERIC_CALLS = { '188': 'msgrcv', '189': 'msgsnd' } as const;
type Calls = Record<string, QueueWaiter['syscall']>;
const CALLS: Record<string, Calls> = {
  x64: { '69': 'msgsnd', '70': 'msgrcv', '400': 'msgsnd', '401': 'msgrcv' },
  arm64: { ...GENERIC_CALLS, '301': 'msgsnd', '302': 'msgrcv' },
  riscv64: GENERIC_CALLS,
  loong64: GENERIC_CALLS,
};

const read = (path: string): string | undefined => readText(path, 'latin1');

function exists(path: string): boolean {
  try {
    statSync(path);
    return true;
  } catch {
    return false;
  }
}

/** Finds out whether the process `pid`, which last used a queue at `usedAt` (null: never), still runs. */
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

// Does not ask /proc, which may belong to another pid namespace or hide other users' processes (hidepid). Threads
// count.
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
  /** Whether it is a zombie without other threads. */
  ended: boolean;
  /** Seconds since the epoch. */
  startedAt: number;
}

// Undefined when /proc does not show it, or belongs to another pid namespace.
function readProcess(pid: number): ProcessFacts | undefined {
  if (readLink('/proc/self') !== String(process.pid)) return undefined;
  const stat = read(`/proc/${pid}/stat`);
  const uptime = Number.parseFloat(read('/proc/uptime') ?? '');
  // The name may contain parentheses and spaces; after its last parenthesis come numbers (proc(5)).
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

/** The process or thread with this number. Undefined when /proc does not show it. */
export function findProcess(id: number): { pid: number; name: string | undefined } | undefined {
  if (readLink('/proc/self') !== String(process.pid)) return undefined;
  const [, group] = /^Tgid:\s*(\d+)$/m.exec(read(`/proc/${id}/status`) ?? '') ?? [];
  return group === undefined ? undefined : { pid: Number(group), name: processName(Number(group)) };
}

// Like ps and top, takes the name of the process's first thread. Node.js 24 calls that thread "MainThread".
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
  /** Phrases that name the processes that could not be examined. */
  unseen: string[];
}

/**
 * A thread that waits in slices, as in receiveSync, runs for a moment between them, and longer on a busy processor. So
 * a running thread is examined again, this many times, with a pause of this many milliseconds.
 */
const LOOKS = 6;
const PAUSE_MS = 5;

/**
 * Searches /proc for threads that wait for a queue, because msqid_ds does not record them.
 *
 * /proc/PID/task/TID/syscall shows the call in which a thread is blocked, and its arguments. Reading it requires the
 * right to ptrace the process. Processes outside this pid namespace and its descendants are not visible: `unseen` then
 * says so.
 */
export function findWaiters(): Waiters {
  const calls = CALLS[process.arch];
  const namespace = readLink('/proc/self/ns/ipc');
  const byQueue = new Map<number, QueueWaiter[]>();
  if (calls === undefined || namespace === undefined) return { byQueue, unseen: ['any process of this system'] };
  const processes = namesIn('/proc').filter((name) => {
    if (!/^\d+$/.test(name)) return false;
    const its = readLink(`/proc/${name}/ns/ipc`);
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

// Processes that /proc does not list.
function outOfSight(): string[] {
  const phrases: string[] = [];
  if (readLink('/proc/self/ns/pid') !== INITIAL_PID_NAMESPACE) phrases.push('processes of other pid namespaces');
  // With the mount option hidepid, /proc leaves out other users' processes; the kernel still reports them.
  if (hasProcess(1) && !exists('/proc/1')) {
    phrases.push('processes of other users that /proc hides (hidepid)');
  }
  return phrases;
}

/** The most processes that a phrase names. */
const MAX_NAMED = 4;

// Processes that /proc lists but this user may not examine.
function closed(pids: string[]): string[] {
  if (pids.length === 0) return [];
  const named = pids.slice(0, MAX_NAMED).map((pid) => {
    const command = commandOf(`/proc/${pid}`);
    return command === undefined ? pid : `${pid} (${command})`;
  });
  const others = pids.length - named.length;
  return [`process ${named.join(', ')}${others > 0 ? ` and ${others} more` : ''}`];
}

// A process chooses its own name, which must not control a terminal.
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

// The running threads. Undefined when the process is not readable.
function lookInto(pid: number, calls: Calls, byQueue: Waiters['byQueue']): Thread[] | undefined {
  const running: Thread[] = [];
  for (const name of namesIn(`/proc/${pid}/task`)) {
    const thread = { pid, threadId: Number(name) };
    const state = lookAt(thread, calls, byQueue);
    if (state === 'hidden') return undefined;
    // This thread itself runs during the search.
    if (state === 'runs' && pid !== process.pid) running.push(thread);
  }
  return running;
}

// A thread that waits for a queue is recorded there.
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
    if (code === 'EACCES' || code === 'EPERM') return 'hidden'; // The other threads have ended meanwhile.
  }
  return 'sleeps';
}

// "70 0x5 0x7f… …": the call's number and its arguments in hexadecimal.
function blockedCall(line: string, calls: Calls): { syscall: QueueWaiter['syscall']; queueId: number } | undefined {
  const [number, id] = line.split(' ');
  const syscall = calls[number ?? ''];
  // An int: the kernel ignores the upper half of the register.
  return syscall === undefined ? undefined : { syscall, queueId: Number(BigInt.asIntN(32, BigInt(id ?? 0))) };
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
