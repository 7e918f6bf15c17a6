import { execFileSync } from 'node:child_process';
import { freemem } from 'node:os';
import { getLimits, getUsage, IPC_INFO, IPC_RMID, MSG_INFO, msgctl, setLimits } from '../../lib/index';
import { inChild, nobody } from '../support/child';
import { readLimit, setLimit } from '../support/namespace';
import { itNeeds, otherUsers, program } from '../support/needs';
import { queueIndex } from '../support/queue-index';
import { newQueue, newQueueId } from '../support/queues';
import { itSlow, slow } from '../support/slow';

const MiB = 1 << 20;

describe('IPC_INFO', () => {
  it('needs no queue', () => {
    expect(msgctl(0, MSG_INFO).msgpool).toBe(0);
    expect(msgctl(0, IPC_INFO)).toMatchObject({ msgmni: 32000, msgmax: 8192, msgmnb: 16384, index: 0 });
    expect(msgctl(12345, IPC_INFO)).toEqual(msgctl(0, IPC_INFO));
  });

  itNeeds(slow(otherUsers), 'needs no permission', async () => {
    newQueue({ mode: 0o600 });
    const info = await inChild(({ sysvmq: { IPC_INFO, msgctl } }) => msgctl(0, IPC_INFO), undefined, { user: nobody });
    expect(info).toEqual(msgctl(0, IPC_INFO));
  });

  it('has the values of /proc/sys/kernel', () => {
    setLimit('msgmni', 123);
    setLimit('msgmax', 456);
    setLimit('msgmnb', 789);
    const { msgmni, msgmax, msgmnb } = msgctl(0, IPC_INFO);
    expect({ msgmni, msgmax, msgmnb }).toEqual({ msgmni: 123, msgmax: 456, msgmnb: 789 });
    expect({ msgmni, msgmax, msgmnb }).toEqual({
      msgmni: readLimit('msgmni'),
      msgmax: readLimit('msgmax'),
      msgmnb: readLimit('msgmnb'),
    });
  });

  itNeeds(program('ipcs', 'util-linux'), 'has the values that "ipcs -l" shows', () => {
    setLimit('msgmni', 123);
    setLimit('msgmax', 456);
    setLimit('msgmnb', 789);
    const shown = execFileSync('ipcs', ['-q', '-l'], { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } });
    const { msgmni, msgmax, msgmnb } = msgctl(0, IPC_INFO);
    expect([...shown.matchAll(/= (\d+)$/gm)].map(([, value]) => Number(value))).toEqual([msgmni, msgmax, msgmnb]);
  });

  it('returns the highest index in use', () => {
    const byIndex = [newQueueId(), newQueueId(), newQueueId()]
      .map((id) => ({ id, index: queueIndex(id) }))
      .sort((one, other) => one.index - other.index);
    expect(msgctl(0, IPC_INFO).index).toBe(byIndex[2]?.index);
    expect(getLimits().highestIndex).toBe(byIndex[2]?.index);

    msgctl(byIndex[2]?.id as number, IPC_RMID);
    expect(msgctl(0, IPC_INFO).index).toBe(byIndex[1]?.index);
  });

  itSlow('shows a msgtql that is not enforced', () => {
    const { msgtql, msgmnb } = msgctl(0, IPC_INFO);
    expect(msgtql).toBe(16384);
    const queues = [newQueue(), newQueue()];
    for (const queue of queues) {
      for (let count = 0; count < msgmnb / 2 + 1; count++) queue.sendSync('', { nowait: true });
    }
    expect(msgctl(0, MSG_INFO).msgmap).toBe(msgtql + 2);
  });

  itNeeds(
    slow({
      met: freemem() > 4096 * MiB,
      reason: 'it wants 4 GiB of free memory: the kernel holds 512 MiB, once for each build',
    }),
    'shows a msgpool that is not enforced',
    () => {
      const { msgpool } = msgctl(0, IPC_INFO);
      expect(msgpool).toBe(512_000);
      setLimits({ msgmax: 64 * MiB, msgmnb: 512 * MiB });
      const queue = newQueue();
      const bytes = Buffer.alloc(64 * MiB);
      for (let count = 0; count < 8; count++) queue.sendSync(bytes, { nowait: true });
      expect(getUsage().bytes).toBeGreaterThan(msgpool * 1024);
    },
  );
});
