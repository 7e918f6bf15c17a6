import {
  IPC_CREAT,
  IPC_NOWAIT,
  IPC_PRIVATE,
  IPC_RMID,
  IPC_SET,
  IPC_STAT,
  MessageTooLargeError,
  msgctl,
  msgget,
  msgrcv,
  msgsnd,
  QueueBytesLimitError,
  QueueCountLimitError,
} from '../../lib/index';
import { inChild, nobody } from '../support/child';
import { failure } from '../support/failure';
import { setLimit } from '../support/namespace';
import { itNeeds, noSysResource, otherUsers, sysResource } from '../support/needs';
import { freshKey, newQueueId, removeAfterTest } from '../support/queues';
import { slow } from '../support/slow';

const INT_MAX = 2 ** 31 - 1;

function setQueueBytes(id: number, msg_qbytes: number): void {
  msgctl(id, IPC_SET, { msg_qbytes, msg_perm: msgctl(id, IPC_STAT).msg_perm });
}

describe('when MSGMNI queues exist', () => {
  it('msgget fails with ENOSPC', () => {
    newQueueId();
    setLimit('msgmni', 1);
    const error = failure(() => msgget(IPC_PRIVATE, 0o600));
    expect(error).toBeInstanceOf(QueueCountLimitError);
    expect(error).toMatchObject({ code: 'ENOSPC', limitValue: 1, queueCount: 1 });
  });

  it('an existing queue can still be opened', () => {
    const key = freshKey();
    const id = removeAfterTest(msgget(key, IPC_CREAT | 0o600));
    setLimit('msgmni', 1);
    expect(msgget(key)).toBe(id);
    expect(msgget(key, IPC_CREAT | 0o600)).toBe(id);
  });

  it('removing one makes room', () => {
    const id = newQueueId();
    setLimit('msgmni', 1);
    expect(() => msgget(IPC_PRIVATE, 0o600)).toThrow(QueueCountLimitError);
    msgctl(id, IPC_RMID);
    expect(removeAfterTest(msgget(IPC_PRIVATE, 0o600))).toBeGreaterThanOrEqual(0);
  });

  it('the limit may be below the number of queues, which stay', () => {
    const ids = [newQueueId(), newQueueId()];
    setLimit('msgmni', 1);
    for (const id of ids) msgsnd(id, { mtype: 1, mtext: 'x' }, IPC_NOWAIT);
    expect(failure(() => msgget(IPC_PRIVATE, 0o600))).toMatchObject({ code: 'ENOSPC', limitValue: 1, queueCount: 2 });
  });
});

describe('MSGMAX', () => {
  it('is the longest message that passes', () => {
    const id = newQueueId();
    msgsnd(id, { mtype: 1, mtext: Buffer.alloc(8192, 'm') }, IPC_NOWAIT);
    expect(msgrcv(id).mtext.equals(Buffer.alloc(8192, 'm'))).toBe(true);
  });

  it('is exceeded by one byte more: EINVAL', () => {
    const id = newQueueId();
    const error = failure(() => msgsnd(id, { mtype: 1, mtext: Buffer.alloc(8193) }, IPC_NOWAIT));
    expect(error).toBeInstanceOf(MessageTooLargeError);
    expect(error).toMatchObject({ code: 'EINVAL', limit: 'MSGMAX', limitValue: 8192, requested: 8193 });
    expect(msgctl(id, IPC_STAT).msg_qnum).toBe(0);
  });

  it('acts at once, on a queue that exists, when it is lowered', () => {
    const id = newQueueId();
    setLimit('msgmax', 100);
    msgsnd(id, { mtype: 1, mtext: Buffer.alloc(100) }, IPC_NOWAIT);
    const error = failure(() => msgsnd(id, { mtype: 1, mtext: Buffer.alloc(101) }, IPC_NOWAIT));
    expect(error).toBeInstanceOf(MessageTooLargeError);
    expect(error).toMatchObject({ code: 'EINVAL', limit: 'MSGMAX', limitValue: 100, requested: 101 });
  });

  it('acts at once, on a queue that exists, when it is raised', () => {
    const id = newQueueId();
    setLimit('msgmax', 8193);
    msgsnd(id, { mtype: 1, mtext: Buffer.alloc(8193) }, IPC_NOWAIT);
    expect(msgctl(id, IPC_STAT).msg_cbytes).toBe(8193);
  });
});

describe('MSGMNB', () => {
  it('is the first msg_qbytes of a new queue', () => {
    setLimit('msgmnb', 1234);
    expect(msgctl(newQueueId(), IPC_STAT).msg_qbytes).toBe(1234);
  });

  it('leaves the msg_qbytes of a queue that exists as it is', () => {
    const id = newQueueId();
    setLimit('msgmnb', 1234);
    expect(msgctl(id, IPC_STAT).msg_qbytes).toBe(16384);
    setLimit('msgmnb', 99999);
    expect(msgctl(id, IPC_STAT).msg_qbytes).toBe(16384);
  });

  itNeeds(
    slow(otherUsers),
    'is the most that an owner without privilege may give a queue, an old one too',
    async () => {
      const old = newQueueId();
      const { msg_qbytes, msg_perm } = msgctl(old, IPC_STAT);
      msgctl(old, IPC_SET, { msg_qbytes, msg_perm: { ...msg_perm, uid: nobody.uid, gid: nobody.gid } });
      setLimit('msgmnb', 20000);

      const outcome = await inChild(
        ({ sysvmq: { IPC_SET, IPC_STAT, msgctl }, failure }, id) => {
          const { msg_perm } = msgctl(id, IPC_STAT);
          const above = failure(() => msgctl(id, IPC_SET, { msg_qbytes: 20001, msg_perm }));
          const unchanged = msgctl(id, IPC_STAT).msg_qbytes;
          msgctl(id, IPC_SET, { msg_qbytes: 20000, msg_perm });
          return { above, unchanged, raised: msgctl(id, IPC_STAT).msg_qbytes };
        },
        old,
        { user: nobody },
      );

      expect(outcome).toMatchObject({
        above: {
          name: 'QueueBytesLimitError',
          code: 'EPERM',
          limit: 'MSGMNB',
          limitValue: 20000,
          requested: 20001,
          capability: 'CAP_SYS_RESOURCE',
        },
        unchanged: 16384,
        raised: 20000,
      });
    },
  );

  itNeeds(noSysResource, 'holds for root, too, when it lacks CAP_SYS_RESOURCE', () => {
    const id = newQueueId();
    setQueueBytes(id, 16384);
    const error = failure(() => setQueueBytes(id, 16385));
    expect(error).toBeInstanceOf(QueueBytesLimitError);
    expect(error).toMatchObject({ code: 'EPERM', limit: 'MSGMNB', limitValue: 16384, requested: 16385 });
  });

  itNeeds(sysResource, 'may be exceeded up to INT_MAX with CAP_SYS_RESOURCE', () => {
    const id = newQueueId();
    setQueueBytes(id, INT_MAX);
    expect(msgctl(id, IPC_STAT).msg_qbytes).toBe(INT_MAX);
  });

  it('may be INT_MAX itself, and queues with it', () => {
    setLimit('msgmnb', INT_MAX);
    const id = newQueueId();
    expect(msgctl(id, IPC_STAT).msg_qbytes).toBe(INT_MAX);
    setQueueBytes(id, INT_MAX);
    expect(msgctl(id, IPC_STAT).msg_qbytes).toBe(INT_MAX);
  });

  it('is not all that a message needs: MSGMAX is apart from it', () => {
    setLimit('msgmnb', 100);
    const id = newQueueId();
    msgsnd(id, { mtype: 1, mtext: Buffer.alloc(100) }, IPC_NOWAIT);
    msgrcv(id);
    expect(failure(() => msgsnd(id, { mtype: 1, mtext: Buffer.alloc(101) }, IPC_NOWAIT))).toMatchObject({
      name: 'MessageTooLargeError',
      code: 'EINVAL',
      limit: 'msg_qbytes',
      limitValue: 100,
    });
  });
});
