/** Every callback of a wait runs in the async context of its call, wherever the event loop was when the message came. */

import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { type ErrorEvent, MessageQueue } from '../../lib/index';
import { until } from '../support/child';
import { newQueue } from '../support/queues';
import { newReadable, newWritable } from '../support/streams';
import { untilWaiting } from '../support/waiting-threads';

const storage = new AsyncLocalStorage<string>();

describe.each([
  ['parked', 0],
  ['polled for', 1_000_000],
])('%s', (_, spin) => {
  it('a stream, its codec and a receive have the context that they were made in', async () => {
    const decoded: unknown[] = [];
    const codec = {
      encode: (text: string) => text,
      decode: (bytes: Uint8Array) => {
        decoded.push([String(bytes), storage.getStore()]);
        return String(bytes);
      },
    };
    const queue = MessageQueue.attach(newQueue().id, { codec, spin });
    const seen: unknown[] = [];
    const listen = (name: string, type: number): void =>
      storage.run(name, () => {
        newReadable(queue, { type }).on('data', ({ data }) => seen.push([data, storage.getStore()]));
      });
    listen('A', 1);
    listen('B', 2);
    const received = storage.run('C', async () => [(await queue.receive({ type: 3 })).data, storage.getStore()]);
    if (spin === 0) await untilWaiting('sysvmq-recv', 3);
    const texts = ['a', 'b', 'c', 'a again', 'b again'];
    for (const [index, data] of texts.entries()) {
      storage.run('sender', () => queue.trySend(data, { type: (index % 3) + 1 }));
      await until('it was decoded', () => decoded.length === index + 1);
    }
    expect(await received).toEqual(['c', 'C']);
    const contexts = [
      ['a', 'A'],
      ['b', 'B'],
      ['a again', 'A'],
      ['b again', 'B'],
    ];
    expect(seen).toEqual(contexts.filter(([data]) => data !== 'c'));
    expect(decoded).toEqual([
      ['a', 'A'],
      ['b', 'B'],
      ['c', 'C'],
      ['a again', 'A'],
      ['b again', 'B'],
    ]);
    queue.close();
  });
});

it.each([
  ['parked', 0],
  ['polled for', 1_000_000],
])('diagnostics of sends that wait, %s, run in the context of their call', async (_, spin) => {
  const queue = MessageQueue.attach(newQueue({ maxBytes: 1 }).id, { spin });
  queue.trySend('1');
  const told: unknown[] = [];
  const onSend = (): unknown => told.push(storage.getStore());
  subscribe('sysvmq:send', onSend);
  const sends = ['A', 'B', 'C'].map((name) => storage.run(name, () => queue.send(name)));
  for (const _name of sends) {
    await storage.run('receiver', () => queue.receive());
  }
  await Promise.all(sends);
  unsubscribe('sysvmq:send', onSend);
  expect(told).toEqual(['A', 'B', 'C']);
});

it('diagnostics of errors run in the context of the call that waits, whichever call ends it', async () => {
  const [empty, full, closed] = [newQueue({ spin: 0 }), newQueue({ maxBytes: 1, spin: 0 }), newQueue()];
  full.trySend('1');
  const told: unknown[] = [];
  const onError = (event: unknown): unknown => told.push([(event as ErrorEvent).error.code, storage.getStore()]);
  subscribe('sysvmq:error', onError);
  const aborting = new AbortController();
  const { signal } = aborting;
  const waits = [
    storage.run('A', () => empty.receive({ signal })),
    storage.run('B', () => full.send('2', { signal })),
    storage.run('C', () => closed.receive()),
    storage.run('D', () => full.send('3')),
    storage.run('E', () => empty.receive({ type: 2 })),
  ];
  storage.run('who ends them', () => {
    aborting.abort();
    closed.close();
    full.remove();
    empty.remove();
  });
  await Promise.allSettled(waits);
  unsubscribe('sysvmq:error', onError);
  const contexts = told.map((each) => (each as unknown[])[1]).sort();
  expect(contexts).toEqual(['A', 'B', 'C', 'D', 'E']);
});

it('diagnostics of the error that ends a stream run in the context of the stream, whoever aborts it', async () => {
  const [readable, writable] = [newQueue(), newQueue()];
  const told: unknown[] = [];
  const onError = (event: unknown): unknown => told.push([(event as ErrorEvent).error.code, storage.getStore()]);
  subscribe('sysvmq:error', onError);
  const aborting = new AbortController();
  const { signal } = aborting;
  const streams = [
    storage.run('A', () => newReadable(readable, { signal })),
    storage.run('B', () => newWritable(writable, { signal })),
  ];
  storage.run('who aborts them', () => aborting.abort());
  await until('both errors are published', () => told.length === 2);
  unsubscribe('sysvmq:error', onError);
  expect(told).toEqual([
    ['ABORT_ERR', 'A'],
    ['ABORT_ERR', 'B'],
  ]);
  expect(streams.map(({ errored }) => errored)).toEqual([
    expect.objectContaining({ code: 'ABORT_ERR', syscall: 'msgrcv' }),
    expect.objectContaining({ code: 'ABORT_ERR', syscall: 'msgsnd' }),
  ]);
});
