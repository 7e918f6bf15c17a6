/**
 * A program replaces methods that every library uses. None of them is ever handed the memory in which messages pass to
 * and from the kernel, and messages pass anyway.
 */

import { inChild } from '../support/child';
import { setLimit } from '../support/namespace';
import { newQueue } from '../support/queues';
import { itSlow } from '../support/slow';

beforeEach(() => {
  setLimit('msgmax', 8 << 20);
  setLimit('msgmnb', 64 << 20);
});

itSlow('no method that a program has replaced is handed the library’s memory', async () => {
  const queue = newQueue();
  const seen = await inChild(
    ({ sysvmq, require }, { id }) => {
      const { MessageQueue, codecs, IPC_NOWAIT, msgsnd, msgrcv } = sysvmq;
      const { nativeAddon } = require(`${process.env['SYSVMQ_TEST_PACKAGE']}/dist/native/calls.js`);
      const addon = nativeAddon();
      const { apply, construct, ownKeys } = Reflect;
      const { getPrototypeOf, getOwnPropertyDescriptors, defineProperty } = Object;
      const typedArrayPrototype = getPrototypeOf(Uint8Array.prototype);
      const bufferOf = Object.getOwnPropertyDescriptor(typedArrayPrototype, 'buffer')?.get as () => ArrayBuffer;
      const { isView } = ArrayBuffer;
      const dataViewBuffer = Object.getOwnPropertyDescriptor(DataView.prototype, 'buffer')?.get as () => ArrayBuffer;
      const fixed = [addon.registers.buffer, addon.fields.buffer];
      const handed: Record<string, boolean> = {};
      const called: Record<string, boolean> = {};

      const memoryOf = (value: unknown) => {
        if (!isView(value)) return value;
        try {
          return apply(bufferOf, value, []);
        } catch {
          return apply(dataViewBuffer, value, []);
        }
      };
      const look = (name: string, value: unknown) => {
        const memory = memoryOf(value);
        if (memory === addon.slab || memory === fixed[0] || memory === fixed[1]) handed[name] = true;
      };
      const spyOn = (name: string, original: (...args: unknown[]) => unknown) =>
        function (this: unknown, ...args: unknown[]) {
          called[name] = true;
          look(name, this);
          for (let i = 0; i < args.length; i++) look(name, args[i]);
          return new.target === undefined ? apply(original, this, args) : construct(original, args, new.target);
        };

      const targets: Record<string, object> = {
        Buffer,
        'Buffer.prototype': Buffer.prototype,
        Uint8Array,
        'Uint8Array.prototype': Uint8Array.prototype,
        TypedArray: getPrototypeOf(Uint8Array),
        'TypedArray.prototype': typedArrayPrototype,
        ArrayBuffer,
        'ArrayBuffer.prototype': ArrayBuffer.prototype,
        'DataView.prototype': DataView.prototype,
        'Array.prototype': Array.prototype,
        'Function.prototype': Function.prototype,
        'TextEncoder.prototype': TextEncoder.prototype,
        'TextDecoder.prototype': TextDecoder.prototype,
        'util.types': require('node:util').types,
        Reflect,
      };
      const restore: (() => void)[] = [];
      for (const [targetName, target] of Object.entries(targets)) {
        const descriptors = getOwnPropertyDescriptors(target) as Record<string | symbol, PropertyDescriptor>;
        for (const key of ownKeys(descriptors)) {
          const descriptor = descriptors[key] as PropertyDescriptor;
          const name = `${targetName}.${String(key)}`;
          const { value, get } = descriptor;
          if (!descriptor.configurable || key === 'constructor') continue;
          if (typeof value === 'function') restore.push(() => defineProperty(target, key, descriptor));
          if (typeof value === 'function') defineProperty(target, key, { ...descriptor, value: spyOn(name, value) });
          if (get !== undefined) restore.push(() => defineProperty(target, key, descriptor));
          if (get !== undefined) defineProperty(target, key, { ...descriptor, get: spyOn(name, get) });
        }
      }

      const back: boolean[] = [];
      try {
        const bytes = MessageQueue.attach(id);
        const text = MessageQueue.attach(id, { codec: codecs.utf8 });
        const json = MessageQueue.attach(id, { codec: codecs.json<object>() });
        const structured = MessageQueue.attach(id, { codec: codecs.structured<object>() });
        for (const size of [0, 10, 5000, 20_000, 3_000_000, 10]) {
          const sent = 'é'.repeat(size);
          bytes.trySend(sent);
          back[back.length] = bytes.tryReceive()?.data.toString() === sent;
          bytes.sendSync(Buffer.from(sent));
          back[back.length] = bytes.receiveSync().data.toString() === sent;
          msgsnd(id, { mtype: 1, mtext: new DataView(Buffer.from(sent).buffer) }, IPC_NOWAIT);
          msgrcv(id, 1 << 24, 0, IPC_NOWAIT);
          text.trySend(sent);
          back[back.length] = text.tryReceive({ maxLength: 7 << 20, truncate: true })?.data === sent;
          json.trySend({ sent });
          back[back.length] = JSON.stringify(json.tryReceive()?.data) === JSON.stringify({ sent });
          structured.trySend({ sent });
          back[back.length] = JSON.stringify(structured.tryReceive()?.data) === JSON.stringify({ sent });
        }
        bytes.trySend(new Uint8Array([0xff]));
        try {
          text.tryReceive();
        } catch (error) {
          back[back.length] = (error as Error).name === 'DecodeError';
        }
      } finally {
        for (let i = 0; i < restore.length; i++) (restore[i] as () => void)();
      }
      return { handed: Object.keys(handed), back, called: Object.keys(called) };
    },
    { id: queue.id },
  );
  expect(seen.handed).toEqual([]);
  expect(seen.back).toEqual(Array(31).fill(true));
  // They were replaced indeed: these the test itself has called.
  expect(seen.called).toEqual(expect.arrayContaining(['Buffer.from', 'Buffer.prototype.toString']));
});

itSlow('methods that are broken after the library was loaded do not break it', async () => {
  const queue = newQueue();
  const back = await inChild(
    ({ sysvmq }, { id }) => {
      const { MessageQueue, codecs, IPC_NOWAIT, msgsnd, msgrcv } = sysvmq;
      const typedArrayPrototype = Object.getPrototypeOf(Uint8Array.prototype);
      const { apply } = Reflect;
      const { defineProperty, getOwnPropertyDescriptor } = Object;
      const equals = Buffer.prototype.equals;
      const sent = Buffer.from('some bytes');
      const large = Buffer.alloc(3 << 20, 'x');
      const string = large.toString();
      const bytes = MessageQueue.attach(id);
      const text = MessageQueue.attach(id, { codec: codecs.utf8 });
      const results: Record<string, unknown> = {};
      const run = (what: string) => {
        bytes.trySend(sent);
        const first = bytes.tryReceive()?.data as Buffer;
        bytes.sendSync(large);
        const second = bytes.receiveSync().data;
        text.trySend('text é');
        const third = text.tryReceive()?.data;
        text.trySend(string);
        const fourth = text.tryReceive()?.data;
        msgsnd(id, { mtype: 1, mtext: 'text' }, IPC_NOWAIT);
        const fifth = msgrcv(id, 100, 0, IPC_NOWAIT).mtext;
        results[what] = { first, second, third, fourth, fifth };
      };

      const broken = () => {
        throw new Error('tampered');
      };
      const targets: [name: string, object, (string | symbol)[]][] = [
        [
          'Buffer.prototype',
          Buffer.prototype,
          ['utf8Write', 'utf8Slice', 'write', 'toString', 'copy', 'subarray', 'fill'],
        ],
        ['TypedArray.prototype', typedArrayPrototype, ['set', 'subarray', 'slice', 'fill', 'keys', Symbol.iterator]],
        ['TypedArray.prototype', typedArrayPrototype, ['buffer', 'byteLength', 'byteOffset', 'length']],
        ['ArrayBuffer.prototype', ArrayBuffer.prototype, ['byteLength', 'slice']],
        ['Function.prototype', Function.prototype, ['call', 'apply', 'bind']],
        ['ArrayBuffer', ArrayBuffer, ['isView', Symbol.species]],
        ['TypedArray', Object.getPrototypeOf(Uint8Array), [Symbol.species, 'from', 'of']],
        ['Buffer', Buffer, ['from', 'alloc', 'allocUnsafe', 'allocUnsafeSlow', 'byteLength', Symbol.species]],
      ];
      for (const [name, target, keys] of targets) {
        for (const key of keys) {
          const before = getOwnPropertyDescriptor(target, key);
          const accessor = before?.get !== undefined || key === Symbol.species;
          defineProperty(
            target,
            key,
            accessor ? { get: broken, configurable: true } : { value: broken, configurable: true },
          );
          let failure: unknown;
          try {
            run(`${name}.${String(key)}`);
          } catch (error) {
            failure = error;
          }
          if (before === undefined) delete (target as Record<string | symbol, unknown>)[key];
          else defineProperty(target, key, before);
          if (failure !== undefined) results[`${name}.${String(key)}`] = { message: String(failure) };
          while (bytes.tryReceive() !== undefined);
        }
      }

      const wrong: Record<string, unknown> = {};
      for (const [key, result] of Object.entries(results)) {
        const { first, second, third, fourth, fifth, message } = result as Record<string, never>;
        const right =
          message === undefined &&
          apply(equals, first, [sent]) &&
          apply(equals, second, [large]) &&
          third === 'text é' &&
          fourth === string &&
          String(fifth) === 'text';
        if (!right) wrong[key] = message ?? 'other bytes';
      }
      return { wrong, tried: Object.keys(results).length };
    },
    { id: queue.id },
  );
  expect(back).toEqual({ wrong: {}, tried: 33 });
});
