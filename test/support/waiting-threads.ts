/** What the kernel says of the threads with which this library waits, in this process or another. */

import { readdirSync, readFileSync } from 'node:fs';
import { until } from './child';

export type ThreadName = 'sysvmq-recv' | 'sysvmq-send';

// As in child.ts: include/uapi/asm-generic/unistd.h and arch/x86/entry/syscalls/syscall_64.tbl.
const SYSCALLS: Record<string, Record<ThreadName, string>> = {
  x64: { 'sysvmq-recv': '70', 'sysvmq-send': '69' },
  arm64: { 'sysvmq-recv': '188', 'sysvmq-send': '189' },
};

/** The ids of the threads of a process. */
export function threadsOf(pid: number): string[] {
  return readdirSync(`/proc/${pid}/task`);
}

/** A file of a thread's; empty when the thread has ended. */
export function readThread(pid: number, thread: string, file: 'comm' | 'status' | 'syscall'): string {
  try {
    return readFileSync(`/proc/${pid}/task/${thread}/${file}`, 'latin1').trim();
  } catch {
    return '';
  }
}

/** The ids of the threads of this name. */
export function threadsNamed(name: ThreadName, pid = process.pid): string[] {
  return threadsOf(pid).filter((thread) => readThread(pid, thread, 'comm') === name);
}

/** The ids of those that are inside their system call, msgrcv or msgsnd. */
export function threadsInKernel(name: ThreadName, pid = process.pid): string[] {
  return threadsNamed(name, pid).filter((thread) => blockedIn(thread, pid) === numberOf(name));
}

/** The ids of those that have nothing to do: they wait, but not in their system call. */
export function threadsAtRest(name: ThreadName, pid = process.pid): string[] {
  return threadsNamed(name, pid).filter((thread) => {
    const number = blockedIn(thread, pid);
    return number !== undefined && number !== numberOf(name);
  });
}

function numberOf(name: ThreadName): string {
  const number = SYSCALLS[process.arch]?.[name];
  if (number === undefined) throw new Error(`the number of the system call on ${process.arch} is not known`);
  return number;
}

/** The number of the system call that a thread waits in. */
function blockedIn(thread: string, pid: number): string | undefined {
  return /^\d+/.exec(readThread(pid, thread, 'syscall'))?.[0];
}

/** Waits until so many threads of this name are inside their system call. */
export async function untilWaiting(name: ThreadName, count: number, pid = process.pid): Promise<void> {
  await until(`${count} threads ${name} wait in process ${pid}`, () => threadsInKernel(name, pid).length === count);
}

/** Waits until no thread of this library is left. */
export async function untilNoThreads(pid = process.pid, timeoutMs?: number): Promise<void> {
  const noneIsLeft = (): boolean =>
    threadsNamed('sysvmq-recv', pid).length === 0 && threadsNamed('sysvmq-send', pid).length === 0;
  await until(`process ${pid} has no thread of this library`, noneIsLeft, timeoutMs);
}
