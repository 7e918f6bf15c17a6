/** Threads of a process that wait in the kernel: child.ts looks at the main thread, this at all of them. */

import { readdirSync, readFileSync } from 'node:fs';
import { until } from './child';

// Linux's numbers of the system calls (include/uapi/asm-generic/unistd.h, arch/x86/entry/syscalls/syscall_64.tbl).
const SYSCALLS: Record<string, Record<'msgsnd' | 'msgrcv', string>> = {
  x64: { msgsnd: '69', msgrcv: '70' },
  arm64: { msgsnd: '189', msgrcv: '188' },
};

function syscallOf(pid: number, thread: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/task/${thread}/syscall`, 'latin1').split(' ')[0];
  } catch {
    // The thread has ended.
    return undefined;
  }
}

/** Waits until `count` threads of a process are inside this system call at the same time. */
export async function threadsBlockedIn(pid: number, syscall: 'msgsnd' | 'msgrcv', count = 1): Promise<void> {
  const number = SYSCALLS[process.arch]?.[syscall];
  if (number === undefined) throw new Error(`the number of ${syscall} on ${process.arch} is not known`);
  await until(`${count} threads of process ${pid} block in ${syscall}`, () => {
    const blocked = readdirSync(`/proc/${pid}/task`).filter((thread) => syscallOf(pid, thread) === number);
    return blocked.length >= count;
  });
}
