/** The library's threads that wait for messages, as /proc shows them. */

import { readThread, syscallNumber, threadsOf } from '../../tools/harness/proc.cjs';

/** How many of them are in msgrcv; undefined while one of them is on its way there, or from there to its rest. */
export function threadsInMsgrcv(): number | undefined {
  const [msgrcv, futex] = [syscallNumber('msgrcv'), syscallNumber('futex')];
  const ours = threadsOf().filter((thread) => readThread('self', thread, 'comm') === 'sysvmq-recv');
  const calls = ours.map((thread) => readThread('self', thread, 'syscall').split(' ')[0]);
  if (!calls.every((call) => call === msgrcv || call === futex || call === '')) return undefined;
  return calls.filter((call) => call === msgrcv).length;
}
