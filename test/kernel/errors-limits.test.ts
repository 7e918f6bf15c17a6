import { constants } from 'node:os';
import {
  describeLimits,
  IPC_NOWAIT,
  IPC_PRIVATE,
  IPC_SET,
  IPC_STAT,
  LimitError,
  MessageQueue,
  MessageQueueError,
  MessageTooLargeError,
  msgctl,
  msgget,
  msgsnd,
  QueueBytesLimitError,
  QueueCountLimitError,
  QueueFullError,
} from '../../lib/index';
import { writeLimits } from '../../lib/kernel/set-limits';
import { inChild, nobody } from '../support/child';
import { classesOf } from '../support/classes';
import { failure } from '../support/failure';
import { readLimit, setLimit } from '../support/namespace';
import { itNeeds, noSysResource, otherUsers } from '../support/needs';
import { freshKey, fullQueue, newQueue, newQueueId } from '../support/queues';
import { slow } from '../support/slow';

/** Of this class, which is a LimitError, and with this code and these fields. */
function expectLimitError(
  error: unknown,
  expected: typeof LimitError,
  code: 'EAGAIN' | 'EINVAL' | 'ENOSPC' | 'EPERM',
  fields: object,
): void {
  expect(classesOf(error)).toEqual([expected, LimitError, MessageQueueError, Error]);
  expect(error).toMatchObject({ name: expected.name, code, errno: -constants.errno[code], ...fields });
}

const remedyFor = (name: string) => describeLimits().find((limit) => limit.name === name)?.remedy;

describe('LimitError', () => {
  it('is the error for a limit value that the kernel refuses', () => {
    const error = failure(() => writeLimits([['msgmax', 2 ** 31]])) as Error;

    expect(classesOf(error)).toEqual([LimitError, MessageQueueError, Error]);
    expect(error).toMatchObject({
      name: 'LimitError',
      code: 'EINVAL',
      errno: -constants.errno.EINVAL,
      syscall: 'write',
      limit: 'MSGMAX',
      limitValue: 8192,
      requested: 2 ** 31,
      procPath: '/proc/sys/kernel/msgmax',
      remedy: 'Ask for a value from 0 to 2147483647.',
      cause: { code: 'EINVAL' },
    });
    expect(error.message).toBe(
      'The kernel refused 2147483648 for MSGMAX (/proc/sys/kernel/msgmax), which stays 8192. ' +
        'Ask for a value from 0 to 2147483647.',
    );
  });
});

describe('QueueCountLimitError', () => {
  it('is ENOSPC of msgget: MSGMNI queues exist', () => {
    newQueueId();
    newQueueId();
    setLimit('msgmni', 2);
    const key = freshKey();

    const error = failure(() => MessageQueue.create(key)) as LimitError;

    expectLimitError(error, QueueCountLimitError, 'ENOSPC', {
      syscall: 'msgget',
      key,
      limit: 'MSGMNI',
      limitValue: 2,
      requested: 3,
      queueCount: 2,
      procPath: '/proc/sys/kernel/msgmni',
      remedy: remedyFor('MSGMNI'),
    });
    expect(error.message).toBe(
      `There are 2 queues, and MSGMNI allows 2 (/proc/sys/kernel/msgmni). ${remedyFor('MSGMNI')}`,
    );
    expect(error.remedy).toContain('sysctl -w kernel.msgmni=N');
  });

  it.each([
    ['msgget', () => msgget(IPC_PRIVATE, 0o600)],
    ['createPrivate', () => MessageQueue.createPrivate()],
    ['openOrCreate', () => MessageQueue.openOrCreate(freshKey())],
  ])('is what %s throws', (_, call) => {
    setLimit('msgmni', 0);
    expect(failure(call)).toMatchObject({
      name: 'QueueCountLimitError',
      code: 'ENOSPC',
      queueCount: 0,
      requested: 1,
    });
  });
});

describe('MessageTooLargeError', () => {
  it('is EINVAL of msgsnd: longer than MSGMAX', () => {
    const id = newQueueId();
    setLimit('msgmax', 100);

    const error = failure(() => msgsnd(id, { mtype: 7, mtext: Buffer.alloc(101) })) as LimitError;

    expectLimitError(error, MessageTooLargeError, 'EINVAL', {
      syscall: 'msgsnd',
      queueId: id,
      messageType: 7,
      limit: 'MSGMAX',
      limitValue: 100,
      requested: 101,
      procPath: '/proc/sys/kernel/msgmax',
      remedy: remedyFor('MSGMAX'),
    });
    expect(error.message).toBe(
      `A message of 101 bytes is longer than MSGMAX, which is 100 (/proc/sys/kernel/msgmax). ${remedyFor('MSGMAX')}`,
    );
  });

  it('names msg_qbytes for a message that could never fit the queue', () => {
    const { id, key } = newQueue({ maxBytes: 10 });

    const error = failure(() => msgsnd(id, { mtype: 2n ** 60n, mtext: 'eleven byte' }, IPC_NOWAIT)) as LimitError;

    expectLimitError(error, MessageTooLargeError, 'EINVAL', {
      syscall: 'msgsnd',
      queueId: id,
      messageType: 2n ** 60n,
      limit: 'msg_qbytes',
      limitValue: 10,
      requested: 11,
      procPath: '/proc/sys/kernel/msgmnb',
    });
    expect(error.remedy).toContain('queue.set({ maxBytes: N })');
    expect(error.message).toBe(
      `A message of 11 bytes can never fit queue 0x${key.toString(16)} (id ${id}), whose msg_qbytes is 10. ${error.remedy}`,
    );
  });

  it('counts the bytes of a text, not its characters', () => {
    setLimit('msgmax', 5);
    const error = failure(() => newQueue().trySend('€€')) as Error;
    expect(error).toMatchObject({ name: 'MessageTooLargeError', code: 'EINVAL', requested: 6 });
  });
});

describe('QueueFullError', () => {
  it('is EAGAIN of msgsnd: no room now', () => {
    const { id, key } = fullQueue(10);

    const error = failure(() => msgsnd(id, { mtype: 3, mtext: 'more' }, IPC_NOWAIT)) as LimitError;

    expectLimitError(error, QueueFullError, 'EAGAIN', {
      syscall: 'msgsnd',
      queueId: id,
      messageType: 3,
      limit: 'msg_qbytes',
      limitValue: 10,
      requested: 4,
      usedBytes: 10,
      messageCount: 1,
      procPath: '/proc/sys/kernel/msgmnb',
    });
    expect(error.remedy).toContain('receive faster');
    expect(error.message).toBe(
      `Queue 0x${key.toString(16)} (id ${id}) is full: 10 of 10 bytes (msg_qbytes) and 1 message; 4 more bytes do not fit. ${error.remedy}`,
    );
  });

  it('also is a queue that is full by the number of its messages', () => {
    const queue = newQueue({ maxBytes: 3 });
    for (let count = 0; count < 3; count++) queue.sendSync('');

    expect(failure(() => queue.sendSync('', { nowait: true }))).toMatchObject({
      name: 'QueueFullError',
      code: 'EAGAIN',
      limitValue: 3,
      requested: 0,
      usedBytes: 0,
      messageCount: 3,
    });
  });

  it('is not thrown by trySend, which says false', () => {
    expect(fullQueue().trySend('more')).toBe(false);
  });
});

describe('QueueBytesLimitError', () => {
  itNeeds(noSysResource, 'is EPERM of msgctl(IPC_SET): msg_qbytes above MSGMNB without CAP_SYS_RESOURCE', () => {
    const id = newQueueId();
    const { msg_perm, msg_qbytes } = msgctl(id, IPC_STAT);
    const tooMuch = readLimit('msgmnb') + 1;

    const error = failure(() => msgctl(id, IPC_SET, { msg_perm, msg_qbytes: tooMuch })) as Error;

    expectLimitError(error, QueueBytesLimitError, 'EPERM', {
      syscall: 'msgctl',
      queueId: id,
      limit: 'MSGMNB',
      limitValue: 16384,
      requested: 16385,
      capability: 'CAP_SYS_RESOURCE',
      procPath: '/proc/sys/kernel/msgmnb',
      remedy: remedyFor('MSGMNB'),
    });
    expect(error.message).toBe(
      `msg_qbytes of queue ${id} (maxBytes) cannot be 16385: above MSGMNB, which is 16384 (/proc/sys/kernel/msgmnb), ` +
        `it takes CAP_SYS_RESOURCE. ${remedyFor('MSGMNB')}`,
    );
    expect(msgctl(id, IPC_STAT).msg_qbytes).toBe(msg_qbytes);
  });

  itNeeds(
    noSysResource,
    'of set({ mode }) after MSGMNB was lowered below msg_qbytes says why, and what to pass',
    () => {
      const queue = newQueue();
      setLimit('msgmnb', 8000);

      const error = failure(() => queue.set({ mode: 0o640 })) as Error;

      expect(error).toMatchObject({
        name: 'QueueBytesLimitError',
        code: 'EPERM',
        queueId: queue.id,
        limit: 'MSGMNB',
        limitValue: 8000,
        requested: 16384,
      });
      expect(error.message).toBe(
        `Queue 0x${queue.key.toString(16)} (id ${queue.id}) cannot be changed as it is: its own msg_qbytes, 16384, which ` +
          'IPC_SET writes with the rest, is above MSGMNB, which is 8000 by now (/proc/sys/kernel/msgmnb), and that takes ' +
          `CAP_SYS_RESOURCE. Give a maxBytes up to 8000 in the same call. ${remedyFor('MSGMNB')}`,
      );
      expect(queue.stat()).toMatchObject({ mode: 0o600, maxBytes: 16384 });
      queue.set({ mode: 0o640, maxBytes: 8000 });
      expect(queue.stat()).toMatchObject({ mode: 0o640, maxBytes: 8000 });
    },
  );

  itNeeds(noSysResource, 'leaves no queue behind when create cannot give it maxBytes', () => {
    const key = freshKey();
    const error = failure(() => MessageQueue.create(key, { maxBytes: 16385 })) as Error;
    expect(error).toMatchObject({ name: 'QueueBytesLimitError', code: 'EPERM', requested: 16385 });
    expect(MessageQueue.exists(key)).toBe(false);
  });

  itNeeds(slow(otherUsers), 'is what an ordinary user gets for a queue of their own', async () => {
    const error = await inChild(
      ({ sysvmq, failure }) => {
        const queue = sysvmq.MessageQueue.createPrivate();
        try {
          return failure(() => queue.set({ maxBytes: 16385 }));
        } finally {
          queue.remove();
        }
      },
      undefined,
      { user: nobody },
    );
    expect(error).toMatchObject({ name: 'QueueBytesLimitError', code: 'EPERM', limit: 'MSGMNB', requested: 16385 });
  });

  itNeeds(slow(otherUsers), "is not the error for another user's queue", async () => {
    const queue = newQueue();
    const error = await inChild(
      ({ sysvmq, failure }, id) => failure(() => sysvmq.MessageQueue.attach(id).set({ maxBytes: 16385 })),
      queue.id,
      { user: nobody },
    );
    expect(error).toMatchObject({ name: 'QueueAccessError', code: 'EPERM', queueId: queue.id });
  });
});
