/** Where the kernel keeps a queue. Its id is this index with a sequence number on top, from the 65th queue on. */

import { MSG_INFO, MSG_STAT_ANY, msgctl } from '../../lib/index';

function idAt(index: number): number | undefined {
  try {
    return msgctl(index, MSG_STAT_ANY).msqid;
  } catch {
    return undefined;
  }
}

export function queueIndex(id: number): number {
  const highest = msgctl(0, MSG_INFO).index;
  for (let index = 0; index <= highest; index++) {
    if (idAt(index) === id) return index;
  }
  throw new Error(`There is no queue ${id}.`);
}
