/** Threads of this library that wait for nothing at the moment: what they have seen, they have told. */

import { readThread, type ThreadName, threadsNamed } from './waiting-threads';

// Linux's numbers of futex, in which a thread rests (include/uapi/asm-generic/unistd.h, syscall_64.tbl).
const FUTEX: Record<string, string> = { x64: '202', arm64: '98' };

/** Whether there are threads of this name, and all of them rest. */
export function threadsRest(name: ThreadName, pid = process.pid): boolean {
  const futex = FUTEX[process.arch];
  if (futex === undefined) throw new Error(`the number of futex on ${process.arch} is not known`);
  const threads = threadsNamed(name, pid);
  return threads.length > 0 && threads.every((thread) => readThread(pid, thread, 'syscall').split(' ')[0] === futex);
}
