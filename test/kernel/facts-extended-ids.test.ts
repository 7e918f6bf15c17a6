/** More queues than 32,768, which takes a kernel that was booted with ipcmni_extend. */

import { describeLimits, getUsage, listQueues, MessageQueue, setLimits } from '../../lib/index';
import { IPC_PRIVATE, IPC_RMID, msgctl, msgget } from '../../lib/syscalls';
import { longIndexes } from '../support/kernel-features';
import { itNeeds } from '../support/needs';

const QUEUES = 40_000;
const INDEX_BITS = 24;

itNeeds(longIndexes, `${QUEUES} queues are made, found, used and removed`, async () => {
  setLimits({ msgmni: QUEUES });
  const ids = Array.from({ length: QUEUES }, () => msgget(IPC_PRIVATE, 0o600));
  try {
    expect(new Set(ids).size).toBe(QUEUES);
    expect(Math.max(...ids.map((id) => id % 2 ** INDEX_BITS))).toBe(QUEUES - 1);
    expect(getUsage().queues).toBe(QUEUES);
    expect(listQueues()).toHaveLength(QUEUES);
    for (const id of [ids[0], ids[32_767], ids[32_768], ids[QUEUES - 1]]) {
      const queue = MessageQueue.attach(id as number);
      const received = queue.receive();
      await queue.send(`to ${id}`);
      expect((await received).data.toString()).toBe(`to ${id}`);
      queue.close();
    }
    expect(() => msgget(IPC_PRIVATE, 0o600)).toThrow(expect.objectContaining({ code: 'ENOSPC', limit: 'MSGMNI' }));
  } finally {
    for (const id of ids) msgctl(id, IPC_RMID);
  }
});

itNeeds(longIndexes, 'the ceiling of msgmni is 2^24', () => {
  expect(describeLimits().find(({ field }) => field === 'msgmni')?.ceiling).toBe(2 ** 24);
  expect(setLimits({ msgmni: 2 ** 24 }).msgmni).toBe(2 ** 24);
});
