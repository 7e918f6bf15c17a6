/** What a handle makes of a message to send: its own type or the message's, and the words for one that it refuses. */

import { codecs, MessageQueue, type MessageToSend } from '../../lib/index';
import { failureOf } from '../support/failure';
import { newQueue } from '../support/queues';
import { rejectionOf } from '../support/rejection';

function detached(): Uint8Array {
  const bytes = new Uint8Array(16);
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
  return bytes;
}

it('a received message is forwarded with its own type, also one of 64 bits', async () => {
  const [from, to] = [newQueue(), newQueue({ type: 9 })];
  from.trySendMany([
    { data: 'a', type: 2n ** 62n + 1n },
    { data: 'b', type: 3 },
  ]);
  const received = from.tryReceiveMany();
  expect(to.trySendMany(received)).toBe(2);
  expect(await to.sendMany([{ data: 'own' }])).toBe(1);
  expect(to.tryReceiveMany().map(({ typeBigInt }) => typeBigInt)).toEqual([2n ** 62n + 1n, 3n, 9n]);
});

it('a closed handle sends nothing', () => {
  const queue = newQueue();
  const other = MessageQueue.attach(queue.id);
  queue.close();
  for (const send of [() => queue.trySend('x'), () => queue.trySendMany([{ data: 'x' }])]) {
    expect(failureOf(send)).toMatchObject({ code: 'ERR_QUEUE_CLOSED' });
  }
  expect(other.stat().messageCount).toBe(0);
});

const json = 'Values need a codec: open the queue with { codec: codecs.json() }.';
it.each<[what: string, data: unknown, hint: string]>([
  ['a value', { a: 1 }, json],
  ['a number', 5, json],
  ['a message', 'a message', 'Send its data: message.data.'],
])('the error for %s without a codec says what to do', (what, data, hint) => {
  const queue = newQueue();
  queue.trySend('x');
  const value = what === 'a message' ? queue.tryReceive() : data;
  expect(failureOf(() => queue.trySend(value as never)).message).toContain(hint);
});

it.each<[what: string, data: unknown]>([
  ['nothing', undefined],
  ['bytes that are gone', detached()],
])('the error for %s says nothing of codecs', (_, data) => {
  expect(failureOf(() => newQueue().trySend(data as never)).message).not.toContain('codec');
});

it('what is no text for codecs.utf8 is wrong data, and not what a codec has made of it', () => {
  const queue = newQueue({ codec: codecs.utf8 });
  expect(failureOf(() => queue.trySend(5 as never)).message).toContain('The "data" argument');
});

it('a type that is not positive says that types begin at 1', () => {
  const queue = newQueue();
  const sends = [() => queue.trySend('x', { type: 0 }), () => queue.trySendMany([{ data: 'x', type: -1n }])];
  for (const send of sends) expect(failureOf(send).message).toContain('Types begin at 1: msgsnd refuses others.');
});

it('a type that is too large, or no integer, says nothing of where types begin', () => {
  const queue = newQueue();
  for (const type of [2n ** 63n, 2 ** 53, 1.5]) {
    expect(failureOf(() => queue.trySend('x', { type })).message).not.toContain('Types begin');
  }
});

it.each<[what: string, messages: unknown]>([
  ['no messages', undefined],
  ['a message', { data: 'x' }],
])('many messages are an iterable, and the error for %s says so', async (_, messages) => {
  const queue = newQueue();
  const expected = 'The "messages" argument must be an iterable of { data, type }';
  const many = messages as MessageToSend[];
  expect(failureOf(() => queue.trySendMany(many)).message).toContain(expected);
  expect((await rejectionOf(queue.sendMany(many))).message).toContain(expected);
});

it('each of many messages is an object, and the error for text or bytes says so', () => {
  const queue = newQueue();
  for (const message of ['x', Buffer.from('x'), 5]) {
    expect(failureOf(() => queue.trySendMany([message] as never)).message).toContain('Write { data: … } for each');
  }
});
