/** What POSIX says of msgget: rows POS-01 to POS-06 of the conformance catalogue. */

import { IPC_CREAT, IPC_EXCL, IPC_PRIVATE, IPC_STAT, msgctl, msgget } from '../../lib/syscalls';
import { inChild, nobody } from '../support/child';
import { failure } from '../support/failure';
import { readLimit, setLimit } from '../support/namespace';
import { itNeeds, otherUsers } from '../support/needs';
import { freshKey, newQueueId, removeAfterTest } from '../support/queues';
import { itSlow, slow } from '../support/slow';

// Root's ids are all 0, which a field that is never filled in would be as well.
const anyone = otherUsers.met ? { user: nobody } : {};

it('POS-01 IPC_PRIVATE, and IPC_CREAT with a key that is free, make a new queue each', () => {
  const ids = [msgget(IPC_PRIVATE, 0o600), msgget(IPC_PRIVATE, 0o600), msgget(freshKey(), IPC_CREAT | 0o600)];
  ids.forEach(removeAfterTest);

  expect(new Set(ids).size).toBe(3);
  for (const id of ids) {
    expect(Number.isInteger(id)).toBe(true);
    expect(id).toBeGreaterThanOrEqual(0);
  }
});

itSlow(
  'POS-02 a new queue is its creator’s, has the nine mode bits and the default size, and was never used',
  async () => {
    const key = freshKey();
    const startedAt = Math.floor(Date.now() / 1000);
    const made = await inChild(
      ({ sysvmq }, key) => {
        const id = sysvmq.msgget(key, sysvmq.IPC_CREAT | sysvmq.IPC_EXCL | 0o640);
        return { id, euid: process.geteuid?.(), egid: process.getegid?.() };
      },
      key,
      anyone,
    );
    removeAfterTest(made.id);
    const status = msgctl(made.id, IPC_STAT);

    expect(status).toEqual({
      msg_perm: {
        key,
        uid: made.euid,
        gid: made.egid,
        cuid: made.euid,
        cgid: made.egid,
        mode: 0o640,
        seq: expect.any(Number),
      },
      msg_stime: 0,
      msg_rtime: 0,
      msg_ctime: expect.any(Number),
      msg_cbytes: 0,
      msg_qnum: 0,
      msg_qbytes: readLimit('msgmnb'),
      msg_lspid: 0,
      msg_lrpid: 0,
    });
    // The kernel's count of seconds goes on with the timer tick, so that it may be one behind for some milliseconds.
    expect(status.msg_ctime).toBeGreaterThanOrEqual(startedAt - 1);
    expect(status.msg_ctime).toBeLessThanOrEqual(Math.floor(Date.now() / 1000));
  },
);

itNeeds(slow(otherUsers), 'POS-03 a queue that does not grant the mode bits asked for is EACCES', async () => {
  const key = freshKey();
  removeAfterTest(msgget(key, IPC_CREAT | 0o604));

  const error = await inChild(({ failure, sysvmq }, key) => failure(() => sysvmq.msgget(key, 0o006)), key, {
    user: nobody,
  });

  expect(error).toMatchObject({ name: 'QueueAccessError', code: 'EACCES', syscall: 'msgget', key });
});

it('POS-04 IPC_CREAT and IPC_EXCL of a key that is taken are EEXIST', () => {
  const key = freshKey();
  removeAfterTest(msgget(key, IPC_CREAT | 0o600));

  expect(failure(() => msgget(key, IPC_CREAT | IPC_EXCL | 0o600))).toMatchObject({
    name: 'QueueExistsError',
    code: 'EEXIST',
    syscall: 'msgget',
    key,
  });
});

it('POS-05 a key that no queue has is ENOENT without IPC_CREAT', () => {
  const key = freshKey();

  expect(failure(() => msgget(key, 0o600))).toMatchObject({
    name: 'QueueNotFoundError',
    code: 'ENOENT',
    syscall: 'msgget',
    key,
  });
});

it('POS-06 one queue more than the system allows is ENOSPC', () => {
  setLimit('msgmni', 2);
  newQueueId();
  newQueueId();

  expect(failure(() => newQueueId())).toMatchObject({
    name: 'QueueCountLimitError',
    code: 'ENOSPC',
    syscall: 'msgget',
    limit: 'MSGMNI',
    limitValue: 2,
    queueCount: 2,
  });
});
