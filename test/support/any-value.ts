/** Arbitrary values for arguments: of every kind, and often at the edge of a range. */

import fc from 'fast-check';
import { untouchable } from './bad-values';

const powers = [0, 1, 2 ** 15, 2 ** 31, 2 ** 32, 2 ** 53].flatMap((power) => [power - 1, power, power + 1]);
const edges = [...powers, ...powers.map((power) => -power), 0o777, 0o1000, 0.5, NaN, Infinity, -Infinity];
const wide = [0n, 1n, 2n ** 63n - 1n, 2n ** 63n, -(2n ** 63n), -(2n ** 63n) - 1n, 2n ** 64n];

/** Any value at all, with numbers at the edges of what C's types hold. */
export const anyValue: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom<unknown>(...edges, ...wide) },
  { weight: 2, arbitrary: fc.oneof(fc.integer(), fc.maxSafeInteger(), fc.double(), fc.bigInt()) },
  {
    weight: 3,
    arbitrary: fc.anything({
      maxDepth: 1,
      withBigInt: true,
      withBoxedValues: true,
      withDate: true,
      withMap: true,
      withNullPrototype: true,
      withObjectString: true,
      withSet: true,
      withSparseArray: true,
      withTypedArray: true,
    }),
  },
  { weight: 1, arbitrary: fc.constantFrom<unknown>(untouchable, Symbol('symbol'), () => 1, class {}, new WeakMap()) },
);

/** The values that the documentation allows as arguments of this library. */
export const isInteger = (value: unknown, min: number, max: number): boolean =>
  typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max;
export const isKey = (value: unknown): boolean => isInteger(value, -(2 ** 31), 2 ** 32 - 1);
export const isId = (value: unknown): boolean => isInteger(value, 0, 2 ** 31 - 1);
export const isFlags = (value: unknown): boolean => isInteger(value, -(2 ** 31), 2 ** 31 - 1);
export const isBytes = isId;
export const isOwner = (value: unknown): boolean => isInteger(value, 0, 2 ** 32 - 2);
export const isModeBits = (value: unknown): boolean => isInteger(value, 0, 0o777);
export const isMode = (value: unknown): boolean => isModeBits(value) && ((value as number) & 0o111) === 0;
export const isType = (value: unknown): boolean =>
  isInteger(value, 1, 2 ** 53 - 1) || (typeof value === 'bigint' && value >= 1n && value < 2n ** 63n);
export const isSelector = (value: unknown): boolean =>
  isInteger(value, -(2 ** 53) + 1, 2 ** 53 - 1) ||
  (typeof value === 'bigint' && value >= -(2n ** 63n) && value < 2n ** 63n);
export const isBoolean = (value: unknown): boolean => typeof value === 'boolean';
export const isObject = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
export const isPlain = (value: unknown): boolean => {
  if (!isObject(value)) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
};
export const isPayload = (value: unknown): boolean =>
  typeof value === 'string' || ArrayBuffer.isView(value) || value instanceof ArrayBuffer;
