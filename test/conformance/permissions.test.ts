/** Which user may do which call: rows GAP-01, 02, 03, 06 and 11 of the conformance catalogue. */

import { IPC_CREAT, IPC_STAT, MSG_INFO, msgctl, msgget } from '../../lib/syscalls';
import { inChild, nobody } from '../support/child';
import { readLimit } from '../support/namespace';
import { itNeeds, otherUsers } from '../support/needs';
import { freshKey, newQueueId, removeAfterTest } from '../support/queues';
import { slow } from '../support/slow';

const denied = { name: 'QueueAccessError', code: 'EACCES' };

itNeeds(slow(otherUsers), 'GAP-01 the owner of a 0600 queue who asks for execute bits gets EACCES', async () => {
  const { id, errors, opened } = await inChild(
    ({ failure, sysvmq }, key) => {
      const { IPC_CREAT, msgget } = sysvmq;
      const id = msgget(key, IPC_CREAT | 0o600);
      const errors = [failure(() => msgget(key, 0o700)), failure(() => msgget(key, IPC_CREAT | 0o777))];
      return { id, errors, opened: msgget(key, IPC_CREAT | 0o666) };
    },
    freshKey(),
    { user: nobody },
  );
  removeAfterTest(id);

  expect(errors).toMatchObject([denied, denied]);
  expect(opened).toBe(id);
});

itNeeds(slow(otherUsers), 'GAP-02 mode 0066 locks the owner out, who can still remove the queue', async () => {
  const { id, errors } = await inChild(
    ({ failure, sysvmq }, key) => {
      const { IPC_CREAT, IPC_NOWAIT, IPC_RMID, IPC_STAT, msgctl, msgget, msgsnd } = sysvmq;
      const id = msgget(key, IPC_CREAT | 0o066);
      const errors = [
        failure(() => msgget(key, 0o600)),
        failure(() => msgsnd(id, { mtype: 1, mtext: 'x' }, IPC_NOWAIT)),
        failure(() => msgctl(id, IPC_STAT)),
      ];
      msgctl(id, IPC_RMID);
      return { id, errors };
    },
    freshKey(),
    { user: nobody },
  );
  removeAfterTest(id);

  expect(errors).toMatchObject([
    { ...denied, syscall: 'msgget' },
    { ...denied, syscall: 'msgsnd' },
    { ...denied, syscall: 'msgctl' },
  ]);
  expect(() => msgctl(id, IPC_STAT)).toThrow(expect.objectContaining({ name: 'QueueRemovedError', code: 'EINVAL' }));
});

itNeeds(slow(otherUsers), 'GAP-03 creating exclusively over a foreign queue is EEXIST, not EACCES', async () => {
  const key = freshKey();
  removeAfterTest(msgget(key, IPC_CREAT | 0o600));

  const error = await inChild(
    ({ failure, sysvmq }, key) => failure(() => sysvmq.msgget(key, sysvmq.IPC_CREAT | sysvmq.IPC_EXCL | 0o600)),
    key,
    { user: nobody },
  );

  expect(error).toMatchObject({ name: 'QueueExistsError', code: 'EEXIST', key });
});

itNeeds(
  slow(otherUsers),
  'GAP-06 a message that is wrong by itself is refused before the permission is looked at',
  async () => {
    const id = newQueueId(0o600);

    const errors = await inChild(
      ({ failure, sysvmq }, { id, tooLong }) => [
        failure(() => sysvmq.msgsnd(id, { mtype: 0, mtext: 'x' })),
        failure(() => sysvmq.msgsnd(id, { mtype: 1, mtext: Buffer.alloc(tooLong) })),
        failure(() => sysvmq.msgsnd(id, { mtype: 1, mtext: 'x' })),
      ],
      { id, tooLong: readLimit('msgmax') + 1 },
      { user: nobody },
    );

    expect(errors).toMatchObject([
      { name: 'RangeError', code: 'ERR_OUT_OF_RANGE' },
      { name: 'MessageTooLargeError', code: 'EINVAL', limit: 'MSGMAX' },
      denied,
    ]);
  },
);

itNeeds(otherUsers, 'GAP-11 of a foreign unreadable queue only MSG_STAT is refused', async () => {
  const id = newQueueId(0o600);
  // The only queue there is has the highest index in use.
  const { index } = msgctl(0, MSG_INFO);

  const seen = await inChild(
    ({ failure, sysvmq }, index) => {
      const { IPC_INFO, MSG_INFO, MSG_STAT, MSG_STAT_ANY, msgctl } = sysvmq;
      return {
        error: failure(() => msgctl(index, MSG_STAT)),
        status: msgctl(index, MSG_STAT_ANY),
        limits: msgctl(0, IPC_INFO),
        usage: msgctl(0, MSG_INFO),
      };
    },
    index,
    { user: nobody },
  );

  expect(seen).toMatchObject({
    error: denied,
    status: { msqid: id, msg_perm: { uid: 0, mode: 0o600 } },
    limits: { index, msgmni: readLimit('msgmni') },
    usage: { index, msgpool: 1 },
  });
});
