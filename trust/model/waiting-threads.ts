/** The library's threads that wait for messages, as /proc shows them. */

import { readdirSync, readFileSync } from 'node:fs';

/** SYS_msgrcv and SYS_futex: a thread that waits in one of them shows it in /proc/self/task/…/syscall. */
const [MSGRCV, FUTEX] = process.arch === 'arm64' ? ['188', '98'] : ['70', '202'];
const TASKS = '/proc/self/task';

function read(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return ''; // The thread has ended.
  }
}

/** How many of them are in msgrcv; undefined while one of them is on its way there, or from there to its rest. */
export function threadsInMsgrcv(): number | undefined {
  const ours = readdirSync(TASKS).filter((task) => read(`${TASKS}/${task}/comm`) === 'sysvmq-recv\n');
  const calls = ours.map((task) => read(`${TASKS}/${task}/syscall`).split(' ')[0]);
  if (!calls.every((call) => call === MSGRCV || call === FUTEX || call === '')) return undefined;
  return calls.filter((call) => call === MSGRCV).length;
}
