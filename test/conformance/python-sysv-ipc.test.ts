/** What the tests of Python's sysv_ipc say of a queue, its messages and its types. Rows PY-01 to PY-20. */

import { randomInt } from 'node:crypto';
import { codecs, IPC_CREAT, IPC_EXCL, IPC_STAT, MessageQueue, msgctl, msgget } from '../../lib/index';
import { failure } from '../support/failure';
import { freshKey, newQueue, removeAfterTest } from '../support/queues';

/** A queue that holds one message of each type, in this order. */
function queueOfTypes(...types: number[]): MessageQueue<string> {
  const queue = newQueue({ codec: codecs.utf8 });
  for (const type of types) queue.sendSync(`of type ${type}`, { type, nowait: true });
  return queue;
}

describe('opening and creating', () => {
  it('PY-01 open finds the queue that has the key', () => {
    const key = freshKey();
    removeAfterTest(MessageQueue.create(key).id);
    expect(MessageQueue.open(key).stat().key).toBe(key);
  });

  it('PY-02 openOrCreate, as IPC_CREAT, finds the queue that has the key', () => {
    const queue = newQueue();
    expect(MessageQueue.openOrCreate(queue.key).id).toBe(queue.id);
    expect(msgctl(msgget(queue.key, IPC_CREAT), IPC_STAT).msg_perm.key).toBe(queue.key);
  });

  it('PY-03 openOrCreate, as IPC_CREAT, creates the queue of a free key', () => {
    const key = freshKey();
    const queue = MessageQueue.openOrCreate(key);
    removeAfterTest(queue.id);
    expect(queue.stat()).toMatchObject({ key, messageCount: 0 });
  });

  it('PY-04 create, as IPC_CREAT | IPC_EXCL, refuses a key that is taken', () => {
    const { key } = newQueue();
    const refusal = { name: 'QueueExistsError', code: 'EEXIST', errno: -17, syscall: 'msgget', key };
    expect(failure(() => MessageQueue.create(key))).toMatchObject(refusal);
    expect(failure(() => msgget(key, IPC_CREAT | IPC_EXCL | 0o600))).toMatchObject(refusal);
  });

  it('PY-05 a random key of all that key_t holds makes a queue (drawn by the caller: the library draws none)', () => {
    for (const key of [randomInt(-0x80000000, 0), randomInt(1, 0x80000000)]) {
      const queue = MessageQueue.create(key);
      removeAfterTest(queue.id);
      expect(queue.stat().key).toBe(key);
      expect(MessageQueue.open(key).id).toBe(queue.id);
    }
  });

  it('PY-06 a second handle of a key has the same id', () => {
    const queue = newQueue();
    expect(MessageQueue.open(queue.key).id).toBe(queue.id);
    expect(msgget(queue.key)).toBe(queue.id);
  });

  it('PY-07 create takes its options by name', () => {
    const queue = newQueue({ mode: 0o640, maxBytes: 1000, type: 4, codec: codecs.utf8 });
    queue.sendSync('text');
    expect(queue.stat()).toMatchObject({ mode: 0o640, maxBytes: 1000 });
    expect(queue.receiveSync()).toMatchObject({ type: 4, data: 'text' });
  });
});

describe('messages and their types', () => {
  it('PY-08 bytes that are sent without a type come back with type 1', () => {
    const queue = newQueue();
    queue.sendSync(Buffer.from('abcdefg'));
    expect(queue.receiveSync()).toMatchObject({ type: 1, data: Buffer.from('abcdefg') });
  });

  it('PY-09 a type comes back with its message, and a negative one is refused', () => {
    const queue = newQueue();
    queue.sendSync('data', { type: 2 });
    expect(queue.receiveSync().type).toBe(2);
    expect(failure(() => queue.sendSync('data', { type: -1 }))).toMatchObject({
      name: 'RangeError',
      code: 'ERR_OUT_OF_RANGE',
    });
    expect(queue.stat().messageCount).toBe(0);
  });

  it('PY-10 without a selector messages come in the order they were sent', () => {
    const queue = queueOfTypes(1, 2, 3);
    const received = [1, 2, 3].map(() => queue.receiveSync({ nowait: true }));
    expect(received.map(({ type, data }) => [type, data])).toEqual([
      [1, 'of type 1'],
      [2, 'of type 2'],
      [3, 'of type 3'],
    ]);
    expect(queue.stat().messageCount).toBe(0);
  });

  it('PY-11 upTo takes the lowest type, as POSIX and Linux have it, and not the first in line, as BSD does', () => {
    const queue = queueOfTypes(4, 3, 2, 1);
    expect(queue.tryReceive({ upTo: 2 })?.type).toBe(1);
    expect(queue.tryReceive({ upTo: 2 })?.type).toBe(2);
    expect(queue.tryReceive({ upTo: 2 })).toBeUndefined();
  });

  it('PY-12 a message is taken by its type from the middle, and the others keep their order', () => {
    const queue = queueOfTypes(4, 3, 2, 1);
    const types = [{ type: 3 }, {}, {}, {}].map((select) => queue.tryReceive(select)?.type);
    expect(types).toEqual([3, 4, 2, 1]);
    expect(queue.stat().messageCount).toBe(0);
  });

  it('PY-13 a full queue refuses what is sent without waiting', () => {
    const queue = newQueue({ maxBytes: 64 });
    let sent = 0;
    const error = failure(() => {
      for (; sent < 100; sent++) queue.sendSync('sixteen bytes...', { nowait: true });
    });
    expect(sent).toBe(4);
    expect(error).toMatchObject({
      name: 'QueueFullError',
      code: 'EAGAIN',
      errno: -11,
      syscall: 'msgsnd',
      limit: 'msg_qbytes',
      limitValue: 64,
      usedBytes: 64,
      messageCount: 4,
    });
    expect(queue.trySend('sixteen bytes...')).toBe(false);
  });

  it('PY-14 receiving without waiting fails when the queue is empty and when no message has the type', () => {
    const queue = newQueue();
    const refusal = { name: 'NoMessageError', code: 'ENOMSG', errno: -42, syscall: 'msgrcv' };
    expect(failure(() => queue.receiveSync({ nowait: true }))).toMatchObject({ ...refusal, selector: 'any type' });
    queue.sendSync('data', { type: 3 });
    expect(failure(() => queue.receiveSync({ type: 2, nowait: true }))).toMatchObject({
      ...refusal,
      selector: 'type 2',
    });
    expect(queue.stat().messageCount).toBe(1);
  });

  it('PY-15 NUL bytes neither end a message nor get lost', () => {
    const queue = newQueue();
    const data = Buffer.from('\0abc\0def\0\0', 'latin1');
    queue.sendSync(data);
    expect(queue.receiveSync().data).toEqual(data);
  });

  it('PY-16 UTF-8 comes back byte for byte', () => {
    const queue = newQueue();
    const data = Buffer.from('Grüße, 世界 🐍', 'utf8');
    queue.sendSync(data);
    expect(queue.receiveSync().data).toEqual(data);
  });

  it('PY-17 sending takes its options by name', () => {
    const queue = newQueue();
    queue.sendSync('x', { nowait: true, type: 5 });
    expect(queue.trySend('y', { type: 6 })).toBe(true);
    expect([queue.tryReceive()?.type, queue.tryReceive()?.type]).toEqual([5, 6]);
  });

  it('PY-18 receiving takes its options by name', () => {
    const queue = queueOfTypes(4, 5);
    expect(queue.receiveSync({ nowait: true, maxLength: 2, truncate: true, type: 5 })).toMatchObject({
      type: 5,
      data: 'of',
      truncated: true,
    });
    expect(queue.tryReceive({ except: 5, maxLength: 9 })).toMatchObject({ type: 4, truncated: false });
  });

  it('PY-19 a message above the most that the queue takes is refused', () => {
    const queue = newQueue({ maxBytes: 10 });
    expect(failure(() => queue.sendSync('eleven char'))).toMatchObject({
      name: 'MessageTooLargeError',
      code: 'EINVAL',
      syscall: 'msgsnd',
      limit: 'msg_qbytes',
      limitValue: 10,
      requested: 11,
    });
    expect(queue.stat().messageCount).toBe(0);
  });

  it('PY-20 a removed queue is not found again', () => {
    const queue = newQueue();
    queue.remove();
    expect(failure(() => MessageQueue.open(queue.key))).toMatchObject({
      name: 'QueueNotFoundError',
      code: 'ENOENT',
      errno: -2,
      syscall: 'msgget',
      key: queue.key,
    });
  });
});
