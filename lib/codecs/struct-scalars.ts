/** C's scalar types, with the sizes of a machine. */

import { endianness } from 'node:os';
import { invalidType, outOfRange } from '../core/argument-errors';

/** How a machine lays out C's types. */
export interface Machine {
  /** `sizeof(long)`, which is also that of `size_t` and of a pointer on every machine that Node.js runs on. */
  longBytes: 4 | 8;
  /** C's alignment of a member of eight bytes. */
  wideAlignment: 4 | 8;
  charIsSigned: boolean;
  order: 'LE' | 'BE';
}

// From the System V ABI of each processor; gcc's __CHAR_UNSIGNED__ shows which have an unsigned char.
const LONG_OF_4_BYTES = ['arm', 'ia32', 'mips', 'mipsel'];
const UNSIGNED_CHAR = ['arm', 'arm64', 'ppc64', 'riscv64', 's390', 's390x'];

/** The machine of a processor, as `process.arch` names it. */
export function machineOf(arch: string, order: 'LE' | 'BE'): Machine {
  return {
    longBytes: LONG_OF_4_BYTES.includes(arch) ? 4 : 8,
    wideAlignment: arch === 'ia32' ? 4 : 8,
    charIsSigned: !UNSIGNED_CHAR.includes(arch),
    order,
  };
}

export const thisMachine: Machine = machineOf(process.arch, endianness());

/** A C type: its size, and how its values are read and written. */
export interface CType {
  size: number;
  alignment: number;
  read(bytes: Buffer, offset: number): unknown;
  write(bytes: Buffer, offset: number, value: unknown): void;
}

/** A value that does not fit its type. `path` shows its place, and grows at each level. */
export class Misfit extends Error {
  path = '';
  readonly #error: (name: string) => Error;

  constructor(error: (name: string) => Error) {
    super();
    this.#error = error;
  }

  toError(name: string): Error {
    return this.#error(name + this.path);
  }
}

/** Runs `within`, and adds the step to the path of a misfit that it throws. */
export function atStep<Result>(step: () => string, within: () => Result): Result {
  try {
    return within();
  } catch (error) {
    if (error instanceof Misfit) error.path = step() + error.path;
    throw error;
  }
}

export const wrongType = (expected: string, value: unknown): Misfit =>
  new Misfit((name) => invalidType(name, expected, value));
export const wrongRange = (range: string, value: unknown): Misfit =>
  new Misfit((name) => outOfRange(name, range, value));

type IntegerName = `${'int' | 'uint'}${8 | 16 | 32 | 64}`;

/** C's names for the integers of each size. */
function integersOf({ longBytes, charIsSigned }: Machine): Record<string, IntegerName> {
  const long = longBytes === 8 ? 'int64' : 'int32';
  return {
    __proto__: null as never,
    char: charIsSigned ? 'int8' : 'uint8',
    'signed char': 'int8',
    'unsigned char': 'uint8',
    short: 'int16',
    'unsigned short': 'uint16',
    int: 'int32',
    'unsigned int': 'uint32',
    long,
    'unsigned long': `u${long}`,
    'long long': 'int64',
    'unsigned long long': 'uint64',
    size_t: `u${long}`,
    ssize_t: long,
    ...Object.fromEntries(
      ([8, 16, 32, 64] as const).flatMap((bits) => [
        [`int${bits}`, `int${bits}`],
        [`uint${bits}`, `uint${bits}`],
        [`int${bits}_t`, `int${bits}`],
        [`uint${bits}_t`, `uint${bits}`],
      ]),
    ),
  };
}

/** Types that differ between machines or exceed 2^53: bigints unless the caller asks for numbers. */
const WIDE = /^(unsigned )?long|^s?size_t$|64/;

type Getter = (this: Buffer, offset: number) => number | bigint;
type Setter = (this: Buffer, value: number | bigint, offset: number) => number;

const method = <Method>(name: string): Method =>
  (Buffer.prototype as unknown as Record<string, Method>)[name] as Method;

function integer(name: IntegerName, isWide: boolean, asNumber: boolean, machine: Machine): CType {
  const isSigned = !name.startsWith('u');
  const bits = Number(/\d+/.exec(name)?.[0]);
  const size = bits / 8;
  const kind = `${bits === 64 ? 'Big' : ''}${isSigned ? 'Int' : 'UInt'}${bits}${bits === 8 ? '' : machine.order}`;
  const get = method<Getter>(`read${kind}`);
  const set = method<Setter>(`write${kind}`);
  const max = 2n ** BigInt(isSigned ? bits - 1 : bits) - 1n;
  const min = isSigned ? -max - 1n : 0n;
  const inRange = (value: number | bigint): boolean => value >= min && value <= max;
  const range = `an integer >= ${min} and <= ${max}`;
  const toSet = bits === 64 ? BigInt : Number;

  const write = (bytes: Buffer, offset: number, value: unknown): void => {
    if (typeof value === 'number' ? !Number.isSafeInteger(value) : typeof value !== 'bigint' || !isWide) {
      throw typeof value === 'number' ? wrongRange(range, value) : wrongType(expected, value);
    }
    if (!inRange(value as number | bigint)) throw wrongRange(range, value);
    set.call(bytes, toSet(value as number), offset);
  };
  const expected = !isWide ? 'of type number' : asNumber ? 'of type number or bigint' : 'of type bigint';
  const plain = (bytes: Buffer, offset: number): number | bigint => get.call(bytes, offset);
  const exact = (bytes: Buffer, offset: number): bigint => BigInt(get.call(bytes, offset));
  const safe = (bytes: Buffer, offset: number): number => {
    const value = get.call(bytes, offset);
    if (Number.isSafeInteger(Number(value))) return Number(value);
    throw new Misfit((path) => new RangeError(`${path} is ${value}, past 2^53: integers: 'bigint' reads it exactly`));
  };
  const alignment = size === 8 ? machine.wideAlignment : size;
  return { size, alignment, read: !isWide ? plain : asNumber ? safe : exact, write };
}

function floating(name: 'float' | 'double', machine: Machine): CType {
  const kind = `${name === 'float' ? 'Float' : 'Double'}${machine.order}`;
  const get = method<Getter>(`read${kind}`);
  const set = method<Setter>(`write${kind}`);
  return {
    size: name === 'float' ? 4 : 8,
    alignment: name === 'float' ? 4 : machine.wideAlignment,
    read: (bytes, offset) => get.call(bytes, offset),
    write(bytes, offset, value) {
      if (typeof value !== 'number') throw wrongType('of type number', value);
      set.call(bytes, value, offset);
    },
  };
}

const bool: CType = {
  size: 1,
  alignment: 1,
  read: (bytes, offset) => bytes[offset] !== 0,
  write(bytes, offset, value) {
    if (typeof value !== 'boolean') throw wrongType('of type boolean', value);
    bytes[offset] = value ? 1 : 0;
  },
};

/** The scalar type of a name; undefined when there is none. */
export function scalarType(name: string, asNumber: boolean, machine: Machine): CType | undefined {
  if (name === 'bool') return bool;
  if (name === 'float' || name === 'double') return floating(name, machine);
  const kind = integersOf(machine)[name];
  return kind === undefined ? undefined : integer(kind, WIDE.test(name), asNumber, machine);
}

export const scalarNames = (): string[] => [...Object.keys(integersOf(thisMachine)), 'float', 'double', 'bool'];
