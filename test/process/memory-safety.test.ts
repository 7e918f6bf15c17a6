/** No sequence of JavaScript calls reaches memory that is freed, or somebody else's. */

import { IPC_NOWAIT, msgrcv, msgsnd } from '../../lib/index';
import { inChild, ownNamespace } from '../support/child';
import { setLimit } from '../support/namespace';
import { newQueue } from '../support/queues';

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
it.each(SIZES)('giving the memory of a message away takes no other message along (%i bytes)', async (size) => {
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

it('a message of several MiB passes, the next small one as well, and the memory is given back', async () => {
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
it.each([
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

// In a namespace of its own, because the calls may hit any queue.
it('the addon takes any garbage in its registers, and answers with an errno', async () => {
  const results = await inChild(
    ({ require }) => {
      const { nativeAddon } = require(`${process.env['SYSVMQ_TEST_PACKAGE']}/dist/native/calls.js`);
      const addon = nativeAddon();
      const { IPC_NOWAIT: nowait } = require(`${process.env['SYSVMQ_TEST_PACKAGE']}/dist/constants.js`);
      const names: string[] = addon.layout().registers;
      const flags = names.indexOf('flags');
      const calls = ['msgget', 'msgsnd', 'msgrcv', 'readStatus', 'readInfo', 'setStatus', 'removeQueue', 'useSlab'];
      const edges = [0, 1, -1, 7, 8, 16384, 16385, 2 ** 31 - 1, -(2 ** 31), 0o1600];
      let seed = 1;
      const random = () => {
        seed = (seed * 1103515245 + 12345) % 2 ** 31;
        return seed >> 4;
      };
      const wrong: string[] = [];
      for (let i = 0; i < 20_000; i++) {
        for (let r = 0; r < names.length; r++) {
          addon.registers[r] = random() % 2 === 0 ? edges[random() % edges.length] : random();
        }
        addon.registers[flags] |= nowait;
        const call = calls[i % calls.length] as string;
        const slabs = [
          undefined,
          null,
          5,
          {},
          new Uint8Array(16),
          new ArrayBuffer(4),
          new ArrayBuffer(random() % 65536),
        ];
        const result = addon[call](slabs[random() % slabs.length]);
        const fine = call === 'useSlab' ? result === undefined || result instanceof ArrayBuffer : result > -134;
        if (!fine) wrong.push(`${call} -> ${result}`);
      }
      return wrong;
    },
    undefined,
    { prefix: ownNamespace },
  );
  expect(results).toEqual([]);
});

it('the addon reads and writes nothing beyond its slab: EFAULT, and the message stays', async () => {
  const results = await inChild(
    ({ sysvmq, require }) => {
      const { constants } = require('node:os') as typeof import('node:os');
      const { nativeAddon } = require(`${process.env['SYSVMQ_TEST_PACKAGE']}/dist/native/calls.js`);
      const addon = nativeAddon();
      const names: string[] = addon.layout().registers;
      const queue = sysvmq.MessageQueue.createPrivate();
      queue.trySend('a message');
      const call = (name: string, length: number) => {
        const values: Record<string, number> = {
          id: queue.id,
          flags: sysvmq.IPC_NOWAIT,
          typeLow: 1,
          waitMs: -1,
          length,
        };
        addon.registers.set(names.map((register) => values[register] ?? 0));
        return addon[name]() === -constants.errno.EFAULT ? 'EFAULT' : 'no EFAULT';
      };
      const beyond = addon.slab.byteLength - 8 + 1;
      const answers = [-1, -(2 ** 31), beyond, 2 ** 31 - 1].flatMap((n) => [call('msgsnd', n), call('msgrcv', n)]);
      // A slab that was made smaller counts at once, also for who still has the old one.
      const own = new ArrayBuffer(108);
      const used = addon.useSlab(own) === own;
      const inside = [call('msgsnd', 101), call('msgrcv', 101), call('msgrcv', 100)];
      // One that is given away has no room for anything.
      structuredClone(own, { transfer: [own] });
      const gone = [call('msgsnd', 0), call('msgrcv', 0), call('msgrcv', 100)];
      const initial = addon.useSlab().byteLength;
      return { answers, used, inside, gone, initial, left: queue.stat().messageCount };
    },
    undefined,
    { prefix: ownNamespace },
  );
  expect(results).toEqual({
    answers: Array(8).fill('EFAULT'),
    used: true,
    inside: ['EFAULT', 'EFAULT', 'no EFAULT'],
    gone: Array(3).fill('EFAULT'),
    initial: 16392,
    left: 0,
  });
});

it('memory of the addon that JavaScript has given away is still the addon’s', async () => {
  const results = await inChild(
    ({ require }) => {
      const { setFlagsFromString } = require('node:v8') as typeof import('node:v8');
      const { runInNewContext } = require('node:vm') as typeof import('node:vm');
      setFlagsFromString('--expose-gc');
      const collect = runInNewContext('gc') as () => void;
      const { nativeAddon } = require(`${process.env['SYSVMQ_TEST_PACKAGE']}/dist/native/calls.js`);
      const addon = nativeAddon();
      const giveAway = (buffer: ArrayBuffer & { transfer?: () => unknown }) => {
        try {
          if (buffer.transfer === undefined) structuredClone(buffer, { transfer: [buffer] });
          else buffer.transfer();
        } catch {
          // Node.js refuses; then there is nothing to fear.
        }
      };
      addon.registers[addon.layout().registers.indexOf('flags')] = 0o4000;
      giveAway(addon.slab);
      giveAway(addon.registers.buffer);
      giveAway(addon.fields.buffer);
      collect();
      const other = Array.from({ length: 100 }, () => new ArrayBuffer(16392));
      const answers = [];
      for (let i = 0; i < 1000; i++) answers.push(addon.msgsnd(), addon.msgrcv(), addon.readInfo(), addon.readStatus());
      collect();
      const untouched = other.every((buffer) => new Uint8Array(buffer).every((byte) => byte === 0));
      return { integers: answers.every(Number.isInteger), untouched };
    },
    undefined,
    { prefix: ownNamespace },
  );
  expect(results).toEqual({ integers: true, untouched: true });
});

it('a slab that shrinks has no more room than is left, and the message stays', async () => {
  const results = await inChild(
    ({ sysvmq, require }) => {
      const { constants } = require('node:os') as typeof import('node:os');
      const { nativeAddon } = require(`${process.env['SYSVMQ_TEST_PACKAGE']}/dist/native/calls.js`);
      const addon = nativeAddon();
      const names: string[] = addon.layout().registers;
      const queue = sysvmq.MessageQueue.createPrivate();
      queue.trySend('a message');
      const call = (name: string, length: number) => {
        const values: Record<string, number> = { id: queue.id, flags: sysvmq.IPC_NOWAIT, typeLow: 1, length };
        addon.registers.set(names.map((register) => values[register] ?? 0));
        return addon[name]() === -constants.errno.EFAULT ? 'EFAULT' : 'no EFAULT';
      };
      // TypeScript has resizable buffers in es2024 only.
      type Resizable = ArrayBuffer & { resize(length: number): void };
      const slab = new (ArrayBuffer as never as new (...args: unknown[]) => Resizable)(65536, {
        maxByteLength: 1 << 20,
      });
      addon.useSlab(slab);
      const answers = [65536, 50, 8, 7, 0].map((length) => {
        slab.resize(length);
        return [call('msgrcv', 100), call('msgsnd', 100), call('msgsnd', 0)];
      });
      addon.useSlab();
      return { answers, left: queue.stat().messageCount };
    },
    undefined,
    { prefix: ownNamespace },
  );
  expect(results).toEqual({
    answers: [
      ['no EFAULT', 'no EFAULT', 'no EFAULT'],
      ['EFAULT', 'EFAULT', 'no EFAULT'],
      ['EFAULT', 'EFAULT', 'no EFAULT'],
      ['EFAULT', 'EFAULT', 'EFAULT'],
      ['EFAULT', 'EFAULT', 'EFAULT'],
    ],
    left: 4,
  });
});
