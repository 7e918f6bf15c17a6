/** What a wait calls runs in the async context of the call, whatever the event loop was at when the message came. */

import { AsyncLocalStorage } from 'node:async_hooks';
import { MessageQueue } from '../../lib/index';
import { until } from '../support/child';
import { newQueue } from '../support/queues';
import { newReadable } from '../support/streams';
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
