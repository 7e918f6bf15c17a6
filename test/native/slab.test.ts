/** The slab, from which messages are sent: what fits, how it grows and is given back, and that each message is sent whole. */

import { IPC_NOWAIT } from '../../lib/index';
import { msgsnd, nativeAddon, Register, slabInUse, useSlab, WAIT_FOREVER, writeRegister } from '../../lib/native/calls';
import { writeRecord } from '../../lib/native/records';
import type * as library from '../../lib/native/slab';
import { reserveSlab, trimSlab, writeBatch, writeBytes, writeLongText, writeText } from '../../lib/native/slab';
import { copyFor } from '../support/library-copy';
import { setLimit } from '../support/namespace';
import { withCalls } from '../support/other-addon';
import { newQueue } from '../support/queues';

const MIB = 1 << 20;
const INITIAL = 64 * 1024;
/** So many letters fit without counting their bytes. */
const THIRD = Math.floor(INITIAL / 3);
/** The type of a message is before its text. */
const TEXT_OFFSET = 8;

beforeEach(() => {
  setLimit('msgmax', 2 * MIB);
  setLimit('msgmnb', 4 * MIB);
});
afterEach(() => useSlab());

const bytesOf = (length: number): Buffer => Buffer.alloc(length, 'some bytes that do not repeat with a power of two');
const slabBytes = (): number => nativeAddon().slab.byteLength - TEXT_OFFSET;

/** Sends what is in the slab, and returns what arrives. */
function sent(length: number): Buffer | undefined {
  const queue = newQueue();
  expect(msgsnd(queue.id, 1, length, IPC_NOWAIT, WAIT_FOREVER)).toBe(0);
  return queue.tryReceive()?.data;
}

it.each([0, 1, INITIAL - 1, INITIAL])('%d bytes fit the initial slab, and are sent', (length) => {
  const bytes = bytesOf(length);
  expect(writeBytes(bytes)).toBe(length);
  expect(sent(length)?.equals(bytes)).toBe(true);
});

it('one byte more does not fit, and nothing is written', () => {
  writeBytes(bytesOf(INITIAL));
  expect(writeBytes(Buffer.alloc(INITIAL + 1, 'x'))).toBe(-1);
  expect(sent(INITIAL)?.equals(bytesOf(INITIAL))).toBe(true);
});

it.each([
  ['ASCII', 'x', 1],
  ['letters of two bytes', 'é', 2],
  ['letters of three bytes', '€', 3],
])('a text of %s that surely fits is written as UTF-8', (_, letter, bytesOfOne) => {
  const text = letter.repeat(THIRD);
  expect(writeText(text)).toBe(text.length * bytesOfOne);
  expect(sent(text.length * bytesOfOne)?.toString()).toBe(text);
});

it('a text that may not fit is not written', () => {
  expect(writeText('x'.repeat(THIRD + 1))).toBe(-1);
});

it('a text whose letters may fill the slab to the last byte is written', () => {
  expect(reserveSlab(3 * 30_000)).toBe(true);
  const text = '€'.repeat(30_000);
  expect(writeText(text)).toBe(90_000);
  expect(sent(90_000)?.toString()).toBe(text);
  expect(writeText(`${text}x`)).toBe(-1);
});

it('a text whose bytes were counted is written into a slab of this size', () => {
  const text = `${'x'.repeat(INITIAL)}€`;
  expect(reserveSlab(INITIAL + 3)).toBe(true);
  writeLongText(text, INITIAL + 3);
  expect(sent(INITIAL + 3)?.toString()).toBe(text);
});

it('the slab grows by the first byte that does not fit, to the length that is asked for', () => {
  const initial = slabInUse();
  expect(reserveSlab(INITIAL)).toBe(true);
  expect([slabInUse(), slabBytes()]).toEqual([initial, INITIAL]);
  expect(reserveSlab(INITIAL + 1)).toBe(true);
  expect(slabBytes()).toBe(INITIAL + 1);
  expect(writeBytes(bytesOf(INITIAL + 1))).toBe(INITIAL + 1);
  expect(sent(INITIAL + 1)?.equals(bytesOf(INITIAL + 1))).toBe(true);
});

it('a slab of 1 MiB stays, and a longer one is given back for the initial one', () => {
  reserveSlab(MIB);
  const inUse = slabInUse();
  trimSlab();
  expect([slabInUse(), slabBytes()]).toEqual([inUse, MIB]);
  reserveSlab(MIB + 1);
  trimSlab();
  expect(slabBytes()).toBe(INITIAL);
  expect(writeBytes(bytesOf(INITIAL + 1))).toBe(-1);
  expect(writeBytes(bytesOf(100))).toBe(100);
  expect(sent(100)?.equals(bytesOf(100))).toBe(true);
});

it('a slab that stays is not replaced', () => {
  writeBytes(bytesOf(100));
  const inUse = slabInUse();
  trimSlab();
  expect(slabInUse()).toBe(inUse);
});

// Another copy of the library puts its own slab in the place of this one's.
describe('in a slab that another has put in the place of the last one', () => {
  beforeEach(() => {
    writeBytes(Buffer.from('old'));
    useSlab(new ArrayBuffer(TEXT_OFFSET + 300));
  });

  it('bytes are written', () => {
    expect(writeBytes(bytesOf(301))).toBe(-1);
    expect(writeBytes(bytesOf(300))).toBe(300);
    expect(sent(300)?.equals(bytesOf(300))).toBe(true);
  });

  it('text is written', () => {
    expect(writeText('x'.repeat(101))).toBe(-1);
    expect(writeText('€'.repeat(100))).toBe(300);
    expect(sent(300)?.toString()).toBe('€'.repeat(100));
  });

  it('room is made', () => {
    expect(reserveSlab(301)).toBe(true);
    expect(slabBytes()).toBe(301);
  });

  it('a batch is written', () => {
    const queue = newQueue();
    const batch = new ArrayBuffer(32);
    writeRecord(new Int32Array(batch), 0, 5, 3);
    new Uint8Array(batch, 16).set(Buffer.from('batch'));
    writeBatch(new Uint8Array(batch));
    writeRegister(Register.id, queue.id);
    writeRegister(Register.count, 1);
    expect(nativeAddon().sendBatch()).toBe(1);
    expect(queue.tryReceive()).toMatchObject({ type: 3, data: Buffer.from('batch') });
  });
});

it.each([0, 1])('a copy of the library that is loaded when slab number %d is in use writes into it', (number) => {
  writeRegister(Register.slab, number - 1);
  useSlab(new ArrayBuffer(TEXT_OFFSET + 300));
  expect(slabInUse()).toBe(number);
  const copy = copyFor({}, () => require('../../lib/native/slab') as typeof library);
  expect(copy.writeBytes(bytesOf(300))).toBe(300);
  expect(sent(300)?.equals(bytesOf(300))).toBe(true);
});

it('without memory for a longer slab, the slab stays', () => {
  const inUse = slabInUse();
  expect(reserveSlab(2 ** 53)).toBe(false);
  expect([slabInUse(), slabBytes()]).toEqual([inUse, INITIAL]);
  const refuses = { useSlab: () => undefined };
  expect(withCalls(refuses, () => reserveSlab(INITIAL + 1))).toBe(false);
  expect(withCalls(refuses, () => nativeAddon().slab.byteLength)).toBe(TEXT_OFFSET + INITIAL);
  expect(writeBytes(bytesOf(INITIAL))).toBe(INITIAL);
});

it('where the initial slab is not available, a long one stays in use', () => {
  reserveSlab(MIB + 1);
  withCalls({ useSlab: () => undefined }, trimSlab);
  expect(slabBytes()).toBe(MIB + 1);
  expect(writeBytes(bytesOf(MIB + 1))).toBe(MIB + 1);
});
