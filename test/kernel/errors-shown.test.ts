/** What a log shows of an error: the queue's key and id, JSON, and what console.log makes of it. */

import { inspect } from 'node:util';
import {
  AbortError,
  codecs,
  DecodeError,
  IPC_STAT,
  LimitError,
  MessageQueue,
  MessageQueueError,
  msgctl,
  msgget,
  QueueFullError,
} from '../../lib/index';
import { errorFromErrno } from '../../lib/kernel/error-from-errno';
import { failureOf } from '../support/failure';
import { freshKey, fullQueue, newQueue, newQueueId } from '../support/queues';
import { rejectionOf } from '../support/rejection';

const hex = (key: number): string => `0x${(key >>> 0).toString(16).padStart(8, '0')}`;

describe('the key and the id', () => {
  it.each<[call: string, fail: (queue: MessageQueue) => unknown]>([
    ['receiveSync with nowait', (queue) => queue.receiveSync({ nowait: true })],
    ['receiveSync with a timeout', (queue) => queue.receiveSync({ timeout: 1 })],
    ['a too long tryReceive', (queue) => queue.trySend('long') && queue.tryReceive({ maxLength: 1 })],
    ['trySend of too much', (queue) => queue.trySend(Buffer.alloc(9000))],
    ['a call on a closed handle', (queue) => (queue.close() as undefined) || queue.stat()],
    ['a call on a removed queue', (queue) => (queue.remove() as undefined) || queue.stat()],
  ])('are in the error of %s', (_, fail) => {
    const queue = newQueue();
    const error = failureOf(() => fail(queue));
    expect(error).toBeInstanceOf(MessageQueueError);
    expect(error).toMatchObject({ queueId: queue.id, key: queue.key });
    expect(error.message).toMatch(
      error instanceof LimitError && error.limit === 'MSGMAX'
        ? /9000 bytes/
        : `ueue ${hex(queue.key)} (id ${queue.id})`,
    );
  });

  it('are in the errors of waits that end', async () => {
    const [empty, full] = [newQueue(), fullQueue()];
    const ended = [empty.receive({ timeout: 1 }), empty.receive({ signal: AbortSignal.timeout(1) })];
    for (const wait of ended) expect(await rejectionOf(wait)).toMatchObject({ queueId: empty.id, key: empty.key });
    const send = full.send('x');
    full.remove();
    expect(await rejectionOf(send)).toMatchObject({ queueId: full.id, key: full.key, name: 'QueueRemovedError' });
  });

  it('are found out for an id that came from elsewhere', () => {
    const key = freshKey();
    const id = newQueue().id;
    expect(key).not.toBe(0);
    const error = errorFromErrno('msgrcv', -13, { queueId: id });
    expect(error).toMatchObject({ queueId: id, key: msgctl(id, IPC_STAT).msg_perm.key });
  });

  it('are both in the error of a key that is taken', () => {
    const { id, key } = newQueue();
    expect(failureOf(() => MessageQueue.create(key))).toMatchObject({ code: 'EEXIST', key, queueId: id });
  });

  it('are those of the queue that has the id now', () => {
    const queue = newQueue();
    queue.remove();
    const other = msgget(freshKey(), 0o1600);
    try {
      expect(failureOf(() => MessageQueue.attach(other).receiveSync({ nowait: true }))).toMatchObject({
        key: msgctl(other, IPC_STAT).msg_perm.key,
      });
    } finally {
      MessageQueue.attach(other).remove();
    }
  });
});

describe('JSON.stringify', () => {
  it('writes types past 2^53, bytes, causes and the stack', () => {
    const queue = newQueue({ codec: codecs.json() });
    MessageQueue.attach(queue.id).trySend(Buffer.from([0xff]), { type: 2n ** 62n });
    const error = failureOf(() => queue.tryReceive());
    expect(error).toBeInstanceOf(DecodeError);
    expect(JSON.parse(JSON.stringify(error))).toMatchObject({
      name: 'DecodeError',
      message: error.message,
      code: 'ERR_MESSAGE_DECODE',
      queueId: queue.id,
      key: queue.key,
      messageType: '4611686018427387904',
      raw: { base64: '/w==' },
      cause: { name: expect.any(String), message: expect.any(String) },
      stack: expect.stringContaining('errors-shown'),
    });
  });

  it('writes whatever an error has as its cause', () => {
    const circular: Record<string, unknown> = { big: 1n, date: new Date(0), call: () => 0, symbol: Symbol('s') };
    circular['self'] = circular;
    Object.defineProperty(circular, 'getter', { enumerable: true, get: () => JSON.parse('{') });
    for (const cause of [circular, 5n, null, 'text', new Proxy({}, { ownKeys: () => [0] as never })]) {
      const error = new AbortError('msgrcv', 5, cause);
      expect(JSON.parse(JSON.stringify({ error }))).toMatchObject({ error: { code: 'ABORT_ERR' } });
    }
  });
});

describe('console.log', () => {
  it('shows a key in hexadecimal and a mode in octal, and the rest as ever', () => {
    const queue = newQueue();
    const error = failureOf(() => queue.receiveSync({ nowait: true }));
    const shown = inspect(error);
    expect(shown).toContain(`${error.stack}`);
    expect(shown).toContain(`key: ${hex(queue.key)}`);
    expect(shown).toContain(`queueId: ${queue.id}`);
    const denied = errorFromErrno('msgrcv', -13, { queueId: queue.id });
    expect(inspect(denied)).toContain('mode: 0o600');
  });

  it('shows the cause of an error, and works on one without a stack', () => {
    const error = new AbortError('msgrcv', 5, new Error('the reason'));
    expect(inspect(error)).toContain('the reason');
    Object.defineProperty(error, 'stack', { value: undefined });
    expect(inspect({ error })).toContain('ABORT_ERR');
  });
});

describe('the words of an error', () => {
  it('count one and many', () => {
    const one = newQueue({ maxBytes: 1 });
    one.trySend('1');
    expect(failureOf(() => one.sendSync('2', { nowait: true })).message).toContain(
      '1 of 1 byte (msg_qbytes) and 1 message; 1 more byte does not fit.',
    );
    const two = newQueue({ maxBytes: 2 });
    two.trySendMany([{ data: '1' }, { data: '2' }]);
    expect(failureOf(() => two.sendSync('34', { nowait: true })).message).toContain(
      '2 of 2 bytes (msg_qbytes) and 2 messages; 2 more bytes do not fit.',
    );
  });

  it('say how many of many were sent before the time was up', async () => {
    const queue = newQueue({ maxBytes: 2 });
    const error = await rejectionOf(queue.sendMany([{ data: '1' }, { data: '2' }, { data: '3' }], { timeout: 1 }));
    expect(error).toMatchObject({ code: 'ETIMEDOUT', sent: 2 });
    expect(error.message).toMatch(/after 1 ms\. 2 of 3 messages were sent\.$/);
    expect(error.stack).toContain('2 of 3 messages were sent.');
  });

  it('name maxBytes where it makes room', () => {
    const error = failureOf(() => fullQueue(10).sendSync('x', { nowait: true }));
    expect(error).toBeInstanceOf(QueueFullError);
    expect(error.message).toContain('queue.set({ maxBytes: N })');
  });

  it('of a queue that is not there name the IPC namespace', () => {
    expect(failureOf(() => MessageQueue.open(freshKey())).message).toContain('IPC namespace');
    expect(failureOf(() => MessageQueue.attach(0x7fffffff)).message).toContain('IPC namespace');
  });

  it('of a removed queue say whether that was during the call', () => {
    const queue = newQueue();
    queue.remove();
    expect(failureOf(() => queue.stat()).message).toMatch(/^Queue 0x\w+ \(id \d+\) was removed\. /);
    expect(errorFromErrno('msgrcv', -43, { queueId: newQueueId() }).message).toContain('was removed during this call');
  });
});
