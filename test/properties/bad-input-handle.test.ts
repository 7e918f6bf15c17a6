/** Handles that were closed, and queues that are gone: every method says so, and nothing crashes. */

import {
  IPC_NOWAIT,
  IPC_RMID,
  IPC_SET,
  IPC_STAT,
  MessageQueue,
  msgctl,
  msgrcv,
  msgsnd,
  QueueClosedError,
  QueueNotFoundError,
  QueueRemovedError,
} from '../../lib/index';
import { failureOf } from '../support/failure';
import { checkpointRestore } from '../support/kernel-features';
import { kernelState } from '../support/kernel-state';
import { itNeeds } from '../support/needs';
import { newQueue } from '../support/queues';

let queue: MessageQueue;

beforeEach(() => {
  queue = newQueue();
  queue.trySend('a message');
});

const methods: [title: string, call: () => unknown][] = [
  ['trySend', () => queue.trySend('data')],
  ['sendSync', () => queue.sendSync('data')],
  ['sendSync with nowait', () => queue.sendSync('data', { nowait: true })],
  ['tryReceive', () => queue.tryReceive()],
  ['receiveSync', () => queue.receiveSync()],
  ['receiveSync with nowait', () => queue.receiveSync({ nowait: true })],
  ['stat', () => queue.stat()],
  ['set', () => queue.set({ maxBytes: 1000 })],
  ['set of nothing', () => queue.set({})],
  ['remove', () => queue.remove()],
];

it.each(methods)('%s on a closed handle is a QueueClosedError, and nothing happens', (_, call) => {
  queue.close();
  const before = kernelState();
  const error = failureOf(call);
  expect(error).toBeInstanceOf(QueueClosedError);
  expect(error).toMatchObject({ name: 'QueueClosedError', code: 'ERR_QUEUE_CLOSED', queueId: queue.id });
  expect(error.message).toMatch(/Open the queue again/);
  expect(kernelState()).toBe(before);
});

it('peek on a closed handle is a QueueClosedError', () => {
  queue.close();
  expect(failureOf(() => queue.peek())).toBeInstanceOf(QueueClosedError);
});

itNeeds(checkpointRestore, 'peek on a removed queue is a QueueRemovedError', () => {
  msgctl(queue.id, IPC_RMID);
  expect(failureOf(() => queue.peek())).toBeInstanceOf(QueueRemovedError);
});

it('close may be called again, and the handle still has its key and id', () => {
  const { id, key } = queue;
  queue.close();
  queue.close();
  queue[Symbol.dispose]();
  expect([queue.id, queue.key, queue.closed]).toEqual([id, key, true]);
});

it('closing one handle leaves others of the same queue open', () => {
  const other = MessageQueue.attach(queue.id);
  queue.close();
  expect(other.tryReceive()?.data.toString()).toBe('a message');
});

it.each(methods)('%s on a removed queue is a QueueRemovedError', (_, call) => {
  msgctl(queue.id, IPC_RMID);
  const error = failureOf(call);
  expect(error).toBeInstanceOf(QueueRemovedError);
  expect(error).toMatchObject({ name: 'QueueRemovedError', code: 'EINVAL', queueId: queue.id });
  expect(kernelState()).toContain('"totals":{"msgpool":0,"msgmap":0');
});

it.each<[title: string, call: (id: number) => unknown]>([
  ['attach', (id) => MessageQueue.attach(id)],
  ['msgsnd', (id) => msgsnd(id, { mtype: 1, mtext: 'data' })],
  ['msgrcv', (id) => msgrcv(id)],
  ['msgrcv with IPC_NOWAIT', (id) => msgrcv(id, 10, 0, IPC_NOWAIT)],
  ['msgctl(IPC_STAT)', (id) => msgctl(id, IPC_STAT)],
  ['msgctl(IPC_SET)', (id) => msgctl(id, IPC_SET, { msg_qbytes: 10, msg_perm: { uid: 0, gid: 0, mode: 0o600 } })],
  ['msgctl(IPC_RMID)', (id) => msgctl(id, IPC_RMID)],
])('%s of an id that is gone is a QueueRemovedError, also of the highest id there could be', (_, call) => {
  msgctl(queue.id, IPC_RMID);
  for (const id of [queue.id, 2 ** 31 - 1]) {
    const error = failureOf(() => call(id));
    expect(error).toBeInstanceOf(QueueRemovedError);
    expect(error).toMatchObject({ code: 'EINVAL', queueId: id });
  }
});

it('open of a key whose queue is gone is a QueueNotFoundError', () => {
  msgctl(queue.id, IPC_RMID);
  expect(failureOf(() => MessageQueue.open(queue.key))).toBeInstanceOf(QueueNotFoundError);
  expect(MessageQueue.exists(queue.key)).toBe(false);
});
