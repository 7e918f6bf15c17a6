/**
 * The addon's exports used directly, with anything for arguments, as a program can that requires the .node file itself:
 * no call reads or writes memory that is not the addon's.
 *
 * In a namespace of their own, because the calls may hit any queue.
 */

import { inChild, ownNamespace } from '../support/child';
import { itSlow } from '../support/slow';

itSlow('the addon takes any garbage in its registers, and answers with an errno', async () => {
  const results = await inChild(
    ({ require }) => {
      const { nativeAddon } = require(`${process.env['SYSVMQ_TEST_PACKAGE']}/dist/native/calls.js`);
      const addon = nativeAddon();
      const { IPC_NOWAIT: nowait } = require(`${process.env['SYSVMQ_TEST_PACKAGE']}/dist/core/constants.js`);
      const names: string[] = addon.layout().registers;
      const flags = names.indexOf('flags');
      const calls = [
        'msgget',
        'msgsnd',
        'msgrcv',
        'readStatus',
        'readInfo',
        'setStatus',
        'removeQueue',
        'useSlab',
        'useInbox',
        'prefault',
      ];
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
        const isInteger = !call.startsWith('use') && call !== 'prefault';
        const fine = isInteger ? result > -134 : result === undefined || result instanceof ArrayBuffer;
        if (!fine) wrong.push(`${call} -> ${result}`);
      }
      return wrong;
    },
    undefined,
    { prefix: ownNamespace },
  );
  expect(results).toEqual([]);
});

it('the addon reads and writes nothing beyond its memory: EFAULT, and the message stays', async () => {
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
      // A smaller one counts at once, also for who still has the old one.
      const slab = new ArrayBuffer(108);
      const inbox = new ArrayBuffer(112);
      const used = [addon.useSlab(slab) === slab, addon.useInbox(inbox) === inbox];
      const inside = [call('msgsnd', 101), call('msgrcv', 105), call('msgrcv', 104)];
      // Memory that is given away has no room for anything.
      structuredClone(slab, { transfer: [slab] });
      structuredClone(inbox, { transfer: [inbox] });
      const gone = [call('msgsnd', 0), call('msgrcv', 0)];
      const initial = [addon.useSlab().byteLength, addon.useInbox().byteLength];
      return { answers, used, inside, gone, initial, left: queue.stat().messageCount };
    },
    undefined,
    { prefix: ownNamespace },
  );
  expect(results).toEqual({
    answers: Array(8).fill('EFAULT'),
    used: [true, true],
    inside: ['EFAULT', 'EFAULT', 'no EFAULT'],
    gone: Array(2).fill('EFAULT'),
    initial: [65544, 65544],
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
      giveAway(addon.inbox);
      giveAway(addon.registers.buffer);
      giveAway(addon.fields.buffer);
      collect();
      const inbox = new ArrayBuffer(16392);
      addon.useInbox(inbox);
      giveAway(inbox);
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

itSlow('memory that shrinks has no more room than is left, and the message stays', async () => {
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
      const resizable = () =>
        new (ArrayBuffer as never as new (...args: unknown[]) => Resizable)(65536, { maxByteLength: 1 << 20 });
      const [slab, inbox] = [resizable(), resizable()];
      addon.useSlab(slab);
      addon.useInbox(inbox);
      const answers = [65536, 50, 8, 7, 0].map((length) => {
        slab.resize(length);
        inbox.resize(length);
        return [call('msgrcv', 100), call('msgsnd', 100), call('msgsnd', 0)];
      });
      addon.useSlab();
      addon.useInbox();
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
