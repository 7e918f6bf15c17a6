/** What the tests of Python's sysv_ipc say of a queue's attributes. Rows PY-21 to PY-34. */

import { IPC_SET, IPC_STAT, type MessageQueue, type MsqidDs, msgctl, readProcLimits } from '../../lib/index';
import { inChild, type User, until } from '../support/child';
import { otherUsers } from '../support/needs';
import { newQueue } from '../support/queues';
import { itSlow } from '../support/slow';

// Nobody's numbers are the same, so that they would not show a user who is taken for a group.
const someone: User = { uid: 12345, gid: 23456 };

/** Sets a queue to what it is, but for these fields of the C struct. */
function writeFields(queue: MessageQueue, change: Partial<MsqidDs>): void {
  msgctl(queue.id, IPC_SET, { ...msgctl(queue.id, IPC_STAT), ...change });
}

function expectJustNow(moment: Date | null): void {
  expect(moment).not.toBeNull();
  expect(Math.abs(Date.now() - (moment as Date).getTime())).toBeLessThan(5000);
}

describe('the names of a queue', () => {
  it('PY-21 the key is a key_t and cannot be written', () => {
    const queue = newQueue();
    const { key } = queue.stat();
    expect(key).toBe(key | 0);
    expect(Reflect.set(queue, 'key', key + 1)).toBe(false);
    expect(queue.key).toBe(key);
  });

  it('PY-22 the id is not negative and cannot be written', () => {
    const queue = newQueue();
    const { id } = queue.stat();
    expect(id).toBeGreaterThanOrEqual(0);
    expect(Reflect.set(queue, 'id', id + 1)).toBe(false);
    expect(queue.id).toBe(id);
  });

  it('PY-23 the id is an integer', () => {
    expect(newQueue().id).toEqual(expect.any(Number));
    expect(Number.isInteger(newQueue().id)).toBe(true);
  });

  it('PY-24 the bytes that the queue takes can be written, down and up', () => {
    const queue = newQueue();
    const { msgmnb } = readProcLimits();
    expect(queue.stat().maxBytes).toBe(msgmnb);
    queue.set({ maxBytes: 0 });
    expect(queue.stat().maxBytes).toBe(0);
    queue.set({ maxBytes: msgmnb });
    expect(queue.stat().maxBytes).toBe(msgmnb);
  });
});

describe('the last uses of a queue', () => {
  it('PY-25 the time of the last send is none at first, then now, and cannot be written', () => {
    const queue = newQueue();
    expect(queue.stat().lastSentAt).toBeNull();
    queue.sendSync('data');
    expectJustNow(queue.stat().lastSentAt);
    writeFields(queue, { msg_stime: 1 });
    expectJustNow(queue.stat().lastSentAt);
  });

  it('PY-26 the time of the last receive is none at first, then now, and cannot be written', () => {
    const queue = newQueue();
    queue.sendSync('data');
    expect(queue.stat().lastReceivedAt).toBeNull();
    queue.receiveSync();
    expectJustNow(queue.stat().lastReceivedAt);
    writeFields(queue, { msg_rtime: 1 });
    expectJustNow(queue.stat().lastReceivedAt);
  });

  itSlow('PY-27 giving a queue to the user who has it is a change, whose time cannot be written', async () => {
    const queue = newQueue();
    const { changedAt: createdAt, uid } = queue.stat();
    // The kernel counts whole seconds, of a clock that may be a tick behind.
    await until('a second has passed', () => Date.now() > (createdAt as Date).getTime() + 1100);
    queue.set({ uid });
    const { changedAt } = queue.stat();
    expect((changedAt as Date).getTime()).toBeGreaterThan((createdAt as Date).getTime());
    writeFields(queue, { msg_ctime: 1 });
    expectJustNow(queue.stat().changedAt);
  });

  it('PY-28 the last sender is none at first, then this process', () => {
    const queue = newQueue();
    expect(queue.stat().lastSenderPid).toBe(0);
    queue.sendSync('data');
    expect(queue.stat().lastSenderPid).toBe(process.pid);
  });

  it('PY-29 the last receiver is none at first, then this process', () => {
    const queue = newQueue();
    queue.sendSync('data');
    expect(queue.stat().lastReceiverPid).toBe(0);
    queue.receiveSync();
    expect(queue.stat().lastReceiverPid).toBe(process.pid);
  });

  it('PY-30 the number of messages follows what is sent and received, and cannot be written', () => {
    const queue = newQueue();
    const counts = [queue.stat().messageCount];
    for (const data of ['one', 'two', 'three']) queue.sendSync(data);
    writeFields(queue, { msg_qnum: 7 });
    counts.push(queue.stat().messageCount);
    for (let left = 3; left > 0; left--) {
      queue.receiveSync();
      counts.push(queue.stat().messageCount);
    }
    expect(counts).toEqual([0, 3, 2, 1, 0]);
  });
});

describe('the owner of a queue', () => {
  /** A user, where possible not root, creates a queue and then tries to write its creator. */
  function createAsSomebody() {
    return inChild(
      ({ sysvmq }) => {
        const queue = sysvmq.MessageQueue.createPrivate();
        try {
          const created = queue.stat();
          const ds = sysvmq.msgctl(queue.id, sysvmq.IPC_STAT);
          const { cuid, cgid } = ds.msg_perm;
          Object.assign(ds.msg_perm, { cuid: cuid + 1, cgid: cgid + 1 });
          sysvmq.msgctl(queue.id, sysvmq.IPC_SET, ds);
          return { euid: process.geteuid?.(), egid: process.getegid?.(), created, written: queue.stat() };
        } finally {
          queue.remove();
        }
      },
      undefined,
      otherUsers.met ? { user: someone } : {},
    );
  }

  itSlow('PY-31 a new queue belongs to the effective user', async () => {
    const { created, euid } = await createAsSomebody();
    expect(created.uid).toBe(euid);
  });

  itSlow('PY-32 a new queue belongs to the effective group', async () => {
    const { created, egid } = await createAsSomebody();
    expect(created.gid).toBe(egid);
  });

  itSlow('PY-33 the creator is the effective user, and cannot be written', async () => {
    const { created, written, euid } = await createAsSomebody();
    expect([created.creatorUid, written.creatorUid]).toEqual([euid, euid]);
  });

  itSlow('PY-34 the creating group is the effective group, and cannot be written', async () => {
    const { created, written, egid } = await createAsSomebody();
    expect([created.creatorGid, written.creatorGid]).toEqual([egid, egid]);
  });
});
