import {
  describeLimits,
  getLimits,
  getUsage,
  IPC_INFO,
  type LimitDescription,
  MessageTooLargeError,
  MSG_INFO,
  msgctl,
  QueueBytesLimitError,
  QueueCountLimitError,
  readProcLimits,
} from '../../lib/index';
import { inChild, nobody } from '../support/child';
import { type LimitFile, readLimit, setLimit } from '../support/namespace';
import { itNeeds, otherUsers } from '../support/needs';
import { queueIndex } from '../support/queue-index';
import { newQueue } from '../support/queues';
import { itSlow } from '../support/slow';

const defaults = {
  msgmni: 32000,
  msgmax: 8192,
  msgmnb: 16384,
  msgpool: 512000,
  msgmap: 16384,
  msgssz: 16,
  msgtql: 16384,
  msgseg: 65535,
};
/** A child in a mount namespace of its own, where another file system may cover /proc. */
const ownMounts = ['unshare', '--mount'];

describe('getLimits', () => {
  it('says what a new namespace has', () => {
    expect(getLimits()).toEqual({ ...defaults, highestIndex: 0 });
  });

  it('returns limits that another process has just set', () => {
    setLimit('msgmni', 5);
    setLimit('msgmax', 6);
    setLimit('msgmnb', 7);
    expect(getLimits()).toEqual({ ...defaults, msgmni: 5, msgmax: 6, msgmnb: 7, highestIndex: 0 });
  });

  it('says the highest index in use', () => {
    const indexes = [newQueue(), newQueue()].map(({ id }) => queueIndex(id));
    expect(getLimits().highestIndex).toBe(Math.max(...indexes));
  });

  it('is what IPC_INFO says', () => {
    newQueue();
    const { index, ...info } = msgctl(0, IPC_INFO);
    expect(getLimits()).toEqual({ ...info, highestIndex: index });
  });

  it('is a new object each time', () => {
    const limits = getLimits();
    limits.msgmni = 0;
    expect(getLimits().msgmni).toBe(32000);
  });
});

describe('readProcLimits', () => {
  it('reads the files', () => {
    setLimit('msgmni', 5);
    setLimit('msgmax', 6);
    setLimit('msgmnb', 2 ** 31 - 1);
    expect(readProcLimits()).toEqual({ msgmni: 5, msgmax: 6, msgmnb: 2 ** 31 - 1 });
  });

  itNeeds(otherUsers, 'takes no privilege', async () => {
    const limits = await inChild(({ sysvmq }) => sysvmq.readProcLimits(), undefined, { user: nobody });
    expect(limits).toEqual(readProcLimits());
  });

  itSlow('fails with ENOENT where /proc does not have them', async () => {
    const error = await inChild(
      ({ sysvmq, require, failure }) => {
        require('node:child_process').execFileSync('mount', ['-t', 'tmpfs', 'none', '/proc']);
        return failure(() => sysvmq.readProcLimits());
      },
      undefined,
      { prefix: ownMounts },
    );
    expect(error).toMatchObject({ name: 'MessageQueueError', code: 'ENOENT', syscall: 'open' });
    expect(error?.['message']).toContain('/proc/sys/kernel/msgmni');
  });
});

describe('getUsage', () => {
  it('is nothing at all in a new namespace', () => {
    expect(getUsage()).toEqual({
      queues: 0,
      messages: 0,
      bytes: 0,
      highestIndex: 0,
      against: {
        queues: { used: 0, limit: 32000, ratio: 0 },
        messages: { used: 0, limit: 0, ratio: 0 },
        bytes: { used: 0, limit: 0, ratio: 0 },
      },
    });
  });

  it('counts queues, messages and bytes, each against its limit', () => {
    const [one, other] = [newQueue({ maxBytes: 100 }), newQueue({ maxBytes: 60 })];
    one.sendSync('twelve bytes');
    one.sendSync('');
    other.sendSync('four');
    setLimit('msgmni', 8);

    expect(getUsage()).toEqual({
      queues: 2,
      messages: 3,
      bytes: 16,
      highestIndex: Math.max(queueIndex(one.id), queueIndex(other.id)),
      against: {
        queues: { used: 2, limit: 8, ratio: 0.25 },
        messages: { used: 3, limit: 160, ratio: 3 / 160 },
        bytes: { used: 16, limit: 160, ratio: 0.1 },
      },
    });
  });

  it('counts as the kernel does', () => {
    const queue = newQueue();
    queue.sendSync('five!');
    queue.sendSync('six!!!');
    const { msgpool, msgmap, msgtql, index } = msgctl(0, MSG_INFO);
    expect([msgpool, msgmap, msgtql]).toEqual([1, 2, 11]);
    expect(getUsage()).toMatchObject({ queues: msgpool, messages: msgmap, bytes: msgtql, highestIndex: index });
  });

  it('follows what is received and removed', () => {
    const queue = newQueue();
    queue.sendSync('five!');
    queue.tryReceive();
    expect(getUsage()).toMatchObject({ queues: 1, messages: 0, bytes: 0 });
    queue.remove();
    expect(getUsage()).toMatchObject({ queues: 0, messages: 0, bytes: 0 });
  });

  it('has a ratio above 1 when a limit was lowered below what is used, and Infinity when to 0', () => {
    newQueue();
    newQueue();
    setLimit('msgmni', 1);
    expect(getUsage().against.queues).toEqual({ used: 2, limit: 1, ratio: 2 });
    setLimit('msgmni', 0);
    expect(getUsage().against.queues).toEqual({ used: 2, limit: 0, ratio: Number.POSITIVE_INFINITY });
  });

  itNeeds(otherUsers, 'counts queues that the process may not read', async () => {
    newQueue({ mode: 0o600 }).sendSync('five!');
    const usage = await inChild(({ sysvmq }) => sysvmq.getUsage(), undefined, { user: nobody });
    expect(usage).toEqual(getUsage());
    expect(usage).toMatchObject({ queues: 1, messages: 1, bytes: 5 });
  });
});

describe('describeLimits', () => {
  const described = (name: string) => describeLimits().find((limit) => limit.name === name) as LimitDescription;

  it('has the five limits, three of which Linux enforces', () => {
    expect(describeLimits().map(({ name, field, enforced }) => [name, field, enforced])).toEqual([
      ['MSGMNI', 'msgmni', true],
      ['MSGMAX', 'msgmax', true],
      ['MSGMNB', 'msgmnb', true],
      ['MSGTQL', 'msgtql', false],
      ['MSGPOOL', 'msgpool', false],
    ]);
  });

  it.each([
    ['MSGMNI', { code: 'ENOSPC', syscall: 'msgget', className: 'QueueCountLimitError' }],
    ['MSGMAX', { code: 'EINVAL', syscall: 'msgsnd', className: 'MessageTooLargeError' }],
    ['MSGMNB', { code: 'EPERM', syscall: 'msgctl', className: 'QueueBytesLimitError' }],
    ['MSGTQL', null],
    ['MSGPOOL', null],
  ])('says how a call fails at %s', (name, error) => {
    expect(described(name).error).toEqual(error);
  });

  it('names error classes that the package exports', () => {
    expect(describeLimits().flatMap(({ error }) => error?.className ?? [])).toEqual([
      QueueCountLimitError.name,
      MessageTooLargeError.name,
      QueueBytesLimitError.name,
    ]);
  });

  it.each(['MSGMNI', 'MSGMAX', 'MSGMNB', 'MSGTQL', 'MSGPOOL'])('has the value of %s, which is its default', (name) => {
    const { field, value, default: first } = described(name);
    expect(value).toBe(getLimits()[field]);
    expect(value).toBe(first);
  });

  it.each<[name: string, field: LimitFile, unit: string]>([
    ['MSGMNI', 'msgmni', 'queues'],
    ['MSGMAX', 'msgmax', 'bytes'],
    ['MSGMNB', 'msgmnb', 'bytes'],
  ])('has the value of %s now, its file and its unit', (name, field, unit) => {
    setLimit(field, 77);
    expect(described(name)).toMatchObject({ value: 77, procPath: `/proc/sys/kernel/${field}`, unit });
    expect(readLimit(field)).toBe(77);
  });

  it.each(['MSGTQL', 'MSGPOOL'])('has neither file nor ceiling for %s, which cannot be set', (name) => {
    expect(described(name)).toMatchObject({ procPath: null, ceiling: null, enforced: false });
  });

  it('says of each, in sentences, what it limits and what to do', () => {
    for (const { limits, remedy } of describeLimits()) {
      expect(limits).toMatch(/^[A-Z].+\.$/);
      expect(remedy).toMatch(/^[A-Z].+\.$/);
    }
  });

  it.each(['msgmni', 'msgmax', 'msgmnb'])('names the ways to set %s', (field) => {
    const { remedy } = described(field.toUpperCase());
    expect(remedy).toContain(`setLimits({ ${field}: N })`);
    expect(remedy).toContain(`sysctl -w kernel.${field}=N`);
  });

  itSlow("has the lower ceiling of MSGMNI where the kernel's command line cannot be read", async () => {
    const ceiling = await inChild(
      ({ sysvmq, require }) => {
        require('node:child_process').execFileSync('mount', ['-t', 'tmpfs', 'none', '/proc']);
        return sysvmq.describeLimits()[0]?.ceiling;
      },
      undefined,
      { prefix: ownMounts },
    );
    expect(ceiling).toBe(32768);
  });
});
