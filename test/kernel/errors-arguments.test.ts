import {
  getLimits,
  IPC_CREAT,
  IPC_EXCL,
  IPC_SET,
  IPC_STAT,
  MessageQueue,
  msgctl,
  msgget,
  msgrcv,
  msgsnd,
  persistLimits,
  setLimits,
} from '../../lib/index';
import { failure } from '../support/failure';
import { remainingQueues } from '../support/namespace';
import { freshKey, newQueue, newQueueId } from '../support/queues';

type Row = [what: string, call: (id: number) => unknown];

const perm = { uid: 0, gid: 0, mode: 0o600 };

const typeErrors: Row[] = [
  ['a key that is text', () => msgget('0x1234' as never, IPC_CREAT)],
  ['a key that is missing', () => msgget(undefined as never, IPC_CREAT)],
  ['a key that is a bigint', () => MessageQueue.create(5n as never)],
  ['flags that are text', () => msgget(freshKey(), '0600' as never)],
  ['an id that is text', (id) => msgsnd(String(id) as never, { mtype: 1, mtext: 'x' })],
  ['no message', (id) => msgsnd(id, undefined as never)],
  ['a message type that is text', (id) => msgsnd(id, { mtype: '1' as never, mtext: 'x' })],
  ['a text that is a number', (id) => msgsnd(id, { mtype: 1, mtext: 5 as never })],
  ['a text that is null', (id) => msgsnd(id, { mtype: 1, mtext: null as never })],
  ['a text in shared memory', (id) => msgsnd(id, { mtype: 1, mtext: new Uint8Array(new SharedArrayBuffer(4)) })],
  ['a size that is text', (id) => msgrcv(id, '5' as never)],
  ['a selector that is text', (id) => msgrcv(id, 5, '1' as never)],
  ['a command that is text', (id) => msgctl(id, 'IPC_RMID' as never)],
  ['IPC_SET without values', (id) => msgctl(id, IPC_SET, undefined as never)],
  ['IPC_SET without permissions', (id) => msgctl(id, IPC_SET, { msg_qbytes: 1 } as never)],
  ['options that are null', () => MessageQueue.create(freshKey(), null as never)],
  ['options that are a number', () => MessageQueue.create(freshKey(), 0o600 as never)],
  ['a codec without functions', () => MessageQueue.create(freshKey(), { codec: {} as never })],
  ['select that is a number', (id) => MessageQueue.attach(id).tryReceive(5 as never)],
  ['nowait that is a number', (id) => MessageQueue.attach(id).sendSync('x', { nowait: 1 as never })],
  ['a change that is missing', (id) => MessageQueue.attach(id).set(undefined as never)],
  ['a limit that is text', () => setLimits({ msgmax: '100' as never })],
  ['limits that are missing', () => setLimits(undefined as never)],
  ['a file that is a number', () => persistLimits({ msgmax: 100 }, { file: 3 as never })],
  ['apply that is text', () => persistLimits({ msgmax: 100 }, { file: '/nowhere/x', apply: 'yes' as never })],
];

const rangeErrors: Row[] = [
  ['a key of 2^32', () => msgget(2 ** 32, IPC_CREAT)],
  ['a key below -2^31', () => MessageQueue.create(-(2 ** 31) - 1)],
  ['a key that is NaN', () => MessageQueue.create(Number.NaN)],
  ['a key that is no integer', () => MessageQueue.create(1.5)],
  ['IPC_PRIVATE for open', () => MessageQueue.open(0)],
  ['flags of 2^31', () => msgget(freshKey(), 2 ** 31)],
  ['an id below 0', () => msgctl(-1, IPC_STAT)],
  ['an id of 2^31', () => msgctl(2 ** 31, IPC_STAT)],
  ['a message type of 0', (id) => msgsnd(id, { mtype: 0, mtext: 'x' })],
  ['a message type below 0', (id) => msgsnd(id, { mtype: -1, mtext: 'x' })],
  ['a message type of 2^53, as a number', (id) => msgsnd(id, { mtype: 2 ** 53, mtext: 'x' })],
  ['a message type of 2^63, as a bigint', (id) => msgsnd(id, { mtype: 2n ** 63n, mtext: 'x' })],
  ['a size below 0', (id) => msgrcv(id, -1)],
  ['a size of 2^31', (id) => msgrcv(id, 2 ** 31)],
  ['a selector of 2^63', (id) => msgrcv(id, 5, 2n ** 63n)],
  ['an unknown command', (id) => msgctl(id, 99 as never)],
  ['a msg_qbytes of 2^32', (id) => msgctl(id, IPC_SET, { msg_qbytes: 2 ** 32, msg_perm: perm })],
  ['a msg_qbytes of -1', (id) => msgctl(id, IPC_SET, { msg_qbytes: -1, msg_perm: perm })],
  ['a user id of 2^32-1', (id) => msgctl(id, IPC_SET, { msg_qbytes: 1, msg_perm: { ...perm, uid: 2 ** 32 - 1 } })],
  ['a mode above 0o777', (id) => msgctl(id, IPC_SET, { msg_qbytes: 1, msg_perm: { ...perm, mode: 0o1600 } })],
  ['a mode with execute bits', () => MessageQueue.create(freshKey(), { mode: 0o700 })],
  ['maxBytes of 2^31', () => MessageQueue.create(freshKey(), { maxBytes: 2 ** 31 })],
  ['a default type of 0', () => MessageQueue.create(freshKey(), { type: 0 })],
  ['two selectors at once', (id) => MessageQueue.attach(id).tryReceive({ type: 1, upTo: 2 } as never)],
  ['truncate without maxLength', (id) => MessageQueue.attach(id).tryReceive({ truncate: true })],
  ['upTo of 0', (id) => MessageQueue.attach(id).tryReceive({ upTo: 0 })],
  ['a position below 0', (id) => MessageQueue.attach(id).peek(-1)],
  ['a change of maxBytes to 2^32', (id) => MessageQueue.attach(id).set({ maxBytes: 2 ** 32 })],
  ['a limit below 0', () => setLimits({ msgmax: -1 })],
  ['no limit', () => setLimits({})],
  ['a file without a name', () => persistLimits({ msgmax: 100 }, { file: '' })],
];

/** Fails when the call has changed the queue, made another, or set a limit. */
function changingNothing(call: (id: number) => unknown): unknown {
  const id = newQueueId();
  const before = { queues: remainingQueues(), queue: msgctl(id, IPC_STAT), limits: getLimits() };
  const error = failure(() => call(id));
  expect({ queues: remainingQueues(), queue: msgctl(id, IPC_STAT), limits: getLimits() }).toEqual(before);
  return error;
}

describe('TypeError', () => {
  it.each(typeErrors)('is what %s is, and nothing reaches the kernel', (_, call) => {
    const error = changingNothing(call);
    expect(error).toBeInstanceOf(TypeError);
    expect(error).toMatchObject({
      name: 'TypeError',
      code: 'ERR_INVALID_ARG_TYPE',
      message: expect.stringMatching(/^The "[\w.()]+" (argument|property) must be .+\. Received .+/),
    });
  });

  it.each<[call: () => unknown, message: string]>([
    [() => msgget('a' as never), 'The "key" argument must be of type number. Received type string (\'a\')'],
    [() => msgget(null as never), 'The "key" argument must be of type number. Received null'],
  ])('is worded as Node words it: %#', (call, message) => {
    expect(failure(call)).toMatchObject({ name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE', message });
  });
});

describe('RangeError', () => {
  it.each(rangeErrors)('is what %s is, and nothing reaches the kernel', (_, call) => {
    const error = changingNothing(call);
    expect(error).toBeInstanceOf(RangeError);
    expect(error).toMatchObject({
      name: 'RangeError',
      code: 'ERR_OUT_OF_RANGE',
      message: expect.stringMatching(/^The value of "[\w.]+" is out of range\. It must be .+\. Received .+/),
    });
  });

  it.each<[call: () => unknown, message: string]>([
    [
      () => msgctl(-1, IPC_STAT),
      'The value of "msqid" is out of range. It must be an integer >= 0 and <= 2147483647. Received -1',
    ],
    [
      () => msgsnd(0, { mtype: 2n ** 63n, mtext: '' }),
      'The value of "message.mtype" is out of range. ' +
        'It must be a safe integer >= 1, or a bigint >= 1n and <= 2n ** 63n - 1n. Received 9223372036854775808n',
    ],
  ])('is worded as Node words it: %#', (call, message) => {
    expect(failure(call)).toMatchObject({ name: 'RangeError', code: 'ERR_OUT_OF_RANGE', message });
  });

  it('is thrown before the queue is looked at', () => {
    const queue = newQueue();
    queue.remove();
    expect(() => queue.trySend('x', { type: 0 })).toThrow(RangeError);
  });

  it('is thrown before the key is looked at', () => {
    const { key } = newQueue();
    expect(() => msgget(key, (IPC_CREAT | IPC_EXCL) + 2 ** 31)).toThrow(RangeError);
  });
});
