/** What POSIX says of msgctl: rows POS-28 to POS-35 of the conformance catalogue. */

import { IPC_CREAT, IPC_RMID, IPC_SET, IPC_STAT, msgctl, msgget, msgsnd } from '../../lib/syscalls';
import { inChild, nobody, until } from '../support/child';
import { failure } from '../support/failure';
import { readLimit } from '../support/namespace';
import { itNeeds, otherUsers } from '../support/needs';
import { freshKey, newQueueId, removeAfterTest } from '../support/queues';
import { slow } from '../support/slow';

itNeeds(slow(otherUsers), 'POS-28 IPC_STAT takes read permission, and fills the whole structure', async () => {
  const key = freshKey();
  const id = removeAfterTest(msgget(key, IPC_CREAT | 0o604));
  msgsnd(id, { mtype: 1, mtext: 'hello' });

  const status = await inChild(({ sysvmq }, id) => sysvmq.msgctl(id, sysvmq.IPC_STAT), id, { user: nobody });

  expect(status).toEqual({
    msg_perm: { key, uid: 0, gid: 0, cuid: 0, cgid: 0, mode: 0o604, seq: expect.any(Number) },
    msg_stime: expect.any(Number),
    msg_rtime: 0,
    msg_ctime: expect.any(Number),
    msg_cbytes: 5,
    msg_qnum: 1,
    msg_qbytes: readLimit('msgmnb'),
    msg_lspid: process.pid,
    msg_lrpid: 0,
  });
});

itNeeds(otherUsers, 'POS-29 IPC_STAT without read permission is EACCES', async () => {
  const id = newQueueId(0o602);

  const error = await inChild(({ failure, sysvmq }, id) => failure(() => sysvmq.msgctl(id, sysvmq.IPC_STAT)), id, {
    user: nobody,
  });

  expect(error).toMatchObject({ name: 'QueueAccessError', code: 'EACCES', syscall: 'msgctl', queueId: id });
});

it('POS-30 IPC_SET sets owner, mode and msg_qbytes, and the time of the change', async () => {
  const id = newQueueId();
  const before = msgctl(id, IPC_STAT);
  // Only the test's own ids exist in a user namespace.
  const { uid, gid } = otherUsers.met ? nobody : before.msg_perm;

  await until('IPC_SET falls into a later second than the creation', () => {
    msgctl(id, IPC_SET, { msg_qbytes: 1000, msg_perm: { uid, gid, mode: 0o777 } });
    return msgctl(id, IPC_STAT).msg_ctime > before.msg_ctime;
  });

  expect(msgctl(id, IPC_STAT)).toEqual({
    ...before,
    msg_perm: { ...before.msg_perm, uid, gid, mode: 0o777 },
    msg_qbytes: 1000,
    msg_ctime: expect.any(Number),
  });
});

itNeeds(slow(otherUsers), 'POS-31 IPC_SET of a queue of someone else is EPERM', async () => {
  const id = newQueueId(0o666);
  const before = msgctl(id, IPC_STAT);

  const error = await inChild(
    ({ failure, sysvmq }, id) => {
      const status = sysvmq.msgctl(id, sysvmq.IPC_STAT);
      return failure(() => sysvmq.msgctl(id, sysvmq.IPC_SET, { ...status, msg_qbytes: 1 }));
    },
    id,
    { user: nobody },
  );

  expect(error).toMatchObject({ name: 'QueueAccessError', code: 'EPERM', syscall: 'msgctl', queueId: id });
  expect(msgctl(id, IPC_STAT)).toEqual(before);
});

// POSIX lets only the privileged raise msg_qbytes at all.
itNeeds(slow(otherUsers), 'POS-32 without privilege msg_qbytes is EPERM only above the system’s limit', async () => {
  const { id, raised, error } = await inChild(
    ({ failure, sysvmq }) => {
      const { IPC_SET, IPC_STAT, msgctl } = sysvmq;
      const id = sysvmq.msgget(sysvmq.IPC_PRIVATE, 0o600);
      const { msg_perm, msg_qbytes } = msgctl(id, IPC_STAT);
      msgctl(id, IPC_SET, { msg_perm, msg_qbytes: 10 });
      msgctl(id, IPC_SET, { msg_perm, msg_qbytes });
      const raised = msgctl(id, IPC_STAT).msg_qbytes;
      const error = failure(() => msgctl(id, IPC_SET, { msg_perm, msg_qbytes: msg_qbytes + 1 }));
      return { id, raised, error };
    },
    undefined,
    { user: nobody },
  );
  removeAfterTest(id);

  const msgmnb = readLimit('msgmnb');
  expect(raised).toBe(msgmnb);
  expect(error).toMatchObject({
    name: 'QueueBytesLimitError',
    code: 'EPERM',
    limit: 'MSGMNB',
    limitValue: msgmnb,
    requested: msgmnb + 1,
  });
  expect(msgctl(id, IPC_STAT).msg_qbytes).toBe(msgmnb);
});

it('POS-33 IPC_RMID removes the queue with its messages', () => {
  const key = freshKey();
  const id = removeAfterTest(msgget(key, IPC_CREAT | 0o600));
  msgsnd(id, { mtype: 1, mtext: 'x' });

  msgctl(id, IPC_RMID);

  expect(failure(() => msgget(key))).toMatchObject({ name: 'QueueNotFoundError', code: 'ENOENT' });
  expect(failure(() => msgctl(id, IPC_STAT))).toMatchObject({ name: 'QueueRemovedError', code: 'EINVAL' });
});

itNeeds(otherUsers, 'POS-34 IPC_RMID of a queue of someone else is EPERM', async () => {
  const id = newQueueId(0o666);

  const error = await inChild(({ failure, sysvmq }, id) => failure(() => sysvmq.msgctl(id, sysvmq.IPC_RMID)), id, {
    user: nobody,
  });

  expect(error).toMatchObject({ name: 'QueueAccessError', code: 'EPERM', syscall: 'msgctl', queueId: id });
  expect(msgctl(id, IPC_STAT).msg_perm.mode).toBe(0o666);
});

it('POS-35 an id that no queue has is EINVAL, and a command that there is not is refused', () => {
  const id = newQueueId();
  const { msg_perm } = msgctl(id, IPC_STAT);
  const refused = { name: 'RangeError', code: 'ERR_OUT_OF_RANGE' };
  for (const cmd of [-1, 4, 99]) expect(failure(() => msgctl(id, cmd as never))).toMatchObject(refused);
  expect(failure(() => msgctl(-1, IPC_STAT))).toMatchObject(refused);

  msgctl(id, IPC_RMID);
  const gone = { name: 'QueueRemovedError', code: 'EINVAL', syscall: 'msgctl', queueId: id };
  expect(failure(() => msgctl(id, IPC_STAT))).toMatchObject(gone);
  expect(failure(() => msgctl(id, IPC_SET, { msg_perm, msg_qbytes: 1 }))).toMatchObject(gone);
  expect(failure(() => msgctl(id, IPC_RMID))).toMatchObject(gone);
});
