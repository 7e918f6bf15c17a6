/** The limits of the namespace: rows GAP-21 to GAP-24 and GAP-32 of the conformance catalogue. */

import { IPC_CREAT, IPC_NOWAIT, IPC_STAT, MSG_COPY, msgctl, msgget, msgrcv, msgsnd } from '../../lib/syscalls';
import { inChild } from '../support/child';
import { failure } from '../support/failure';
import { checkpointRestore } from '../support/kernel-features';
import { readLimit, setLimit } from '../support/namespace';
import { itNeeds } from '../support/needs';
import { freshKey, newQueueId, removeAfterTest } from '../support/queues';
import { itSlow } from '../support/slow';

/** Root without the capability to exceed the limits, as in a container. */
const withoutSysResource = { prefix: ['setpriv', '--bounding-set=-sys_resource'] };

itSlow('GAP-21 without CAP_SYS_RESOURCE also root gets EPERM for a msg_qbytes above MSGMNB', async () => {
  const id = newQueueId();
  const msgmnb = readLimit('msgmnb');

  const { accepted, error } = await inChild(
    ({ failure, sysvmq }, { id, msgmnb }) => {
      const { IPC_SET, IPC_STAT, msgctl } = sysvmq;
      const { msg_perm } = msgctl(id, IPC_STAT);
      msgctl(id, IPC_SET, { msg_perm, msg_qbytes: msgmnb - 1 });
      msgctl(id, IPC_SET, { msg_perm, msg_qbytes: msgmnb });
      const accepted = msgctl(id, IPC_STAT).msg_qbytes;
      return { accepted, error: failure(() => msgctl(id, IPC_SET, { msg_perm, msg_qbytes: msgmnb + 1 })) };
    },
    { id, msgmnb },
    withoutSysResource,
  );

  expect(accepted).toBe(msgmnb);
  expect(error).toMatchObject({
    name: 'QueueBytesLimitError',
    code: 'EPERM',
    limitValue: msgmnb,
    requested: msgmnb + 1,
    capability: 'CAP_SYS_RESOURCE',
  });
  expect(msgctl(id, IPC_STAT).msg_qbytes).toBe(msgmnb);
});

it('GAP-22 a queue larger than a lowered MSGMNB cannot change its mode without shrinking', async () => {
  const id = newQueueId(0o600);
  setLimit('msgmnb', 1000);

  const { error, mode } = await inChild(
    ({ failure, sysvmq }, id) => {
      const { IPC_SET, IPC_STAT, msgctl } = sysvmq;
      const status = msgctl(id, IPC_STAT);
      const msg_perm = { ...status.msg_perm, mode: 0o640 };
      const error = failure(() => msgctl(id, IPC_SET, { ...status, msg_perm }));
      const { mode } = msgctl(id, IPC_STAT).msg_perm;
      msgctl(id, IPC_SET, { msg_perm, msg_qbytes: 1000 });
      return { error, mode };
    },
    id,
    withoutSysResource,
  );

  expect(error).toMatchObject({ name: 'QueueBytesLimitError', code: 'EPERM', limitValue: 1000, requested: 16384 });
  expect(mode).toBe(0o600);
  expect(msgctl(id, IPC_STAT)).toMatchObject({ msg_perm: { mode: 0o640 }, msg_qbytes: 1000 });
});

it('GAP-23 with MSGMNB 0 a new queue takes no message at all', () => {
  setLimit('msgmnb', 0);
  const id = newQueueId();

  expect(msgctl(id, IPC_STAT).msg_qbytes).toBe(0);
  expect(failure(() => msgsnd(id, { mtype: 1, mtext: '' }, IPC_NOWAIT))).toMatchObject({
    name: 'QueueFullError',
    code: 'EAGAIN',
    limitValue: 0,
  });
  expect(failure(() => msgsnd(id, { mtype: 1, mtext: 'x' }, IPC_NOWAIT))).toMatchObject({
    name: 'MessageTooLargeError',
    code: 'EINVAL',
    limit: 'msg_qbytes',
    limitValue: 0,
  });
});

itNeeds(checkpointRestore, 'GAP-24 a lowered MSGMAX stops sending and copying longer messages, not receiving', () => {
  const id = newQueueId();
  msgsnd(id, { mtype: 1, mtext: Buffer.alloc(200, 'x') });
  setLimit('msgmax', 100);

  expect(failure(() => msgsnd(id, { mtype: 1, mtext: Buffer.alloc(101) }))).toMatchObject({
    name: 'MessageTooLargeError',
    code: 'EINVAL',
    limit: 'MSGMAX',
    limitValue: 100,
    requested: 101,
  });
  expect(failure(() => msgrcv(id, 200, 0, MSG_COPY | IPC_NOWAIT))).toMatchObject({
    name: 'MessageQueueError',
    code: 'EINVAL',
    syscall: 'msgrcv',
  });
  expect(msgrcv(id, 200, 0, IPC_NOWAIT).mtext).toEqual(Buffer.alloc(200, 'x'));
});

it('GAP-32 with MSGMNI queues in use an existing one can still be opened', () => {
  const key = freshKey();
  const id = removeAfterTest(msgget(key, IPC_CREAT | 0o600));
  setLimit('msgmni', 1);

  expect(failure(() => newQueueId())).toMatchObject({ name: 'QueueCountLimitError', code: 'ENOSPC' });
  expect(msgget(key)).toBe(id);
  expect(msgget(key, IPC_CREAT | 0o600)).toBe(id);
});
