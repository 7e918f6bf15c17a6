/** What the kernel says of threads that wait, in this process or another. */

import { readThread, syscallNumber, syscallOfThread, threadsOf } from '../../tools/harness/proc.cjs';
import { until } from './child';

export { readThread, threadsOf };

/** The threads with which this library waits. */
type ThreadName = 'sysvmq-recv' | 'sysvmq-send' | 'sysvmq-note';

const CALL_OF = { 'sysvmq-recv': 'msgrcv', 'sysvmq-send': 'msgsnd', 'sysvmq-note': 'msgsnd' } as const;

/** The ids of the threads of this name. */
export function threadsNamed(name: ThreadName | 'sysvmq-keep' | 'sysvmq-lock', pid = process.pid): string[] {
  return threadsOf(pid).filter((thread) => readThread(pid, thread, 'comm') === name);
}

/** The ids of those that are inside their system call, msgrcv or msgsnd. */
export function threadsInKernel(name: ThreadName, pid = process.pid): string[] {
  const number = syscallNumber(CALL_OF[name]);
  return threadsNamed(name, pid).filter((thread) => syscallOfThread(pid, thread) === number);
}

/** The ids of those that have nothing to do: they wait, but not in their system call. */
export function threadsAtRest(name: ThreadName, pid = process.pid): string[] {
  const busy = syscallNumber(CALL_OF[name]);
  return threadsNamed(name, pid).filter((thread) => {
    const number = syscallOfThread(pid, thread);
    return number !== undefined && number !== busy;
  });
}

/** Whether there are threads of this name, and all of them rest: the event loop knows all that they have seen. */
export function threadsRest(name: ThreadName, pid = process.pid): boolean {
  const futex = syscallNumber('futex');
  const threads = threadsNamed(name, pid);
  return threads.length > 0 && threads.every((thread) => syscallOfThread(pid, thread) === futex);
}

/** Waits until so many threads of this name are inside their system call. */
export async function untilWaiting(name: ThreadName, count: number, pid = process.pid): Promise<void> {
  await until(`${count} threads ${name} wait in process ${pid}`, () => threadsInKernel(name, pid).length === count);
}

/** Waits until no thread of this library is left. */
export async function untilNoThreads(pid = process.pid, timeoutMs?: number): Promise<void> {
  const names = Object.keys(CALL_OF) as ThreadName[];
  const noneIsLeft = (): boolean => names.every((name) => threadsNamed(name, pid).length === 0);
  await until(`process ${pid} has no thread of this library`, noneIsLeft, timeoutMs);
}

/** Waits until `count` threads of a process, of any name, are inside this system call at the same time. */
export async function threadsBlockedIn(pid: number, syscall: 'msgsnd' | 'msgrcv', count = 1): Promise<void> {
  const number = syscallNumber(syscall);
  await until(`${count} threads of process ${pid} block in ${syscall}`, () => {
    return threadsOf(pid).filter((thread) => syscallOfThread(pid, thread) === number).length >= count;
  });
}
