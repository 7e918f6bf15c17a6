import { constants } from 'node:os';
import {
  BufferTooSmallError,
  InterruptedError,
  IPC_NOWAIT,
  IPC_STAT,
  type MessageQueue,
  MessageQueueError,
  MSG_COPY,
  MSG_EXCEPT,
  msgctl,
  msgrcv,
  msgsnd,
  NoMessageError,
  QueueClosedError,
  UnsupportedError,
} from '../../lib/index';
import { errorFromErrno } from '../../lib/kernel/error-from-errno';
import { startChild } from '../support/child';
import { classesOf } from '../support/classes';
import { failure } from '../support/failure';
import { freshKey, fullQueue, newQueue, newQueueId } from '../support/queues';
import { itSlow } from '../support/slow';

const { E2BIG, EINTR, ENOMSG, ENOSYS } = constants.errno;

describe('NoMessageError', () => {
  it('is ENOMSG of msgrcv: nothing matches now', () => {
    const id = newQueueId();

    const error = failure(() => msgrcv(id, 10, 0, IPC_NOWAIT));

    expect(classesOf(error)).toEqual([NoMessageError, MessageQueueError, Error]);
    expect(error).toMatchObject({
      name: 'NoMessageError',
      code: 'ENOMSG',
      errno: -ENOMSG,
      syscall: 'msgrcv',
      queueId: id,
      selector: 'any type',
      message: `Queue ${id} holds no message of any type now.`,
    });
  });

  it.each<[selector: string, msgtyp: number | bigint, msgflg: number]>([
    ['type 5', 5, 0],
    ['any type but 5', 5, MSG_EXCEPT],
    ['a type up to 5', -5, 0],
    ['a type up to 9223372036854775808', -(2n ** 63n), 0],
  ])('says what msgrcv looked for: %s', (selector, msgtyp, msgflg) => {
    const id = newQueueId();
    expect(failure(() => msgrcv(id, 10, msgtyp, msgflg | IPC_NOWAIT))).toMatchObject({
      name: 'NoMessageError',
      code: 'ENOMSG',
      selector,
      message: `Queue ${id} holds no message of ${selector} now.`,
    });
  });

  it('says which position MSG_COPY looked at', () => {
    expect(failure(() => msgrcv(newQueueId(), 10, 3, MSG_COPY | IPC_NOWAIT))).toMatchObject({
      name: 'NoMessageError',
      code: 'ENOMSG',
      selector: expect.stringMatching(/position 3/),
    });
  });

  it.each([
    ['any type', {}],
    ['type 5', { type: 5 }],
    ['any type but 5', { except: 5 }],
    ['a type up to 5', { upTo: 5 }],
  ])('says what receiveSync looked for: %s', (selector, select) => {
    const queue = newQueue();
    expect(failure(() => queue.receiveSync({ ...select, nowait: true }))).toMatchObject({
      name: 'NoMessageError',
      code: 'ENOMSG',
      queueId: queue.id,
      selector,
    });
  });
});

describe('BufferTooSmallError', () => {
  it('is E2BIG of msgrcv: longer than asked for, and still in the queue', () => {
    const id = newQueueId();
    msgsnd(id, { mtype: 6, mtext: 'five!' });

    const error = failure(() => msgrcv(id, 4));

    expect(classesOf(error)).toEqual([BufferTooSmallError, MessageQueueError, Error]);
    expect(error).toMatchObject({
      name: 'BufferTooSmallError',
      code: 'E2BIG',
      errno: -E2BIG,
      syscall: 'msgrcv',
      queueId: id,
      maxLength: 4,
      message:
        `The message in queue ${id} is longer than 4 bytes. It is still there: ` +
        'take it with a larger maxLength, or cut it with truncate: true (MSG_NOERROR).',
    });
    expect(msgrcv(id, 5)).toMatchObject({ mtype: 6, mtext: Buffer.from('five!') });
  });

  it.each<[method: string, call: (queue: MessageQueue) => unknown]>([
    ['tryReceive', (queue) => queue.tryReceive({ maxLength: 4 })],
    ['receiveSync', (queue) => queue.receiveSync({ maxLength: 4 })],
    ['receiveSync with nowait', (queue) => queue.receiveSync({ maxLength: 4, nowait: true })],
  ])('is what %s throws, and the message stays', (_, call) => {
    const queue = newQueue();
    queue.sendSync('five!');
    expect(failure(() => call(queue))).toMatchObject({ name: 'BufferTooSmallError', code: 'E2BIG', maxLength: 4 });
    expect(queue.tryReceive()?.data.toString()).toBe('five!');
  });
});

describe('InterruptedError', () => {
  itSlow.each(['msgsnd', 'msgrcv'] as const)(
    'is EINTR of a %s that waits when a signal handler runs',
    async (syscall) => {
      const queue = syscall === 'msgsnd' ? fullQueue() : newQueue();
      const waiting = startChild(
        ({ sysvmq, failure }, call) => {
          process.on('SIGUSR2', () => undefined);
          const error = failure(() =>
            call.syscall === 'msgsnd' ? sysvmq.msgsnd(call.id, { mtype: 4, mtext: 'x' }) : sysvmq.msgrcv(call.id),
          );
          return error;
        },
        { id: queue.id, syscall },
      );
      await waiting.blockedIn(syscall);
      process.kill(waiting.pid, 'SIGUSR2');

      expect(await waiting.result).toMatchObject({
        name: 'InterruptedError',
        code: 'EINTR',
        errno: -EINTR,
        syscall,
        queueId: queue.id,
        message: `${syscall} was interrupted by a signal. Nothing was sent or taken: call it again.`,
      });
      expect(msgctl(queue.id, IPC_STAT).msg_qnum).toBe(syscall === 'msgsnd' ? 1 : 0);
    },
  );

  it('is a MessageQueueError', () => {
    const error = errorFromErrno('msgrcv', -EINTR, { queueId: 1 });
    expect(classesOf(error)).toEqual([InterruptedError, MessageQueueError, Error]);
    expect(error.code).toBe('EINTR');
  });
});

describe('UnsupportedError', () => {
  it('is ENOSYS of msgget: the system has no message queues', () => {
    const key = freshKey();

    const error = errorFromErrno('msgget', -ENOSYS, { key });

    expect(classesOf(error)).toEqual([UnsupportedError, MessageQueueError, Error]);
    expect(error).toMatchObject({ name: 'UnsupportedError', code: 'ENOSYS', errno: -ENOSYS, syscall: 'msgget', key });
    expect(error.message).toBe(
      'This system has no msgget: the kernel was built without CONFIG_SYSVIPC, is WSL 1 or a sandbox such as gVisor, or a seccomp profile hides it. Run this on another system, or allow the call in the profile. A program can check isSupported() first.',
    );
  });

  it('is ENOSYS of msgrcv(MSG_COPY): the kernel lacks the flag', () => {
    const error = errorFromErrno('msgrcv', -ENOSYS, { queueId: 3, flags: MSG_COPY | IPC_NOWAIT });
    expect(error).toMatchObject({ name: 'UnsupportedError', code: 'ENOSYS', syscall: 'msgrcv', queueId: 3 });
    expect(error.message).toBe('This kernel cannot peek at messages: MSG_COPY needs CONFIG_CHECKPOINT_RESTORE.');
  });
});

describe('QueueClosedError', () => {
  const calls: [method: string, call: (queue: MessageQueue) => unknown][] = [
    ['trySend', (queue) => queue.trySend('x')],
    ['sendSync', (queue) => queue.sendSync('x')],
    ['tryReceive', (queue) => queue.tryReceive()],
    ['receiveSync', (queue) => queue.receiveSync()],
    ['peek', (queue) => queue.peek()],
    ['stat', (queue) => queue.stat()],
    ['set', (queue) => queue.set({ mode: 0o644 })],
    ['remove', (queue) => queue.remove()],
  ];

  it.each(calls)('is what %s of a closed handle throws', (_, call) => {
    const queue = newQueue();
    queue.close();

    const error = failure(() => call(queue));

    expect(classesOf(error)).toEqual([QueueClosedError, MessageQueueError, Error]);
    expect(error).toMatchObject({
      name: 'QueueClosedError',
      code: 'ERR_QUEUE_CLOSED',
      queueId: queue.id,
      message: `The handle of queue 0x${queue.key.toString(16)} (id ${queue.id}) is closed. Open the queue again to use it.`,
    });
  });

  it('names no errno and no call, because none was made', () => {
    const queue = newQueue();
    queue.close();
    const error = failure(() => queue.stat()) as QueueClosedError;
    expect(error.code).toBe('ERR_QUEUE_CLOSED');
    expect(Object.keys(error).sort()).toEqual(['code', 'key', 'queueId']);
  });

  it('also is a queue that its own codec closes while a message is encoded', () => {
    const queue = newQueue<string>({
      codec: {
        encode(text) {
          queue.close();
          return text;
        },
        decode: String,
      },
    });
    expect(failure(() => queue.trySend('x'))).toMatchObject({ name: 'QueueClosedError', code: 'ERR_QUEUE_CLOSED' });
    expect(msgctl(queue.id, IPC_STAT).msg_qnum).toBe(0);
  });

  it('is not thrown by close, which may be called again', () => {
    const queue = newQueue();
    queue.close();
    expect(() => queue.close()).not.toThrow();
    expect(queue.closed).toBe(true);
  });
});
