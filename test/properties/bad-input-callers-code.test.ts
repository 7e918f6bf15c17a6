/**
 * Code of a caller's that runs inside a call: getters of options that throw, close the handle or remove the queue, and
 * methods that must not run at all. No message is lost, whatever they do.
 */

import { inspect } from 'node:util';
import {
  IPC_NOWAIT,
  IPC_SET,
  MessageQueue,
  msgctl,
  msgsnd,
  persistLimits,
  QueueClosedError,
  QueueRemovedError,
  setLimits,
} from '../../lib/index';
import { failureOf } from '../support/failure';
import { kernelState } from '../support/kernel-state';
import { freshKey, newQueue } from '../support/queues';

let queue: MessageQueue;

beforeEach(() => {
  queue = newQueue();
  queue.trySend('a message');
});

/** `others`, with `then` being done whenever this one of them is read. */
function whenRead(name: string, then: () => unknown, others: Record<string, unknown> = {}): never {
  const get = () => {
    then();
    return others[name];
  };
  return Object.defineProperty({ ...others }, name, { get, enumerable: true }) as never;
}

const message = { mtype: 1, mtext: 'data' };
const owner = { uid: 0, gid: 0, mode: 0o600 };
const change = { msg_qbytes: 1000, msg_perm: owner };
type Trap = (then: () => unknown) => unknown;

// The calls that take options, each with a trap in one of them.
const onHandle: [title: string, call: Trap][] = [
  ['trySend, type', (then) => queue.trySend('data', whenRead('type', then))],
  ['sendSync, type', (then) => queue.sendSync('data', whenRead('type', then, { nowait: true }))],
  ['sendSync, nowait', (then) => queue.sendSync('data', whenRead('nowait', then))],
  ['tryReceive, type', (then) => queue.tryReceive(whenRead('type', then))],
  ['tryReceive, upTo', (then) => queue.tryReceive(whenRead('upTo', then))],
  ['tryReceive, maxLength', (then) => queue.tryReceive(whenRead('maxLength', then))],
  ['tryReceive, truncate', (then) => queue.tryReceive(whenRead('truncate', then, { maxLength: 5 }))],
  ['receiveSync, except', (then) => queue.receiveSync(whenRead('except', then, { nowait: true }))],
  ['receiveSync, nowait', (then) => queue.receiveSync(whenRead('nowait', then))],
  ['set, maxBytes', (then) => queue.set(whenRead('maxBytes', then))],
  ['set, mode', (then) => queue.set(whenRead('mode', then))],
];

const elsewhere: [title: string, call: Trap][] = [
  ['create, mode', (then) => MessageQueue.create(freshKey(), whenRead('mode', then))],
  ['create, codec', (then) => MessageQueue.create(freshKey(), whenRead('codec', then))],
  ['create, encode', (then) => MessageQueue.create(freshKey(), { codec: whenRead('encode', then) })],
  ['openOrCreate, maxBytes', (then) => MessageQueue.openOrCreate(freshKey(), whenRead('maxBytes', then))],
  ['createPrivate, type', (then) => MessageQueue.createPrivate(whenRead('type', then))],
  ['open, mode', (then) => MessageQueue.open(queue.key, whenRead('mode', then))],
  ['attach, codec', (then) => MessageQueue.attach(queue.id, whenRead('codec', then))],
  ['msgsnd, mtype', (then) => msgsnd(queue.id, whenRead('mtype', then, message), IPC_NOWAIT)],
  ['msgsnd, mtext', (then) => msgsnd(queue.id, whenRead('mtext', then, message), IPC_NOWAIT)],
  ['msgctl, msg_qbytes', (then) => msgctl(queue.id, IPC_SET, whenRead('msg_qbytes', then, change))],
  ['msgctl, uid', (then) => msgctl(queue.id, IPC_SET, { ...change, msg_perm: whenRead('uid', then, owner) })],
  ['setLimits, msgmax', (then) => setLimits(whenRead('msgmax', then))],
  ['persistLimits, msgmnb', (then) => persistLimits(whenRead('msgmnb', then), { file: '/dev/null/none' })],
  ['persistLimits, file', (then) => persistLimits({ msgmax: 9000 }, whenRead('file', then))],
];

it.each([...onHandle, ...elsewhere])('%s: what a getter throws comes out as it is, and nothing happens', (_, call) => {
  const before = kernelState();
  const thrown = new Error('from the getter');
  const error = failureOf(() =>
    call(() => {
      throw thrown;
    }),
  );
  expect(error).toBe(thrown);
  expect(kernelState()).toBe(before);
});

it.each(onHandle)('%s: a getter that closes the handle is a QueueClosedError, and nothing happens', (_, call) => {
  const before = kernelState();
  const error = failureOf(() => call(() => queue.close()));
  expect(error).toBeInstanceOf(QueueClosedError);
  expect(error).toMatchObject({ code: 'ERR_QUEUE_CLOSED', queueId: queue.id });
  expect(kernelState()).toBe(before);
});

const byId = elsewhere.filter(([title]) => /^(attach|msgsnd|msgctl),/.test(title));

it.each([...onHandle, ...byId])('%s: a getter that removes the queue is a QueueRemovedError', (_, call) => {
  const error = failureOf(() => call(() => queue.remove()));
  expect(error).toBeInstanceOf(QueueRemovedError);
  expect(error).toMatchObject({ code: 'EINVAL', queueId: queue.id });
});

it('a getter that receives does not take the message of the call around it', () => {
  queue.trySend('another');
  const inside: unknown[] = [];
  const outside = queue.tryReceive(whenRead('type', () => inside.push(queue.tryReceive()?.data.toString())));
  expect(inside).toEqual(['a message']);
  expect(outside?.data.toString()).toBe('another');
});

it.each<[title: string, call: (value: never) => unknown]>([
  ['create', (value) => MessageQueue.create(value)],
  ['attach', (value) => MessageQueue.attach(value)],
  ['trySend', (value) => queue.trySend(value)],
  ['trySend, type', (type) => queue.trySend('data', { type })],
  ['tryReceive, type', (type) => queue.tryReceive({ type })],
  ['tryReceive, type and upTo', (type) => queue.tryReceive({ type, upTo: 1 })],
  ['peek, type', (type) => queue.peek({ type })],
  ['set, maxBytes', (maxBytes) => queue.set({ maxBytes })],
  ['msgsnd, mtext', (mtext) => msgsnd(queue.id, { mtype: 1, mtext }, IPC_NOWAIT)],
  ['setLimits, msgmax', (msgmax) => setLimits({ msgmax })],
  ['setLimits', (limits) => setLimits(limits)],
])('%s: an object is never asked to become a primitive or a text', (_, call) => {
  const before = kernelState();
  const asked: string[] = [];
  const ask = (method: string) => () => {
    asked.push(method);
    queue.close();
    return 1;
  };
  const methods = { valueOf: ask('valueOf'), toString: ask('toString'), toJSON: ask('toJSON') };
  class Curious {}
  Object.assign(Curious.prototype, methods, {
    [Symbol.toPrimitive]: ask('toPrimitive'),
    [inspect.custom]: ask('inspect.custom'),
  });
  const error = failureOf(() => call(new Curious() as never));
  expect(error['code']).toMatch(/^ERR_(INVALID_ARG_TYPE|OUT_OF_RANGE)$/);
  expect(asked).toEqual([]);
  expect(kernelState()).toBe(before);
});
