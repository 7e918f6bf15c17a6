/** No sequence of JavaScript calls reaches memory that is freed or belongs to another owner. */

import { IPC_NOWAIT, msgrcv, msgsnd } from '../../lib/index';
import { inChild } from '../support/child';
import { setLimit } from '../support/namespace';
import { newQueue } from '../support/queues';
import { itSlow } from '../support/slow';

// A Buffer from Node's pool, the largest that may be, one of its own, and one that the library makes otherwise.
const SIZES = [10, 4095, 4096, 8192, 3 << 20];

beforeEach(() => {
  setLimit('msgmax', 8 << 20);
  setLimit('msgmnb', 64 << 20);
});

it.each(SIZES)('changing what was received changes no other message (%i bytes)', (size) => {
  const queue = newQueue();
  for (const byte of [1, 2, 3]) queue.sendSync(Buffer.alloc(size, byte));
  const first = queue.receiveSync().data;
  const second = queue.receiveSync().data;
  first.fill(0xff);
  const third = queue.receiveSync().data;
  second.fill(0xff);
  expect(first.equals(Buffer.alloc(size, 0xff))).toBe(true);
  expect(third.equals(Buffer.alloc(size, 3))).toBe(true);
});

it.each(SIZES)('changing what was sent, or giving it away, changes no message (%i bytes)', (size) => {
  const queue = newQueue();
  const data = Buffer.from(new ArrayBuffer(size)).fill(7);
  queue.trySend(data);
  queue.sendSync(data);
  msgsnd(queue.id, { mtype: 1, mtext: data }, IPC_NOWAIT);
  data.fill(8);
  structuredClone(data.buffer, { transfer: [data.buffer as ArrayBuffer] });
  for (const received of [queue.receiveSync().data, queue.tryReceive()?.data, msgrcv(queue.id).mtext]) {
    expect(received?.equals(Buffer.alloc(size, 7))).toBe(true);
  }
});

// In a process of its own: giving away a pool of Node's breaks much else.
itSlow.each(SIZES)('giving the memory of a message away loses no other message (%i bytes)', async (size) => {
  const queue = newQueue();
  const kept = await inChild(
    ({ sysvmq, require }, { id, length }) => {
      const { writeSync } = require('node:fs') as typeof import('node:fs');
      const own = sysvmq.MessageQueue.attach(id);
      const ways: ((buffer: ArrayBuffer) => unknown)[] = [
        (buffer) => structuredClone(buffer, { transfer: [buffer] }),
        (buffer) => new MessageChannel().port1.postMessage(buffer, [buffer]),
        (buffer) => (buffer as unknown as { transfer?: () => unknown }).transfer?.(),
      ];
      const results: string[] = [];
      try {
        for (const giveAway of ways) {
          for (const byte of [1, 2, 3]) own.sendSync(new Uint8Array(length).fill(byte));
          const first = own.receiveSync().data;
          const second = own.receiveSync().data;
          try {
            giveAway(first.buffer as ArrayBuffer);
          } catch (error) {
            // Node.js may refuse to; then nothing has happened.
            if ((error as Error).name !== 'DataCloneError' && !(error instanceof TypeError)) throw error;
          }
          const third = own.receiveSync().data;
          results.push(`${second.length} of ${second[length - 1]}, ${third.length} of ${third[length - 1]}`);
        }
      } catch (error) {
        // Without a Buffer there is hardly another way left to say anything.
        writeSync(2, `${(error as Error).stack}\n`);
        process.exit(1);
      }
      return results;
    },
    { id: queue.id, length: size },
  );
  expect(kept).toEqual(Array(3).fill(`${size} of 2, ${size} of 3`));
});

itSlow('a message of several MiB passes, the next small one as well, and the memory is given back', async () => {
  const queue = newQueue();
  const sizes = await inChild(
    ({ sysvmq, require }, { id }) => {
      const { nativeAddon } = require(`${process.env['SYSVMQ_TEST_PACKAGE']}/dist/native/calls.js`);
      const own = sysvmq.MessageQueue.attach(id);
      const seen = [nativeAddon().slab.byteLength];
      for (const length of [5 << 20, 100, 2 << 20, 0, (1 << 20) + 1, 8 << 20]) {
        const data = Buffer.alloc(length, length % 251);
        own.sendSync(data);
        seen.push(nativeAddon().slab.byteLength);
        const back = own.receiveSync().data;
        if (!back.equals(data)) throw new Error(`${length} bytes came back changed`);
        seen.push(nativeAddon().slab.byteLength);
      }
      return seen;
    },
    { id: queue.id },
  );
  expect(sizes).toHaveLength(13);
  expect(Math.max(...sizes)).toBeLessThanOrEqual((1 << 20) + 8);
});

// Without a turn of the event loop in between, because a process that only receives has none. Large ones may wait for
// V8 to collect them, which it does when some tens of MiB have gathered; kept, they would be 600 MiB and more.
itSlow.each([
  ['20,000 messages of any size up to 8 KiB', 20_000, 8192, 64],
  ['100 messages of 3 MiB', 100, 3 << 20, 200],
])('%s come out as they went in, and the process does not grow', async (_, count, largest, allowedMiB) => {
  const queue = newQueue();
  const grownMiB = await inChild(
    ({ sysvmq, require }, { id, messages, most }) => {
      const { setFlagsFromString } = require('node:v8') as typeof import('node:v8');
      const { runInNewContext } = require('node:vm') as typeof import('node:vm');
      setFlagsFromString('--expose-gc');
      const collect = runInNewContext('gc') as () => void;
      const own = sysvmq.MessageQueue.attach(id);
      const source = Buffer.alloc(most, 'some bytes that do not repeat with a power of two');
      let seed = 1;
      const pass = (times: number) => {
        for (let i = 0; i < times; i++) {
          seed = (seed * 1103515245 + 12345) % 2 ** 31;
          const sent = most > 8192 ? source : source.subarray(seed % 100, 100 + ((seed >> 8) % (most - 100)));
          own.sendSync(sent, { type: 1 + (i % 7) });
          const { data, type } = own.receiveSync();
          if (!data.equals(sent) || type !== 1 + (i % 7)) throw new Error(`message ${i} came back changed`);
        }
        collect();
        return process.memoryUsage().rss / 2 ** 20;
      };
      const before = pass(messages / 10);
      return pass(messages) - before;
    },
    { id: queue.id, messages: count, most: largest },
  );
  expect(grownMiB).toBeLessThan(allowedMiB);
});
