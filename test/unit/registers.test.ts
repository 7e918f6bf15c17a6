/** C++ reads the values that are written into the registers: nothing wraps, and a value that does not fit is refused. */

import { joinLong, writeLongTo } from '../../lib/native/long';
import { lengthOfRecord, typeOfRecord, writeRecord } from '../../lib/native/records';
import { Register, readRegister, writeLong, writeRegister, writeUnsignedLong } from '../../lib/native/registers';

const INT32_MAX = 2 ** 31 - 1;
const refused = expect.objectContaining({ name: 'RangeError', code: 'ERR_OUT_OF_RANGE' });

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

it.each([-1, -1n, 2n ** 64n, 0.5])('an unsigned long refuses %p', (value) => {
  expect(() => writeUnsignedLong(Register.maxBytesLow, value)).toThrow(refused);
});

it('a record holds a length of 31 bits and any type, and refuses the rest', () => {
  const words = new Int32Array(16);
  for (const type of [1, -5, INT32_MAX, 2 ** 31, 2 ** 53 - 1, 2n ** 63n - 1n]) {
    writeRecord(words, 8, INT32_MAX, type);
    expect([lengthOfRecord(words, 8), typeOfRecord(words, 8)]).toEqual([INT32_MAX, type]);
  }
  for (const length of [2 ** 31, 2 ** 32, 2 ** 32 + 5, 0.5]) {
    expect(() => writeRecord(words, 8, length, 1)).toThrow(RangeError);
  }
  for (const type of [2n ** 63n, 2 ** 53, 0.5]) expect(() => writeRecord(words, 8, 1, type)).toThrow(RangeError);
  expect(writeLongTo(words, 0, 1, 0.5)).toBe(false);
});
