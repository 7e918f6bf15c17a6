/** C++ reads the values that are written into the registers: nothing wraps, and a value that does not fit is refused. */

import { joinLong, writeLongTo } from '../../lib/native/long';
import {
  aligned,
  lengthOfRecord,
  RECORD_TEXT_OFFSET,
  recordBytes,
  slotOfRecord,
  typeOfRecord,
  writeRecord,
} from '../../lib/native/records';
import type * as library from '../../lib/native/registers';
import {
  nativeAddon,
  Register,
  readRegister,
  writeLong,
  writeRegister,
  writeUnsigned,
  writeUnsignedLong,
} from '../../lib/native/registers';

const INT32_MAX = 2 ** 31 - 1;
const refused = expect.objectContaining({ name: 'RangeError', code: 'ERR_OUT_OF_RANGE' });

// As each call does, before it writes others.
beforeEach(() => writeRegister(Register.id, 0));

function longIn(low: Register): number | bigint {
  return joinLong(readRegister(low), readRegister(low + 1));
}

it.each([0, 1, -1, INT32_MAX, -INT32_MAX - 1])('a register holds %d', (value) => {
  writeRegister(Register.length, value);
  expect(readRegister(Register.length)).toBe(value);
});

it.each([2 ** 31, 2 ** 32, 2 ** 32 + 10, -(2 ** 31) - 1, 2 ** 53, 0.5, Number.NaN, Number.POSITIVE_INFINITY])(
  'a register refuses %d and stays as it is',
  (value) => {
    writeRegister(Register.length, 7);
    expect(() => writeRegister(Register.length, value)).toThrow(refused);
    expect(() => writeRegister(Register.length, value)).toThrow(/"length"/);
    expect(readRegister(Register.length)).toBe(7);
  },
);

it.each([
  0,
  1,
  -1,
  INT32_MAX,
  2 ** 31,
  -(2 ** 31) - 1,
  2 ** 32,
  2 ** 53 - 1,
  -(2 ** 53) + 1,
  2n ** 63n - 1n,
  -(2n ** 63n),
  5n,
])('two registers hold the long %p', (value) => {
  writeLong(Register.typeLow, value);
  expect(BigInt(longIn(Register.typeLow))).toBe(BigInt(value));
});

it.each([2n ** 63n, -(2n ** 63n) - 1n, 2 ** 53, 2 ** 64, 1.5, Number.NaN])('a long refuses %p', (value) => {
  writeLong(Register.typeLow, 9);
  expect(() => writeLong(Register.typeLow, value)).toThrow(refused);
  expect(longIn(Register.typeLow)).toBe(9);
});

it.each([0, 2 ** 31, 3_000_000_000, 2n ** 64n - 1n, 2n ** 64n - 2n ** 31n])('an unsigned long holds %p', (value) => {
  writeUnsignedLong(Register.maxBytesLow, value);
  const low = BigInt(readRegister(Register.maxBytesLow) >>> 0);
  const high = BigInt(readRegister(Register.maxBytesHigh) >>> 0);
  expect((high << 32n) | low).toBe(BigInt(value));
});

it.each([-1, -(2 ** 31), -(2 ** 31) - 1, -1n, -(2n ** 63n), 2n ** 64n, 2 ** 53, 0.5, Number.NaN])(
  'an unsigned long refuses %p and stays as it is',
  (value) => {
    writeUnsignedLong(Register.maxBytesLow, 9);
    expect(() => writeUnsignedLong(Register.maxBytesLow, value)).toThrow(refused);
    expect([readRegister(Register.maxBytesLow), readRegister(Register.maxBytesHigh)]).toEqual([9, 0]);
  },
);

it.each([0, INT32_MAX, 2 ** 31, 2 ** 32 - 1])('an unsigned register holds %d', (value) => {
  writeUnsigned(Register.uid, value);
  expect(readRegister(Register.uid) >>> 0).toBe(value);
});

it.each([-1, 2 ** 32, 0.5, Number.NaN])('an unsigned register refuses %d and stays as it is', (value) => {
  writeUnsigned(Register.uid, 7);
  expect(() => writeUnsigned(Register.uid, value)).toThrow(refused);
  expect(readRegister(Register.uid)).toBe(7);
});

it.each([
  [0, 0, 0],
  [1, 0, 1],
  [INT32_MAX, 0, INT32_MAX],
  [-INT32_MAX - 1, 0, 2 ** 31],
  [-1, 0, 2 ** 32 - 1],
  [0, 1, 2 ** 32],
  [-1, 2 ** 21 - 1, 2 ** 53 - 1],
  [0, 2 ** 21, 2n ** 53n],
  [-1, INT32_MAX, 2n ** 63n - 1n],
  [-1, -1, -1],
  [0, -1, -(2 ** 32)],
  [1, -(2 ** 21), -(2 ** 53) + 1],
  [0, -(2 ** 21), -(2n ** 53n)],
  [0, -INT32_MAX - 1, -(2n ** 63n)],
])('the halves %d and %d are the long %p', (low, high, value) => {
  expect(joinLong(low, high)).toBe(value);
  const words = new Int32Array(2);
  expect(writeLongTo(words, 0, 1, value)).toBe(true);
  expect([...words]).toEqual([low, high]);
});

it.each([
  [2 ** 31, [-INT32_MAX - 1, 0]],
  [2n ** 63n, [0, -INT32_MAX - 1]],
  [2n ** 64n - 1n, [-1, -1]],
])('the unsigned long %p has the halves %p', (value, halves) => {
  const words = new Int32Array(2);
  expect(writeLongTo(words, 0, 1, value, true)).toBe(true);
  expect([...words]).toEqual(halves);
});

it('a long that does not fit changes neither half', () => {
  const words = Int32Array.of(5, 6);
  for (const value of [2n ** 63n, -(2n ** 63n) - 1n, 2 ** 53, 0.5]) expect(writeLongTo(words, 0, 1, value)).toBe(false);
  for (const value of [2n ** 64n, -1n, -1]) expect(writeLongTo(words, 0, 1, value, true)).toBe(false);
  expect([...words]).toEqual([5, 6]);
});

// Above 2^31 - 1, 32-bit arithmetic would wrap.
it.each([
  [0, 0],
  [1, 8],
  [8, 8],
  [9, 16],
  [2 ** 31 - 9, 2 ** 31 - 8],
  [2 ** 31 - 8, 2 ** 31 - 8],
  [2 ** 31 - 7, 2 ** 31],
  [2 ** 31 - 1, 2 ** 31],
  [2 ** 33, 2 ** 33],
  [2 ** 33 + 1, 2 ** 33 + 8],
])('the next multiple of eight from %d on is %d', (offset, multiple) => {
  expect(aligned(offset)).toBe(multiple);
});

it.each([
  [0, 16],
  [1, 24],
  [8, 24],
  [9, 32],
  [INT32_MAX, 2 ** 31 + 16],
])('a record of %d bytes of text takes %d', (length, all) => {
  expect(recordBytes(length)).toBe(all);
});

// As native/binding/calls.cc reads it.
it('a record is its length in eight bytes, its type in eight, and its text', () => {
  const words = new Int32Array(12).fill(-1);
  writeRecord(words, 8, 5, -(2n ** 40n));
  const view = new DataView(words.buffer);
  expect([view.getBigInt64(8, true), view.getBigInt64(16, true), RECORD_TEXT_OFFSET]).toEqual([5n, -(2n ** 40n), 16]);
  expect([...words.subarray(0, 2), ...words.subarray(6)]).toEqual(Array(8).fill(-1));
  words[3] = 77;
  expect([lengthOfRecord(words, 8), slotOfRecord(words, 8)]).toEqual([5, 77]);
});

it('a record holds a length of 31 bits and any type, and refuses the rest', () => {
  const words = new Int32Array(16);
  for (const type of [1, -5, INT32_MAX, 2 ** 31, 2 ** 53 - 1, 2n ** 63n - 1n]) {
    writeRecord(words, 8, INT32_MAX, type);
    expect([lengthOfRecord(words, 8), typeOfRecord(words, 8)]).toEqual([INT32_MAX, type]);
  }
  for (const length of [2 ** 31, 2 ** 32, 2 ** 32 + 5, 0.5]) {
    expect(() => writeRecord(words, 8, length, 1)).toThrow(
      new RangeError(`No record of a batch holds ${length} bytes of type 1.`),
    );
  }
  for (const type of [2n ** 63n, 2 ** 53, 0.5]) expect(() => writeRecord(words, 8, 1, type)).toThrow(RangeError);
  expect(writeLongTo(words, 0, 1, 0.5)).toBe(false);
});

describe('on a processor whose long has 32 bits', () => {
  let narrow: typeof library;
  beforeEach(() => {
    const addon = Object.create(nativeAddon(), { bytesOfLong: { value: 4 } });
    jest.isolateModules(() => {
      jest.doMock('../../lib/native/load', () => ({ loadAddon: () => addon }));
      narrow = require('../../lib/native/registers') as typeof library;
      jest.dontMock('../../lib/native/load');
    });
    narrow.writeRegister(Register.id, 0);
  });

  it.each([INT32_MAX, -INT32_MAX - 1, BigInt(INT32_MAX), -BigInt(INT32_MAX) - 1n])('a long holds %p', (value) => {
    narrow.writeLong(Register.typeLow, value);
    expect(BigInt(longIn(Register.typeLow))).toBe(BigInt(value));
  });

  it.each([2 ** 31, -(2 ** 31) - 1, 2n ** 31n, -(2n ** 31n) - 1n, 2n ** 62n])('a long refuses %p', (value) => {
    expect(() => narrow.writeLong(Register.typeLow, value)).toThrow(refused);
  });

  it('an unsigned long holds 2^32-1, and refuses more', () => {
    narrow.writeUnsignedLong(Register.maxBytesLow, 2 ** 32 - 1);
    expect(longIn(Register.maxBytesLow)).toBe(2 ** 32 - 1);
    expect(() => narrow.writeUnsignedLong(Register.maxBytesLow, 2 ** 32)).toThrow(refused);
    expect(() => narrow.writeUnsignedLong(Register.maxBytesLow, -1)).toThrow(refused);
  });
});
