/** What the kernel says of all queues together. Rows GAP-53 to GAP-55 of the conformance catalogue. */

import { readFileSync } from 'node:fs';
import { MessageQueue } from '../../lib/index';
import { inChild, nobody, ownNamespace } from '../support/child';
import { itNeeds, otherUsers } from '../support/needs';
import { removeAfterTest } from '../support/queues';
import { itSlow, slow } from '../support/slow';

const GIBIBYTE = 2 ** 30;

function availableMemory(): number {
  const kibibytes = /^MemAvailable:\s*(\d+)/m.exec(readFileSync('/proc/meminfo', 'latin1'))?.[1];
  return Number(kibibytes) * 1024;
}

const memoryForTwoGibibytes = {
  met: availableMemory() >= 6 * GIBIBYTE,
  reason: 'it takes 6 GiB of available memory to queue more than 2 GiB',
};

itSlow('GAP-53 the highest index is 0 without a queue and with one at index 0; MSG_INFO tells them apart', async () => {
  const seen = await inChild(
    ({ sysvmq }) => {
      const look = () => ({
        index: sysvmq.msgctl(0, sysvmq.IPC_INFO).index,
        msgpool: sysvmq.msgctl(0, sysvmq.MSG_INFO).msgpool,
        queues: sysvmq.getUsage().queues,
      });
      const none = look();
      const id = sysvmq.msgget(sysvmq.IPC_PRIVATE, 0o600);
      const one = look();
      sysvmq.msgctl(id, sysvmq.IPC_RMID);
      return { id, none, one };
    },
    undefined,
    { prefix: ownNamespace },
  );
  expect(seen).toEqual({
    id: 0,
    none: { index: 0, msgpool: 0, queues: 0 },
    one: { index: 0, msgpool: 1, queues: 1 },
  });
});

// One queue holds less than 2 GiB, so it takes two. The kernel finds pages for all of it, which takes seconds.
itNeeds(
  slow(memoryForTwoGibibytes),
  'GAP-54 past 2 GiB the bytes of MSG_INFO turn negative; those of /proc and of getUsage are right',
  async () => {
    const seen = await inChild(
      ({ sysvmq, require }) => {
        const { readFileSync } = require('node:fs') as typeof import('node:fs');
        const mtext = Buffer.alloc(2 ** 20);
        sysvmq.setLimits({ msgmax: mtext.length, msgmnb: 2 ** 31 - 1 });
        const ids = [1, 2].map(() => sysvmq.msgget(sysvmq.IPC_PRIVATE, 0o600));
        for (const id of ids) {
          for (let sent = 0; sent < 1100; sent++) sysvmq.msgsnd(id, { mtype: 1, mtext }, sysvmq.IPC_NOWAIT);
        }
        const ofMsgInfo = sysvmq.msgctl(0, sysvmq.MSG_INFO).msgtql;
        const ofUsage = sysvmq.getUsage().bytes;
        const [, ...lines] = readFileSync('/proc/sysvipc/msg', 'latin1').trim().split('\n');
        const ofProc = lines.map((line) => Number(line.trim().split(/\s+/)[3]));
        for (const id of ids) sysvmq.msgctl(id, sysvmq.IPC_RMID);
        return { ofMsgInfo, ofUsage, ofProc };
      },
      undefined,
      { prefix: ownNamespace },
    );
    const bytes = 2200 * 2 ** 20;
    expect(seen).toEqual({ ofMsgInfo: bytes - 2 ** 32, ofUsage: bytes, ofProc: [bytes / 2, bytes / 2] });
    expect(seen.ofMsgInfo).toBeLessThan(0);
  },
);

itNeeds(
  otherUsers,
  'GAP-55 /proc/sysvipc/msg shows everybody a key as signed decimal and a mode as octal digits',
  async () => {
    const queue = MessageQueue.create(0xdeadbeef, { mode: 0o640 });
    removeAfterTest(queue.id);
    const line = await inChild(
      ({ require }, id) => {
        const { readFileSync } = require('node:fs') as typeof import('node:fs');
        const lines = readFileSync('/proc/sysvipc/msg', 'latin1').split('\n');
        return lines.map((text) => text.trim().split(/\s+/)).find((columns) => columns[1] === String(id));
      },
      queue.id,
      { user: nobody },
    );
    expect(line?.slice(0, 3)).toEqual(['-559038737', String(queue.id), '640']);
    expect(queue.key).toBe(-559038737);
  },
);
