import { constants } from 'node:os';
import { IPC_RMID, IPC_STAT, MessageQueueError, msgctl, QueueAccessError } from '../../lib/index';
import { errorFromErrno } from '../../lib/kernel/error-from-errno';
import { inChild, nobody } from '../support/child';
import { classesOf } from '../support/classes';
import { itNeeds, otherUsers } from '../support/needs';
import { queueIndex } from '../support/queue-index';
import { freshKey, newQueue, newQueueId } from '../support/queues';
import { slow } from '../support/slow';

const { EACCES, EPERM } = constants.errno;
const owner = (mode = 0o600) => ({
  uid: process.geteuid?.(),
  gid: process.getegid?.(),
  creatorUid: process.geteuid?.(),
  creatorGid: process.getegid?.(),
  mode,
});
const whose =
  `It belongs to uid 0, gid ${process.getegid?.()} (created by 0, ${process.getegid?.()}), mode 0o600; ` +
  `this process is uid ${nobody.uid}, gid ${nobody.gid}.`;

/** Of msgctl, for a queue with mode 0o666. */
const onlyItsOwnerMay = {
  name: 'QueueAccessError',
  code: 'EPERM',
  errno: -EPERM,
  syscall: 'msgctl',
  needed: 'to be the owner or the creator, or to have CAP_SYS_ADMIN',
  owner: owner(0o666),
};

describe('QueueAccessError', () => {
  itNeeds(slow(otherUsers), 'is EACCES of msgget: the queue does not grant what was asked for', async () => {
    const queue = newQueue();
    const error = await inChild(({ sysvmq, failure }, key) => failure(() => sysvmq.msgget(key, 0o600)), queue.key, {
      user: nobody,
    });
    expect(error).toMatchObject({
      name: 'QueueAccessError',
      code: 'EACCES',
      errno: -EACCES,
      syscall: 'msgget',
      key: queue.key,
      needed: 'the permissions asked for',
      owner: owner(),
      message: `msgget on queue 0x${queue.key.toString(16)} (id ${queue.id}) needs the permissions asked for. ${whose}`,
    });
  });

  itNeeds(slow(otherUsers), 'is EACCES of msgsnd: no write permission', async () => {
    const id = newQueueId();
    const error = await inChild(
      ({ sysvmq, failure }, id) => failure(() => sysvmq.msgsnd(id, { mtype: 5, mtext: 'x' })),
      id,
      { user: nobody },
    );
    expect(error).toMatchObject({
      name: 'QueueAccessError',
      code: 'EACCES',
      errno: -EACCES,
      syscall: 'msgsnd',
      queueId: id,
      messageType: 5,
      needed: 'write permission',
      owner: owner(),
      message: `msgsnd on queue ${id} needs write permission. ${whose}`,
    });
  });

  itNeeds(slow(otherUsers), 'is EACCES of msgrcv: no read permission', async () => {
    const id = newQueueId(0o622);
    const error = await inChild(({ sysvmq, failure }, id) => failure(() => sysvmq.msgrcv(id)), id, { user: nobody });
    expect(error).toMatchObject({
      name: 'QueueAccessError',
      code: 'EACCES',
      syscall: 'msgrcv',
      queueId: id,
      needed: 'read permission',
      owner: owner(0o622),
    });
  });

  itNeeds(slow(otherUsers), 'is EACCES of msgctl(IPC_STAT): no read permission', async () => {
    const id = newQueueId();
    const error = await inChild(({ sysvmq, failure }, id) => failure(() => sysvmq.msgctl(id, sysvmq.IPC_STAT)), id, {
      user: nobody,
    });
    expect(error).toMatchObject({
      name: 'QueueAccessError',
      code: 'EACCES',
      syscall: 'msgctl',
      queueId: id,
      needed: 'read permission',
      owner: owner(),
    });
  });

  itNeeds(slow(otherUsers), 'names the queue, not the index, when msgctl(MSG_STAT) is refused', async () => {
    const { id, index } = queueBeyondItsIndex();
    const error = await inChild(
      ({ sysvmq, failure }, index) => failure(() => sysvmq.msgctl(index, sysvmq.MSG_STAT)),
      index,
      { user: nobody },
    );
    expect(error).toMatchObject({ name: 'QueueAccessError', code: 'EACCES', queueId: id, owner: owner() });
  });

  itNeeds(otherUsers, 'is EPERM of msgctl(IPC_SET): neither owner nor creator', async () => {
    const id = newQueueId(0o666);
    const error = await inChild(
      ({ sysvmq, failure }, id) => {
        const { msg_perm, msg_qbytes } = sysvmq.msgctl(id, sysvmq.IPC_STAT);
        return failure(() => sysvmq.msgctl(id, sysvmq.IPC_SET, { msg_perm, msg_qbytes }));
      },
      id,
      { user: nobody },
    );
    expect(error).toMatchObject({ ...onlyItsOwnerMay, queueId: id });
  });

  itNeeds(otherUsers, 'is EPERM of msgctl(IPC_RMID): neither owner nor creator', async () => {
    const id = newQueueId(0o666);
    const error = await inChild(({ sysvmq, failure }, id) => failure(() => sysvmq.msgctl(id, sysvmq.IPC_RMID)), id, {
      user: nobody,
    });
    expect(error).toMatchObject({ ...onlyItsOwnerMay, queueId: id });
    expect(msgctl(id, IPC_STAT).msg_perm.mode).toBe(0o666);
  });

  it('is EPERM of msgget: something that is no queue forbids the call', () => {
    const key = freshKey();

    const error = errorFromErrno('msgget', -EPERM, { key });

    expect(classesOf(error)).toEqual([QueueAccessError, MessageQueueError, Error]);
    expect(error).toMatchObject({
      name: 'QueueAccessError',
      code: 'EPERM',
      errno: -EPERM,
      syscall: 'msgget',
      key,
      needed: 'msgget to be allowed by the seccomp profile or security module',
      owner: undefined,
    });
  });

  itNeeds(slow(otherUsers), 'is an instance of its classes where it is caught', async () => {
    const id = newQueueId();
    const isInstance = await inChild(
      ({ sysvmq }, id) => {
        try {
          sysvmq.msgrcv(id);
        } catch (error) {
          return [sysvmq.QueueAccessError, sysvmq.MessageQueueError, Error].map((of) => error instanceof of);
        }
        return undefined;
      },
      id,
      { user: nobody },
    );
    expect(isInstance).toEqual([true, true, true]);
  });
});

/** A queue whose id is not its index. */
function queueBeyondItsIndex(): { id: number; index: number } {
  for (;;) {
    const id = newQueueId();
    const index = queueIndex(id);
    if (index !== id) return { id, index };
    msgctl(id, IPC_RMID);
  }
}
