/** What the tests of PHP's sysvmsg say of messages, changes and removed queues. The rows from PHP-01 to PHP-18. */

import { codecs, type DecodeError, ftok, IPC_PRIVATE, MessageQueue, type QueueStatus } from '../../lib/index';
import { inChild, type User } from '../support/child';
import { failure } from '../support/failure';
import { remainingQueues } from '../support/namespace';
import { otherUsers } from '../support/needs';
import { freshKey, newQueue, removeAfterTest } from '../support/queues';
import { itSlow } from '../support/slow';

const someone: User = { uid: 12345, gid: 23456 };
const invalidType = { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' };

describe('values through a codec', () => {
  it('PHP-01 a serialized value passes a queue whose key is made of a file', () => {
    const key = ftok(__filename, 't');
    const queue = MessageQueue.create(key, { codec: codecs.structured<string>() });
    removeAfterTest(queue.id);
    queue.sendSync('hello');
    expect(queue.receiveSync({ nowait: true })).toMatchObject({ type: 1, data: 'hello' });
  });

  it('PHP-02 raw bytes that a codec cannot read are an error that carries them, and are consumed', () => {
    const queue = newQueue();
    queue.sendSync('Hi');
    const reader = MessageQueue.attach(queue.id, { codec: codecs.structured() });
    const error = failure(() => reader.tryReceive());
    expect(error).toMatchObject({ name: 'DecodeError', code: 'ERR_MESSAGE_DECODE', messageType: 1 });
    expect((error as DecodeError).raw.toString()).toBe('Hi');
    expect(queue.stat().messageCount).toBe(0);
  });

  it('PHP-13 an unserialized string comes back identical', () => {
    const queue = newQueue({ codec: codecs.utf8 });
    queue.sendSync('test string');
    expect(queue.receiveSync().data).toBe('test string');
  });

  it('PHP-14 unserialized numbers and booleans are refused, where PHP sends their text', () => {
    const queue = newQueue();
    for (const value of [42, 1e300, true, 1.01]) {
      expect(failure(() => queue.sendSync(value as never))).toMatchObject(invalidType);
    }
    expect(queue.stat().messageCount).toBe(0);
  });

  it('PHP-15 an unserialized null or array is refused in words that name what can be sent', () => {
    const queue = newQueue();
    for (const value of [null, ['text']]) {
      expect(failure(() => queue.sendSync(value as never))).toMatchObject({
        ...invalidType,
        message: expect.stringContaining('must be of type string or an instance of Buffer'),
      });
    }
    expect(queue.stat().messageCount).toBe(0);
  });

  it('PHP-16 a value that serializes to nothing is a TypeError, and nothing is sent', () => {
    const queue = newQueue({ codec: codecs.json() });
    expect(failure(() => queue.sendSync({ toJSON: () => undefined }))).toMatchObject(invalidType);
    expect(queue.stat().messageCount).toBe(0);
  });
});

describe('whether a queue exists', () => {
  it('PHP-03 exists tells a free key, a taken one and one that is free again', () => {
    const key = freshKey();
    const answers = [MessageQueue.exists(key)];
    const queue = MessageQueue.create(key);
    removeAfterTest(queue.id);
    answers.push(MessageQueue.exists(key));
    queue.remove();
    answers.push(MessageQueue.exists(key));
    expect(answers).toEqual([false, true, false]);
  });

  it('PHP-18 no queue exists under IPC_PRIVATE, though one that is made with it works', () => {
    expect(MessageQueue.exists(IPC_PRIVATE)).toBe(false);
    const queue = MessageQueue.createPrivate();
    removeAfterTest(queue.id);
    expect(MessageQueue.exists(IPC_PRIVATE)).toBe(false);
    expect(remainingQueues()).toEqual([queue.id]);
    queue.sendSync('ping');
    expect(queue.receiveSync().data.toString()).toBe('ping');
  });
});

describe('changing a queue', () => {
  /** A user, where possible not root, gives a queue to themselves. */
  function giveToSelf(field: 'uid' | 'gid') {
    return inChild(
      ({ sysvmq }, name) => {
        const self = { uid: process.geteuid?.() ?? -1, gid: process.getegid?.() ?? -1 };
        const queue = sysvmq.MessageQueue.createPrivate();
        try {
          const before = queue.stat();
          queue.set({ [name]: self[name] });
          return { self, before, after: queue.stat() };
        } finally {
          queue.remove();
        }
      },
      field,
      otherUsers.met ? { user: someone } : {},
    );
  }

  // A second may begin in between.
  const untimed = ({ changedAt: _, ...rest }: QueueStatus) => rest;

  it('PHP-04 set gives a queue the mode 0600', () => {
    const queue = newQueue({ mode: 0o644 });
    queue.set({ mode: 0o600 });
    expect(queue.stat().mode).toBe(0o600);
  });

  itSlow('PHP-05 set gives a queue to the user who has it', async () => {
    const { self, before, after } = await giveToSelf('uid');
    expect(after.uid).toBe(self.uid);
    expect(untimed(after)).toEqual(untimed(before));
  });

  itSlow('PHP-06 set gives a queue to the group that has it', async () => {
    const { self, before, after } = await giveToSelf('gid');
    expect(after.gid).toBe(self.gid);
    expect(untimed(after)).toEqual(untimed(before));
  });

  it('PHP-07 set takes a byte off what the queue holds', () => {
    const queue = newQueue();
    const { maxBytes } = queue.stat();
    queue.set({ maxBytes: maxBytes - 1 });
    expect(queue.stat().maxBytes).toBe(maxBytes - 1);
  });
});

describe('a removed queue', () => {
  function removedQueue(): MessageQueue {
    const queue = newQueue();
    queue.remove();
    return queue;
  }
  const removed = { name: 'QueueRemovedError', code: 'EINVAL', errno: -22 };

  it('PHP-08 set of a queue that was removed fails', () => {
    expect(failure(() => removedQueue().set({ mode: 0o600 }))).toMatchObject({ ...removed, syscall: 'msgctl' });
  });

  it('PHP-09 the state of a queue that was removed is an error', () => {
    expect(failure(() => removedQueue().stat())).toMatchObject({ ...removed, syscall: 'msgctl' });
  });

  it('PHP-10 a receive from a queue that was removed fails, with its errno', () => {
    expect(failure(() => removedQueue().tryReceive())).toMatchObject({ ...removed, syscall: 'msgrcv' });
  });

  it('PHP-12 a send to a queue that was removed fails with EINVAL', () => {
    expect(failure(() => removedQueue().trySend('data'))).toMatchObject({ ...removed, syscall: 'msgsnd' });
  });
});
