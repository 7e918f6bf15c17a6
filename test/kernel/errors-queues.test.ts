import { constants } from 'node:os';
import {
  IPC_CREAT,
  IPC_EXCL,
  IPC_NOWAIT,
  IPC_RMID,
  IPC_SET,
  IPC_STAT,
  MessageQueue,
  MessageQueueError,
  MSG_COPY,
  msgctl,
  msgget,
  msgrcv,
  msgsnd,
  QueueExistsError,
  QueueNotFoundError,
  QueueRemovedError,
} from '../../lib/index';
import { startChild } from '../support/child';
import { classesOf } from '../support/classes';
import { failure } from '../support/failure';
import { freshKey, fullQueue, newQueue, newQueueId } from '../support/queues';
import { itSlow } from '../support/slow';

const { EEXIST, EIDRM, EINVAL, ENOENT } = constants.errno;
// The kernel's sequence numbers end one below the one that this id would have (ipc/util.h).
const NEVER_AN_ID = 0x7fffffff;
const anyChange = { msg_qbytes: 1, msg_perm: { uid: 0, gid: 0, mode: 0o600 } };

function removedId(): number {
  const id = newQueueId();
  msgctl(id, IPC_RMID);
  return id;
}

const gone = (id: number, during = '') =>
  `Queue ${id} was removed${during}. Its messages are gone with it; open or create the queue again.`;
const neverWas = (id: number) =>
  `No queue of this IPC namespace has the id ${id}: it was removed, never existed, or belongs to another container, which has an IPC namespace of its own.`;

describe('QueueNotFoundError', () => {
  it('is ENOENT of msgget: no queue has this key', () => {
    const key = freshKey();

    const error = failure(() => msgget(key)) as Error;

    expect(classesOf(error)).toEqual([QueueNotFoundError, MessageQueueError, Error]);
    expect(error).toMatchObject({ name: 'QueueNotFoundError', code: 'ENOENT', errno: -ENOENT, syscall: 'msgget', key });
    expect(error.message).toBe(
      `No queue of this IPC namespace has the key 0x${key.toString(16)}. Create it (create, openOrCreate), or check how the key is made. ` +
        'A queue of another container is in an IPC namespace of its own, unless that is shared.',
    );
  });

  it('has the key as key_t has it, and spells it as ipcs does', () => {
    const key = (freshKey() | 0x80000000) >>> 0;
    const error = failure(() => MessageQueue.open(key)) as Error;
    expect(error).toMatchObject({ name: 'QueueNotFoundError', code: 'ENOENT', key: key - 2 ** 32 });
    expect(error.message).toContain(`0x${key.toString(16)}`);
  });
});

describe('QueueExistsError', () => {
  it('is EEXIST of msgget: a queue has this key', () => {
    const { key } = newQueue();

    const error = failure(() => msgget(key, IPC_CREAT | IPC_EXCL | 0o600)) as Error;

    expect(classesOf(error)).toEqual([QueueExistsError, MessageQueueError, Error]);
    expect(error).toMatchObject({ name: 'QueueExistsError', code: 'EEXIST', errno: -EEXIST, syscall: 'msgget', key });
    expect(error.message).toBe(
      `A queue has the key 0x${key.toString(16)} already. Open it (open, openOrCreate), or remove it first.`,
    );
  });

  it('is what create throws', () => {
    const { key } = newQueue();
    expect(failure(() => MessageQueue.create(key))).toMatchObject({ name: 'QueueExistsError', code: 'EEXIST', key });
  });
});

describe('QueueRemovedError', () => {
  itSlow.each(['msgsnd', 'msgrcv'] as const)(
    'is EIDRM for a %s that waits when the queue is removed',
    async (syscall) => {
      const queue = syscall === 'msgsnd' ? fullQueue() : newQueue();
      const waiting = startChild(
        ({ sysvmq, failure }, call) =>
          failure(() =>
            call.syscall === 'msgsnd' ? sysvmq.msgsnd(call.id, { mtype: 4, mtext: 'x' }) : sysvmq.msgrcv(call.id),
          ),
        { id: queue.id, syscall },
      );
      await waiting.blockedIn(syscall);
      queue.remove();

      expect(await waiting.result).toMatchObject({
        name: 'QueueRemovedError',
        code: 'EIDRM',
        errno: -EIDRM,
        syscall,
        queueId: queue.id,
        message: gone(queue.id, ' during this call'),
      });
    },
  );

  itSlow.each(['sendSync', 'receiveSync'] as const)(
    'is EIDRM for a %s that waits when the queue is removed',
    async (method) => {
      const queue = method === 'sendSync' ? fullQueue() : newQueue();
      const waiting = startChild(
        ({ sysvmq, failure }, call) => {
          const handle = sysvmq.MessageQueue.attach(call.id);
          return failure(() => (call.method === 'sendSync' ? handle.sendSync('x') : handle.receiveSync()));
        },
        { id: queue.id, method },
      );
      await waiting.blockedIn(method === 'sendSync' ? 'msgsnd' : 'msgrcv');
      queue.remove();

      // The wait is made of slices, and the queue may go between two of them: the kernel then says EINVAL.
      expect(await waiting.result).toMatchObject({
        name: 'QueueRemovedError',
        code: expect.stringMatching(/^(EIDRM|EINVAL)$/),
        queueId: queue.id,
      });
    },
  );

  it('is EINVAL for a queue that is gone', () => {
    const id = removedId();

    const error = failure(() => msgrcv(id, 10, 0, IPC_NOWAIT)) as Error;

    expect(classesOf(error)).toEqual([QueueRemovedError, MessageQueueError, Error]);
    expect(error).toMatchObject({
      name: 'QueueRemovedError',
      code: 'EINVAL',
      errno: -EINVAL,
      syscall: 'msgrcv',
      queueId: id,
    });
    expect(error.message).toBe(gone(id));
  });

  const calls: [name: string, call: (id: number) => unknown, syscall: string][] = [
    ['msgsnd', (id) => msgsnd(id, { mtype: 1, mtext: 'x' }), 'msgsnd'],
    ['msgrcv', (id) => msgrcv(id), 'msgrcv'],
    ['msgrcv(MSG_COPY)', (id) => msgrcv(id, 10, 0, MSG_COPY | IPC_NOWAIT), 'msgrcv'],
    ['msgctl(IPC_STAT)', (id) => msgctl(id, IPC_STAT), 'msgctl'],
    ['msgctl(IPC_SET)', (id) => msgctl(id, IPC_SET, anyChange), 'msgctl'],
    ['msgctl(IPC_RMID)', (id) => msgctl(id, IPC_RMID), 'msgctl'],
    ['attach', (id) => MessageQueue.attach(id), 'msgctl'],
  ];

  it.each(calls)('is what %s throws for a queue that is gone', (_, call, syscall) => {
    const id = removedId();
    expect(failure(() => call(id))).toMatchObject({
      name: 'QueueRemovedError',
      code: 'EINVAL',
      syscall,
      queueId: id,
    });
  });

  it.each(calls)('is what %s throws for an id that never was', (_, call, syscall) => {
    expect(failure(() => call(NEVER_AN_ID))).toMatchObject({
      name: 'QueueRemovedError',
      code: 'EINVAL',
      errno: -EINVAL,
      syscall,
      queueId: NEVER_AN_ID,
      message: neverWas(NEVER_AN_ID),
    });
  });

  it.each<[name: string, call: (queue: MessageQueue) => unknown, syscall: string]>([
    ['trySend', (queue) => queue.trySend('x'), 'msgsnd'],
    ['sendSync', (queue) => queue.sendSync('x'), 'msgsnd'],
    ['tryReceive', (queue) => queue.tryReceive(), 'msgrcv'],
    ['receiveSync', (queue) => queue.receiveSync(), 'msgrcv'],
    ['peek', (queue) => queue.peek(), 'msgrcv'],
    ['stat', (queue) => queue.stat(), 'msgctl'],
    ['set', (queue) => queue.set({ mode: 0o644 }), 'msgctl'],
    ['remove', (queue) => queue.remove(), 'msgctl'],
  ])('is what %s of a handle throws when the queue is gone', (_, call, syscall) => {
    const queue = newQueue();
    MessageQueue.attach(queue.id).remove();
    expect(failure(() => call(queue))).toMatchObject({
      name: 'QueueRemovedError',
      code: 'EINVAL',
      syscall,
      queueId: queue.id,
    });
  });

  it('is thrown for a message longer than MSGMAX, too, when the queue is gone', () => {
    const id = removedId();
    expect(failure(() => msgsnd(id, { mtype: 1, mtext: Buffer.alloc(8193) }))).toMatchObject({
      name: 'QueueRemovedError',
      code: 'EINVAL',
      queueId: id,
    });
  });
});
