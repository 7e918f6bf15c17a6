/** Structs that are made at random, as the fields of codecs.struct() and as C, with values of theirs. */

import type { StructFields } from '../../lib/index';
import type { Random } from './seeded-random';

/** A field's type: the argument of codecs.struct(), how C declares it, and values. */
interface MadeType {
  spec: unknown;
  /** The C declaration of a member of this type. */
  declare(name: string): string;
  /** A value, and what initializes a member with it in C. */
  value(random: Random): { value: unknown; literal: string };
  /** C that is true when the members of both, which can be assigned to, are alike. */
  same(one: string, other: string, depth: number): string;
}

export interface MadeStruct {
  fields: StructFields;
  packed: boolean;
  /** `struct NAME { … };` */
  declaration(name: string): string;
  names: string[];
  type: MadeType;
}

const INTEGERS: Record<string, [c: string, bits: number, isSigned: boolean, isWide: boolean]> = {
  'signed char': ['signed char', 8, true, false],
  'unsigned char': ['unsigned char', 8, false, false],
  short: ['short', 16, true, false],
  'unsigned short': ['unsigned short', 16, false, false],
  int: ['int', 32, true, false],
  'unsigned int': ['unsigned int', 32, false, false],
  'long long': ['long long', 64, true, true],
  'unsigned long long': ['unsigned long long', 64, false, true],
  int8: ['int8_t', 8, true, false],
  uint8: ['uint8_t', 8, false, false],
  int16: ['int16_t', 16, true, false],
  uint16_t: ['uint16_t', 16, false, false],
  int32_t: ['int32_t', 32, true, false],
  uint32: ['uint32_t', 32, false, false],
  int64: ['int64_t', 64, true, true],
  uint64_t: ['uint64_t', 64, false, true],
};
/** As long as a pointer is. */
const LONGS: Record<string, [c: string, isSigned: boolean]> = {
  long: ['long', true],
  'unsigned long': ['unsigned long', false],
  size_t: ['size_t', false],
  ssize_t: ['ssize_t', true],
};

const scalarSame = (one: string, other: string): string => `${one} == ${other}`;

function integerType(spec: string, c: string, bits: number, isSigned: boolean, isWide: boolean): MadeType {
  const max = 2n ** BigInt(isSigned ? bits - 1 : bits) - 1n;
  const min = isSigned ? -max - 1n : 0n;
  const suffix = bits === 64 ? (isSigned ? 'll' : 'ull') : isSigned ? '' : 'u';
  return {
    spec,
    declare: (name) => `${c} ${name}`,
    value(random) {
      const value = random.pick([min, max, 0n, 1n, BigInt.asUintN(7, BigInt(random.below(2 ** 31)))]);
      // The least integer has no literal of its own in C.
      const literal = value === min && isSigned ? `(${min + 1n}${suffix} - 1)` : `${value}${suffix}`;
      return { value: isWide ? value : Number(value), literal };
    },
    same: scalarSame,
  };
}

const others: MadeType[] = [
  {
    spec: 'float',
    declare: (name) => `float ${name}`,
    value: (random) => random.pick([0, -1.5, 2 ** -149, 2 ** 100].map((value) => ({ value, literal: cFloat(value) }))),
    same: scalarSame,
  },
  {
    spec: 'double',
    declare: (name) => `double ${name}`,
    value: (random) =>
      random.pick([0.1, -1e308, Number.MIN_VALUE, Math.PI].map((value) => ({ value, literal: cFloat(value) }))),
    same: scalarSame,
  },
  {
    spec: 'bool',
    declare: (name) => `bool ${name}`,
    value: (random) => random.pick([true, false].map((value) => ({ value, literal: String(value) }))),
    same: scalarSame,
  },
];

const cFloat = (value: number): string => value.toExponential(20);

function scalar(random: Random, longBits: 32 | 64): MadeType {
  const choice = random.below(10);
  if (choice < 2) return random.pick(others);
  if (choice < 4) {
    const spec = random.pick(Object.keys(LONGS));
    const [c, isSigned] = LONGS[spec] as [string, boolean];
    return integerType(spec, c, longBits, isSigned, true);
  }
  const spec = random.pick(Object.keys(INTEGERS));
  return integerType(spec, ...(INTEGERS[spec] as [string, number, boolean, boolean]));
}

function text(length: number): MadeType {
  return {
    spec: ['char', length],
    declare: (name) => `char ${name}[${length}]`,
    value(random) {
      const value = random.pick(['', 'a', 'ä€', 'z'.repeat(length)]).slice(0, length);
      const fits = Buffer.byteLength(value) <= length ? value : '';
      // One byte after the other: a string that fills the array has no NUL.
      return { value: fits, literal: `{${[...Buffer.from(fits), 0].slice(0, length).map((byte) => `(char)${byte}`)}}` };
    },
    same: (one, other) => `memcmp(${one}, ${other}, sizeof ${one}) == 0`,
  };
}

function bytes(length: number): MadeType {
  return {
    spec: ['byte', length],
    declare: (name) => `unsigned char ${name}[${length}]`,
    value(random) {
      const value = Buffer.from(Array.from({ length }, () => random.below(256)));
      return { value, literal: `{${[...value]}}` };
    },
    same: (one, other) => `memcmp(${one}, ${other}, sizeof ${one}) == 0`,
  };
}

function arrayOf(element: MadeType, length: number): MadeType {
  return {
    spec: [element.spec, length],
    declare: (name) => element.declare(`${name}[${length}]`),
    value(random) {
      const made = Array.from({ length }, () => element.value(random));
      return {
        value: made.map(({ value }) => value),
        literal: `{${made.map(({ literal }) => literal).join(', ')}}`,
      };
    },
    same: (one, other, depth) =>
      Array.from({ length }, (_, index) => element.same(`${one}[${index}]`, `${other}[${index}]`, depth)).join(' && '),
  };
}

function member(random: Random, depth: number, longBits: 32 | 64): MadeType {
  const choice = random.below(12);
  if (choice === 0) return text(random.between(1, 20));
  if (choice === 1) return bytes(random.between(1, 9));
  if (choice < 4) {
    const inner = arrayOf(scalar(random, longBits), random.between(1, 5));
    return random.below(3) === 0 ? arrayOf(inner, random.between(1, 3)) : inner;
  }
  if (choice < 6 && depth < 3) {
    const nested = makeStruct(random, longBits, depth + 1, false).type;
    return random.below(3) === 0 ? arrayOf(nested, random.between(1, 3)) : nested;
  }
  return scalar(random, longBits);
}

export function makeStruct(
  random: Random,
  longBits: 32 | 64 = 64,
  depth = 0,
  packed = random.below(3) === 0,
): MadeStruct {
  const members = Array.from(
    { length: random.between(1, depth === 0 ? 9 : 4) },
    (_, index) => [`f${index}`, member(random, depth, longBits)] as const,
  );
  const body = members.map(([name, type]) => `${type.declare(name)};`).join(' ');
  const attribute = packed ? ' __attribute__((packed))' : '';
  const fields = Object.fromEntries(members.map(([name, { spec }]) => [name, spec])) as StructFields;
  const type: MadeType = {
    spec: fields,
    declare: (name) => `struct { ${body} }${attribute} ${name}`,
    value(seed) {
      const made = members.map(([name, each]) => [name, each.value(seed)] as const);
      return {
        value: Object.fromEntries(made.map(([name, { value }]) => [name, value])),
        literal: `{${made.map(([name, { literal }]) => `.${name} = ${literal}`).join(', ')}}`,
      };
    },
    same: (one, other, at) =>
      members.map(([name, each]) => each.same(`${one}.${name}`, `${other}.${name}`, at + 1)).join(' && '),
  };
  return {
    fields,
    packed,
    declaration: (name) => `struct ${name} { ${body} }${attribute};`,
    names: members.map(([name]) => name),
    type,
  };
}

export const C_HEADERS = `#define _GNU_SOURCE
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/msg.h>
#include <sys/types.h>
`;
