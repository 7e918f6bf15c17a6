/** Limits, and IPC, user and pid namespaces. Rows GAP-56 to GAP-59 of the conformance catalogue. */

import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { describeLimits, getLimits, IPC_NOWAIT, IPC_STAT, msgctl, msgsnd } from '../../lib/index';
import { inChild, ownNamespace } from '../support/child';
import { type LimitFile, setLimit } from '../support/namespace';
import { itNeeds } from '../support/needs';
import { newQueueId } from '../support/queues';
import { itSlow, slow } from '../support/slow';

const INT_MAX = 2 ** 31 - 1;
const userNamespace = ['unshare', '--user', '--map-root-user', '--ipc'];

function canRun(command: string[]): boolean {
  try {
    execFileSync(command[0] as string, [...command.slice(1), 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

test('GAP-56 a limit takes what is within its bounds, also in hex and with blanks, and refuses the rest', () => {
  const mostQueues = describeLimits().find(({ field }) => field === 'msgmni')?.ceiling as number;
  const attempt = (file: LimitFile, text: string) => {
    try {
      writeFileSync(`/proc/sys/kernel/${file}`, text);
      return getLimits()[file];
    } catch (error) {
      return `${(error as NodeJS.ErrnoException).code}, stays ${getLimits()[file]}`;
    }
  };
  const bounds: [LimitFile, number][] = [
    ['msgmni', mostQueues],
    ['msgmax', INT_MAX],
    ['msgmnb', INT_MAX],
  ];
  for (const [file, most] of bounds) {
    const taken = ['0', String(most), '0x100', ' 300 '].map((text) => attempt(file, text));
    const refused = ['-1', String(most + 1), '12abc'].map((text) => attempt(file, text));
    expect({ file, taken, refused }).toEqual({
      file,
      taken: [0, most, 256, 300],
      refused: ['EINVAL, stays 300', 'EINVAL, stays 300', 'EINVAL, stays 300'],
    });
  }
});

test('GAP-57 a new IPC namespace begins with the defaults, whatever its parent has', async () => {
  setLimit('msgmni', 100);
  setLimit('msgmax', 4000);
  setLimit('msgmnb', 50_000);
  const limits = await inChild(({ sysvmq }) => sysvmq.readProcLimits(), undefined, { prefix: ownNamespace });
  expect(limits).toEqual({ msgmni: 32000, msgmax: 8192, msgmnb: 16384 });
});

itNeeds(
  slow({ met: canRun(userNamespace), reason: `"${userNamespace.join(' ')}" fails on this system` }),
  'GAP-58 root of a user namespace sets the limits, but gives no queue more than msgmnb or a user who is not mapped',
  async () => {
    const seen = await inChild(
      ({ sysvmq, failure }) => {
        const limits = sysvmq.setLimits({ msgmnb: 20_000 });
        const queue = sysvmq.MessageQueue.createPrivate();
        const beyondMsgmnb = failure(() => queue.set({ maxBytes: 20_001 }));
        const toStranger = failure(() => queue.set({ uid: 54_321 }));
        queue.remove();
        return { limits, beyondMsgmnb, toStranger };
      },
      undefined,
      { prefix: userNamespace },
    );
    expect(seen).toMatchObject({
      limits: { msgmnb: 20_000 },
      beyondMsgmnb: { name: 'QueueBytesLimitError', code: 'EPERM', limit: 'MSGMNB', capability: 'CAP_SYS_RESOURCE' },
      toStranger: { name: 'MessageQueueError', code: 'EINVAL', syscall: 'msgctl' },
    });
  },
);

itSlow('GAP-59 the last sender is shown as the pid it has here, and as 0 where it has none', async () => {
  const id = newQueueId();
  msgsnd(id, { mtype: 1, mtext: 'from outside' }, IPC_NOWAIT);
  expect(msgctl(id, IPC_STAT).msg_lspid).toBe(process.pid);
  const inside = await inChild(
    ({ sysvmq, require }, queueId) => {
      const lastSender = () => sysvmq.msgctl(queueId, sysvmq.IPC_STAT).msg_lspid;
      const before = lastSender();
      sysvmq.msgsnd(queueId, { mtype: 1, mtext: 'from inside' }, sysvmq.IPC_NOWAIT);
      // This /proc was mounted outside, and so shows this process as it is seen there.
      const pidOutside = Number(require('node:fs').readlinkSync('/proc/self'));
      return { before, after: lastSender(), pid: process.pid, pidOutside };
    },
    id,
    { prefix: ['unshare', '--pid', '--fork', '--kill-child'] },
  );
  expect(inside).toMatchObject({ before: 0, after: 1, pid: 1 });
  expect(inside.pidOutside).not.toBe(1);
  expect(msgctl(id, IPC_STAT).msg_lspid).toBe(inside.pidOutside);
});
