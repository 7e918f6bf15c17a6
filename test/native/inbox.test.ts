/** The inbox, in which messages arrive: how it grows and is given back, and where a message goes from there. */

import { IPC_NOWAIT, type MessageQueue } from '../../lib/index';
import {
  inboxInUse,
  msgrcv,
  nativeAddon,
  Register,
  useInbox,
  WAIT_FOREVER,
  writeRegister,
} from '../../lib/native/calls';
import type * as library from '../../lib/native/inbox';
import { copyFor } from '../support/library-copy';
import { setLimit } from '../support/namespace';
import { withCalls } from '../support/other-addon';
import { newQueue } from '../support/queues';

const MIB = 1 << 20;
const INITIAL = 64 * 1024;
/** The type of a message is before its text. */
const TEXT_OFFSET = 8;
/** What is before the text of a record of a batch. */
const HEAD = 16;

let inbox: typeof library;
let queue: MessageQueue;
let hasMemory: boolean;
let memoryCanBeGivenAway: boolean;

const loadInbox = (): void => {
  const machine = { hasMemory: () => hasMemory, memoryCanBeGivenAway };
  inbox = copyFor(machine, () => require('../../lib/native/inbox') as typeof library);
};

beforeEach(() => {
  setLimit('msgmax', 4 * MIB);
  setLimit('msgmnb', 8 * MIB);
  hasMemory = true;
  memoryCanBeGivenAway = false;
  // The tests of another file may have left a larger one in use: the addon has it for all copies.
  useInbox();
  loadInbox();
  queue = newQueue();
});
afterEach(() => useInbox());

const bytesOf = (length: number): Buffer => Buffer.alloc(length, 'some bytes that do not repeat with a power of two');
const inboxBytes = (): number => nativeAddon().inbox.byteLength - TEXT_OFFSET;

/** Has a message of this length arrive in the inbox. */
function arrive(length: number): void {
  queue.trySend(bytesOf(length));
  const room = inbox.ensureInboxRoom();
  expect(msgrcv(queue.id, room, 0, IPC_NOWAIT, WAIT_FOREVER)).toBe(length);
}

/** Has messages of these lengths arrive as a batch, in memory of whatever kind there is. */
function batchOf(lengths: number[], most = -1): { result: number; messages: [number | bigint, Buffer][] } {
  for (const [index, length] of lengths.entries()) queue.trySend(bytesOf(length), { type: index + 1 });
  return inbox.receiveBatch(queue.id, 0, 0, most, lengths.length, (type, bytes) => [type, bytes]);
}

function expectMessages(messages: [number | bigint, Buffer][], lengths: number[]): void {
  expect(messages.map(([type, { length }]) => [type, length])).toEqual(
    lengths.map((length, index) => [index + 1, length]),
  );
  expect(messages.every(([, bytes]) => bytes.equals(bytesOf(bytes.length)))).toBe(true);
}

describe('the room of the inbox', () => {
  it('is 64 KiB at first', () => {
    expect(inbox.ensureInboxRoom()).toBe(INITIAL);
  });

  it('grows to what is asked for, rounded up to a multiple of eight', () => {
    inbox.ensureInboxRoom();
    expect(inbox.growInbox(100_001)).toBe(true);
    expect(inbox.ensureInboxRoom()).toBe(100_008);
    expect(inboxBytes()).toBe(100_008);
  });

  it('grows to twice its size if there is no memory for what is asked for', () => {
    inbox.ensureInboxRoom();
    expect(inbox.growInbox(2 ** 53)).toBe(true);
    expect(inbox.ensureInboxRoom()).toBe(2 * INITIAL);
    expect(inbox.growInbox(2 ** 53)).toBe(true);
    expect(inbox.ensureInboxRoom()).toBe(4 * INITIAL);
  });

  it('stays if there is no memory for that either', () => {
    inbox.ensureInboxRoom();
    const asked: number[] = [];
    const refuses = {
      useInbox: (buffer?: ArrayBuffer) => {
        asked.push((buffer?.byteLength ?? 0) - TEXT_OFFSET);
        return undefined;
      },
    };
    const copy = copyFor({}, () => ({
      ...(require('../../lib/native/inbox') as typeof library),
      ...(require('../../lib/native/registers') as typeof import('../../lib/native/registers')),
    }));
    copy.ensureInboxRoom();
    const addon = Object.create(nativeAddon(), Object.getOwnPropertyDescriptors(refuses));
    copy.replaceAddon(addon);
    expect([copy.growInbox(3 * INITIAL), copy.growInbox(2 * INITIAL), copy.ensureInboxRoom()]).toEqual([
      false,
      false,
      INITIAL,
    ]);
    expect(asked).toEqual([3 * INITIAL, 2 * INITIAL, 2 * INITIAL]);
    expect(addon.inbox.byteLength).toBe(TEXT_OFFSET + INITIAL);
  });

  it('is none without memory for what may arrive', () => {
    hasMemory = false;
    expect(inbox.ensureInboxRoom()).toBe(-1);
    expect(batchOf([10])).toEqual({ messages: [], result: -12 });
    expect(queue.stat().messageCount).toBe(1);
  });

  it('is that of the inbox that another has put in its place', () => {
    inbox.ensureInboxRoom();
    useInbox(new ArrayBuffer(TEXT_OFFSET + 304));
    arrive(304);
    expect(inbox.arrivedBytes(304).equals(bytesOf(304))).toBe(true);
    arrive(20);
    expect(inbox.arrivedText(20)).toBe(bytesOf(20).toString());
  });

  it('is given back above 1 MiB, and only then', () => {
    inbox.ensureInboxRoom();
    inbox.growInbox(MIB);
    const inUse = inboxInUse();
    inbox.trimInbox();
    expect([inboxInUse(), inboxBytes()]).toEqual([inUse, MIB]);
    inbox.growInbox(MIB + 8);
    inbox.trimInbox();
    expect(inboxBytes()).toBe(INITIAL);
    expect(inbox.ensureInboxRoom()).toBe(INITIAL);
  });
});

describe('a message that has arrived', () => {
  it.each([0, 1, 64, 65, INITIAL])(
    'is copied, so that the next one of its length, %d bytes, does not change it',
    (length) => {
      arrive(length);
      const first = inbox.arrivedBytes(length);
      arrive(length);
      const second = inbox.arrivedBytes(length).fill(0);
      expect(first.equals(bytesOf(length))).toBe(true);
      expect(second).toHaveLength(length);
    },
  );

  it('is copied out of a large inbox that it fills by half, which is given back', () => {
    inbox.ensureInboxRoom();
    inbox.growInbox(2 * MIB);
    const memory = nativeAddon().inbox;
    arrive(MIB);
    const bytes = inbox.arrivedBytes(MIB);
    expect(bytes.equals(bytesOf(MIB))).toBe(true);
    expect(bytes.buffer).not.toBe(memory);
    expect(inboxBytes()).toBe(INITIAL);
  });

  it('is given the large inbox itself if it fills more than half of it', () => {
    inbox.ensureInboxRoom();
    inbox.growInbox(2 * MIB);
    const memory = nativeAddon().inbox;
    arrive(MIB + 1);
    const bytes = inbox.arrivedBytes(MIB + 1);
    expect(bytes.equals(bytesOf(MIB + 1))).toBe(true);
    expect(bytes.buffer).toBe(memory);
    expect(inboxBytes()).toBe(INITIAL);
  });

  it('is copied out of an inbox of up to 1 MiB, which stays', () => {
    inbox.ensureInboxRoom();
    inbox.growInbox(MIB);
    const memory = nativeAddon().inbox;
    arrive(MIB);
    expect(inbox.arrivedBytes(MIB).buffer).not.toBe(memory);
    expect(nativeAddon().inbox).toBe(memory);
  });

  it('is not lost without memory for its copy', () => {
    arrive(INITIAL);
    hasMemory = false;
    expect(inbox.arrivedBytes(INITIAL).equals(bytesOf(INITIAL))).toBe(true);
    expect(inbox.ensureInboxRoom()).toBe(-1);
    hasMemory = true;
    inbox.growInbox(2 * INITIAL);
    const memory = nativeAddon().inbox;
    arrive(2 * INITIAL);
    hasMemory = false;
    const bytes = inbox.arrivedBytes(2 * INITIAL);
    expect(bytes.equals(bytesOf(2 * INITIAL))).toBe(true);
    expect(bytes.buffer).toBe(memory);
    expect(inboxBytes()).toBe(INITIAL);
  });

  it('is the memory of the caller that it fills', () => {
    arrive(100);
    const target = Buffer.alloc(100);
    expect(inbox.arrivedInto(100, target)).toBe(target);
    expect(target.equals(bytesOf(100))).toBe(true);
  });

  it.each([
    ['more than it', Buffer.alloc(101)],
    ['an array that is no Buffer', new Uint8Array(100)],
    [
      'a class derived from Buffer',
      Object.setPrototypeOf(Buffer.alloc(100), Object.create(Buffer.prototype)) as Buffer,
    ],
  ])('is a Buffer over the memory of the caller if that is %s', (_, target) => {
    arrive(100);
    const data = inbox.arrivedInto(100, target);
    expect(data).not.toBe(target);
    expect(Object.getPrototypeOf(data)).toBe(Buffer.prototype);
    expect([data.buffer, data.byteOffset]).toEqual([target.buffer, target.byteOffset]);
    expect(data.equals(bytesOf(100))).toBe(true);
  });

  it('has the large inbox given back after it was copied into the memory of the caller', () => {
    inbox.ensureInboxRoom();
    inbox.growInbox(2 * MIB);
    arrive(100);
    inbox.arrivedInto(100, Buffer.alloc(100));
    expect(inboxBytes()).toBe(INITIAL);
  });
});

describe('the messages of a batch', () => {
  const lengths = [0, 1, 8, 9, 600];
  const all = lengths.reduce((sum, length) => sum + HEAD + Math.ceil(length / 8) * 8, 0);

  it('share memory of the length of their records', () => {
    const { messages, result } = batchOf(lengths);
    expect(result).toBe(0);
    expectMessages(messages, lengths);
    const [first, ...others] = messages.map(([, bytes]) => bytes);
    expect(others.map(({ buffer }) => buffer === first?.buffer)).toEqual([true, true, true, true]);
    const next = inbox.receiveBatch(newQueueWith('next'), 0, 0, -1, 1, (_, bytes) => bytes).messages[0];
    expect(next?.buffer).toBe(first?.buffer);
    expect((next?.byteOffset as number) - (first?.byteOffset as number)).toBe(all);
  });

  it('have memory of their own where memory can be given away', () => {
    memoryCanBeGivenAway = true;
    loadInbox();
    const { messages } = batchOf(lengths);
    expectMessages(messages, lengths);
    expect(messages.map(([, { buffer }]) => buffer.byteLength)).toEqual(lengths);
  });

  it('are copied out of an inbox above 1 MiB, which is given back', () => {
    inbox.ensureInboxRoom();
    inbox.growInbox(2 * MIB);
    expectMessages(batchOf(lengths).messages, lengths);
    expect(inboxBytes()).toBe(INITIAL);
    memoryCanBeGivenAway = true;
    loadInbox();
    inbox.ensureInboxRoom();
    inbox.growInbox(2 * MIB);
    expectMessages(batchOf(lengths).messages, lengths);
    expect(inboxBytes()).toBe(INITIAL);
  });

  it.each([false, true])(
    'are not lost without memory for their copies, whether memory can be given away or not (%p)',
    (can) => {
      memoryCanBeGivenAway = can;
      loadInbox();
      inbox.ensureInboxRoom();
      hasMemory = false;
      expectMessages(batchOf(lengths).messages, lengths);
      expect(inbox.ensureInboxRoom()).toBe(-1);
      hasMemory = true;
      inbox.ensureInboxRoom();
      inbox.growInbox(2 * INITIAL);
      const memory = nativeAddon().inbox;
      hasMemory = false;
      const { messages } = batchOf(lengths);
      expectMessages(messages, lengths);
      expect(messages.every(([, { buffer }]) => buffer === memory)).toBe(true);
      expect(inboxBytes()).toBe(INITIAL);
    },
  );

  it('end with the one that has no room in the inbox, which stays in the queue', () => {
    const two = [INITIAL - 2 * HEAD - 8, 8 + TEXT_OFFSET];
    expectMessages(batchOf(two).messages, two);
    const { messages, result } = batchOf([INITIAL - 2 * HEAD - 8, 9 + TEXT_OFFSET]);
    expectMessages(messages, [INITIAL - 2 * HEAD - 8]);
    expect(result).toBe(-7);
    expect(queue.tryReceive()?.data).toHaveLength(9 + TEXT_OFFSET);
  });

  it('have no room in an inbox without any', () => {
    useInbox(new ArrayBuffer(TEXT_OFFSET));
    expect(batchOf([1])).toEqual({ messages: [], result: -7 });
  });

  it('are none in an empty queue', () => {
    expect(batchOf([])).toEqual({ messages: [], result: 0 });
    expect(inbox.receiveBatch(queue.id, 0, 0, -1, 1, () => 'a message')).toEqual({ messages: [], result: -42 });
  });
});

describe('the records of an airlock that have arrived', () => {
  const lengths = [0, 1, 8, 9];
  const all = lengths.reduce((sum, length) => sum + HEAD + Math.ceil(length / 8) * 8, 0);
  type Record = [type: number | bigint, text: string | undefined, slot: number];
  let asked: number[];
  const found = (memory: Buffer | undefined, count = lengths.length): Record[] =>
    inbox.arrivedRecords(
      count,
      (bytes) => {
        asked.push(bytes);
        return memory;
      },
      (type, bytes, slot): Record => [type, bytes?.toString(), slot],
    );

  // Another copy of the library receives them, into an inbox that this one has not seen.
  beforeEach(() => {
    asked = [];
    inbox.ensureInboxRoom();
    useInbox(new ArrayBuffer(TEXT_OFFSET + 400));
    const of = inbox;
    loadInbox();
    batchOf(lengths);
    inbox = of;
    // The slot is in the high half of the length.
    new Int32Array(nativeAddon().inbox)[1] = 77;
  });

  it('are copied into memory of their length', () => {
    const memory = Buffer.alloc(8 + all);
    const expected = lengths.map((length, index) => [index + 1, bytesOf(length).toString(), index === 0 ? 77 : 0]);
    expect(found(memory.subarray(8))).toEqual(expected);
    expect(asked).toEqual([all]);
    expect([memory.readBigInt64LE(8 + 8), memory.readBigInt64LE(8 + HEAD)]).toEqual([1n, 1n]);
    expect(memory.subarray(0, 8).equals(Buffer.alloc(8))).toBe(true);
  });

  it('have no bytes without memory for them', () => {
    expect(found(undefined)).toEqual(lengths.map((_, index) => [index + 1, undefined, index === 0 ? 77 : 0]));
    expect(asked).toEqual([all]);
    expect(found(undefined, 2)).toHaveLength(2);
  });

  it('are none, for which no memory is asked, where none has arrived', () => {
    expect(found(Buffer.alloc(0), 0)).toEqual([]);
    expect(asked).toEqual([]);
  });
});

it.each([0, 1])('a copy of the library that is loaded when inbox number %d is in use receives in it', (number) => {
  writeRegister(Register.inbox, number - 1);
  useInbox(new ArrayBuffer(TEXT_OFFSET + 304));
  expect(inboxInUse()).toBe(number);
  loadInbox();
  expect(inbox.ensureInboxRoom()).toBe(304);
});

/** The id of a new queue with one message. */
function newQueueWith(text: string): number {
  const other = newQueue();
  other.trySend(text);
  return other.id;
}

it('without an inbox of another size the present one stays in use', () => {
  expect(withCalls({ useInbox: () => undefined }, () => useInbox(new ArrayBuffer(99)))).toBe(false);
  expect(inboxBytes()).toBe(INITIAL);
});
