/** Values that arguments must not have, and what a call answers to them. */

import { inspect } from 'node:util';
import { kernelState } from './kernel-state';

/** Anything that asks it for a primitive, or for its looks, gets an error. */
export const untouchable = {
  valueOf: () => refuse('valueOf'),
  toString: () => refuse('toString'),
  [Symbol.toPrimitive]: () => refuse('Symbol.toPrimitive'),
  [inspect.custom]: () => refuse('util.inspect.custom'),
};

function refuse(method: string): never {
  throw new Error(`${method} was called`);
}

const primitives = [null, 'text', '', Symbol('symbol'), true, false];
const objects = [{}, [], [1], () => 1, new Date(0), Buffer.from('1'), untouchable];

export const notNumbers: unknown[] = [...primitives, ...objects, 1n, '1'];
export const notTypes: unknown[] = [...primitives, ...objects, '1'];
export const notBooleans: unknown[] = [null, 'true', Symbol('symbol'), 0, 1, 1n, ...objects];
export const notObjects: unknown[] = [...primitives, 0, 1, NaN, 1n, () => 1];
/** Objects to JavaScript, but no options to Node.js: its own validateObject refuses them, too. */
export const arrays: unknown[] = [[], [1]];
export const notIntegers: unknown[] = [NaN, Infinity, -Infinity, 1.5, -1.5, 2 ** 53, -(2 ** 53), Number.MIN_VALUE];
export const notSafeTypes: unknown[] = [...notIntegers, 0, -0, -1, 0n, -1n, 2n ** 63n, 2n ** 64n, -(2n ** 63n)];

/** A call with one argument that is tried. */
export type Call = (value: never) => unknown;

/** The words of an error for a count of bytes, a key, a mode and a message type, and values beyond. */
export const BYTES = 'an integer >= 0 and <= 2147483647';
export const KEY = 'an integer >= -2147483648 and <= 4294967295';
export const MODE = 'an integer >= 0o000 and <= 0o777';
export const NO_EXECUTE = 'without execute bits (0o666 has all that queues know)';
export const TYPE = 'a safe integer >= 1, or a bigint >= 1n and <= 2n ** 63n - 1n';
export const beyondBytes: unknown[] = [...notIntegers, -1, 2 ** 31, 2 ** 32];
export const beyondKey: unknown[] = [...notIntegers, -(2 ** 31) - 1, 2 ** 32];
export const beyondMode: unknown[] = [...notIntegers, -1, 0o1000, 0o100600, 2 ** 31, 2 ** 32];
export const beyondOwner: unknown[] = [...notIntegers, -1, 2 ** 32 - 1, 2 ** 32];

function label(value: unknown): string {
  // inspect would read the bytes of a view, which may have lost its memory.
  if (ArrayBuffer.isView(value)) return Object.prototype.toString.call(value);
  return inspect(value, { customInspect: false, depth: 0 });
}

/**
 * For each value: the class, the code and the message that `call` fails with, up to what the message has received; and
 * whether anything that the kernel holds is different after it.
 */
export function answers(call: (value: unknown) => unknown, values: unknown[]): string[] {
  return values.map((value) => {
    const before = kernelState();
    const answer = answerOf(() => call(value));
    return `${label(value)} -> ${answer}${kernelState() === before ? '' : ', and the state of the queues changed'}`;
  });
}

function answerOf(call: () => unknown): string {
  try {
    call();
    return 'no error';
  } catch (error) {
    const { name, code, message } = error as NodeJS.ErrnoException;
    const [, asked] = /^(.*?) Received .+$/s.exec(message) ?? [];
    return `${name} [${code}] ${asked ?? `${message} (and not what it received)`}`;
  }
}

/** The `answers` to expect when every value is of the wrong type. */
export function wrongType(argument: string, expected: string, values: unknown[]): string[] {
  const kind = argument.includes('.') ? 'property' : 'argument';
  const answer = `TypeError [ERR_INVALID_ARG_TYPE] The "${argument}" ${kind} must be ${expected}.`;
  return values.map((value) => `${label(value)} -> ${answer}`);
}

/** The `answers` to expect when every value is out of range. */
export function outOfRange(argument: string, range: string, values: unknown[]): string[] {
  const answer = `RangeError [ERR_OUT_OF_RANGE] The value of "${argument}" is out of range. It must be ${range}.`;
  return values.map((value) => `${label(value)} -> ${answer}`);
}
