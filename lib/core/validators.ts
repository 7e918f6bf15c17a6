/**
 * Checks arguments: an invalid one is a TypeError or a RangeError, and never reaches the kernel. No
 * conversion calls a caller's code (no valueOf, no toString).
 */

import { fileURLToPath } from 'node:url';
import { types } from 'node:util';
import { invalidType, invalidValue, outOfRange } from './argument-errors';
import { INT_MAX, IPC_CREAT, IPC_EXCL, LONG_BITS, LONG_MAX } from './constants';
import { formatMode } from './format';
import { copyBytes, isSafeInteger, typedArrayTag } from './primordials';

const INT32_MIN = -0x80000000;
const UINT32_MAX = 0xffffffff;
const LONG_MIN = -LONG_MAX - 1n;
const SAFE = LONG_BITS === 64n ? 'a safe integer' : 'an integer';
const PERMISSION_BITS = 0o777;
const EXECUTE_BITS = 0o111;

/** An integer from `min` to `max`. `format` prints the bounds, in octal for modes, for example. */
export function checkInteger(
  value: unknown,
  name: string,
  min: number,
  max: number,
  format: (bound: number) => string = String,
  hintFor?: (value: unknown) => string | undefined,
): number {
  if (typeof value !== 'number') throw invalidType(name, 'of type number', value, (hintFor ?? numberHint)(value));
  if (!isSafeInteger(value) || value < min || value > max) {
    throw outOfRange(name, `an integer >= ${format(min)} and <= ${format(max)}`, value, hintFor?.(value));
  }
  return value + 0; // -0 is 0.
}

const WRITTEN_NUMBER = /^(?:-?\d{1,16}|0x[\da-f]{1,8})$/i;

/** A number that is still text, as from the command line or the environment, or a bigint. */
function numberHint(value: unknown): string | undefined {
  if (typeof value === 'bigint' && isSafeInteger(Number(value))) return `Write ${value}, without n.`;
  if (typeof value !== 'string' || !WRITTEN_NUMBER.test(value)) return undefined;
  // C reads 0666 as octal, Number() as decimal.
  if (/^-?0\d/.test(value)) return 'Pass a number: parseInt(text, 8) reads octal digits, Number(text) decimal ones.';
  return `Write ${value}, without quotes; Number(text) makes a number of text.`;
}

function keyHint(value: unknown): string | undefined {
  if (typeof value !== 'string' || !/[/.]/.test(value)) return numberHint(value);
  return "A file's key is ftok(path, projectId).";
}

/** A key as an int32 or a uint32; returned signed, like `key_t`. */
export function checkKey(value: unknown): number {
  return checkInteger(value, 'key', INT32_MIN, UINT32_MAX, String, keyHint) | 0;
}

export function checkQueueId(value: unknown, name = 'msqid'): number {
  return checkInteger(value, name, 0, INT_MAX);
}

/** Flags may contain unknown bits, which the kernel ignores. */
export function checkFlags(value: unknown): number {
  return checkInteger(value, 'msgflg', INT32_MIN, INT_MAX);
}

/** A byte count that fits the kernel's int. */
export function checkBytes(value: unknown, name: string): number {
  return checkInteger(value, name, 0, INT_MAX);
}

/** A user or group id; 2^32−1 is (uid_t) −1, which means none. */
export function checkOwnerId(value: unknown, name: string): number {
  return checkInteger(value, name, 0, UINT32_MAX - 1);
}

export function checkModeBits(value: unknown, name: string): number {
  return checkInteger(value, name, 0, PERMISSION_BITS, formatMode, modeHint);
}

/** Permission bits without execute bits: a msgget that asks for those fails, even for the owner. */
export function checkMode(value: unknown, name: string): number {
  const mode = checkModeBits(value, name);
  if ((mode & EXECUTE_BITS) !== 0) {
    const hint = modeHint(mode);
    throw outOfRange(name, 'without execute bits (0o666 has all that queues know)', formatMode(mode), hint);
  }
  return mode;
}

/** 666, 777, '666', 0x666 and 0o1666 (with IPC_CREAT), written for 0o666. */
function modeHint(value: unknown): string | undefined {
  if (typeof value === 'string') {
    const digits = /^(?:0o?)?([0-7]{3})$/.exec(value)?.[1];
    return digits === undefined ? undefined : `Write 0o${digits}, a number.`;
  }
  if (typeof value !== 'number' || !isSafeInteger(value) || value < 0) return undefined;
  // 0o711 is 457, whose digits are octal, too; above 0o777 no number was meant as it is.
  const isOctal = (digits: string): boolean =>
    value > PERMISSION_BITS ? /^[0-7]{3}$/.test(digits) : /^[0246]{3}$/.test(digits);
  if (isOctal(String(value)))
    return `Modes are octal: write ${withoutExecute(String(value))}. ${value} is ${formatMode(value)}.`;
  const hexadecimal = value.toString(16);
  if (isOctal(hexadecimal)) return `Modes are octal: write ${withoutExecute(hexadecimal)}, not 0x${hexadecimal}.`;
  if (value <= PERMISSION_BITS) return `Write ${formatMode(value & ~EXECUTE_BITS)}.`;
  const withoutFlags = value & ~(IPC_CREAT | IPC_EXCL);
  if (value === withoutFlags || withoutFlags > PERMISSION_BITS) return undefined;
  return `IPC_CREAT and IPC_EXCL are the methods create, open and openOrCreate: write ${formatMode(withoutFlags)}.`;
}

const withoutExecute = (digits: string): string => formatMode(Number.parseInt(digits, 8) & ~EXECUTE_BITS);

/**
 * A message type: a safe integer or a bigint, 1 … 2^63−1. `hintFor` explains the likely meaning of 0 and negative
 * numbers.
 */
export function checkMessageType(
  value: unknown,
  name: string,
  hintFor?: (value: number | bigint) => string | undefined,
): number | bigint {
  if (typeof value === 'number') {
    if (isSafeInteger(value) && value >= 1 && value <= LONG_MAX) return value;
  } else if (typeof value === 'bigint') {
    if (value >= 1n && value <= LONG_MAX) return value;
  } else {
    throw invalidType(name, 'of type number or bigint', value, numberHint(value));
  }
  throw outOfRange(
    name,
    `${SAFE} >= 1, or a bigint >= 1n and <= 2n ** ${LONG_BITS - 1n}n - 1n`,
    value,
    hintFor?.(value),
  );
}

/** msgrcv's msgtyp: any 64-bit integer. */
export function checkMessageSelector(value: unknown, name: string): number | bigint {
  if (typeof value === 'number') {
    if (isSafeInteger(value) && value >= LONG_MIN && value <= LONG_MAX) return value;
  } else if (typeof value === 'bigint') {
    if (value >= LONG_MIN && value <= LONG_MAX) return value;
  } else {
    throw invalidType(name, 'of type number or bigint', value, numberHint(value));
  }
  throw outOfRange(
    name,
    `${SAFE}, or a bigint >= -(2n ** ${LONG_BITS - 1n}n) and <= 2n ** ${LONG_BITS - 1n}n - 1n`,
    value,
  );
}

export function checkBoolean(value: unknown, name: string): boolean {
  if (typeof value !== 'boolean') throw invalidType(name, 'of type boolean', value);
  return value;
}

export function checkFunction<T extends (...args: never[]) => unknown>(value: T, name: string, hint?: string): T {
  if (typeof value !== 'function') throw invalidType(name, 'of type function', value, hint);
  return value;
}

export function checkString(value: unknown, name: string): string {
  if (typeof value !== 'string') throw invalidType(name, 'of type string', value);
  return value;
}

/** One of several words. Default: the first. */
export function checkChoice<Choice extends string>(
  value: unknown,
  name: string,
  choices: readonly [Choice, ...Choice[]],
): Choice {
  if (value === undefined) return choices[0];
  const choice = choices.find((word) => word === checkString(value, name));
  if (choice === undefined) throw outOfRange(name, `one of '${choices.join("', '")}'`, value);
  return choice;
}

/** An object of options or properties. */
export function checkObject<T extends object>(value: T, name: string): T {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidType(name, 'of type object', value);
  }
  return value;
}

/** The longest delay of setTimeout: some 24 days. */
const MAX_TIMEOUT_MS = 0x7fffffff;

/** Milliseconds after which a wait is canceled; undefined: never. */
export function checkTimeout(timeout: unknown): number | undefined {
  return timeout === undefined
    ? undefined
    : checkInteger(timeout, 'options.timeout', 0, MAX_TIMEOUT_MS, String, timeoutHint);
}

function timeoutHint(timeout: unknown): string | undefined {
  if (timeout === Number.POSITIVE_INFINITY || timeout === -1) return 'Leave it out to wait without a limit.';
  if (typeof timeout === 'string' && /^[\d.]+ *[a-z]+$/i.test(timeout)) return 'Write milliseconds: 5000 for 5 s.';
  return numberHint(timeout);
}

/** Refuses a promise as the result of a caller's function, which is needed at once. */
export function refusePromise(result: unknown, name: string): void {
  if (!types.isPromise(result)) return;
  // Nothing awaits it, and its rejection must not end the process.
  result.catch(() => undefined);
  throw invalidValue(name, 'returned a promise, and its result is needed at once: it must not be async');
}

/** Like Node.js, accepts an AbortSignal of another realm. */
export function checkSignal(signal: unknown): AbortSignal | undefined {
  if (signal === undefined) return undefined;
  if (typeof signal !== 'object' || signal === null || !('aborted' in signal) || !('addEventListener' in signal)) {
    const isController = typeof signal === 'object' && signal !== null && 'signal' in signal;
    const hint = isController ? 'Pass controller.signal.' : undefined;
    throw invalidType('options.signal', 'an instance of AbortSignal', signal, hint);
  }
  return signal as AbortSignal;
}

/** A path as in fs: text, or the bytes of a Buffer. */
export function checkPath(value: unknown, name: string): string | Buffer {
  const path = pathOf(value, name);
  if (path.includes('\0')) throw outOfRange(name, "a path without '\\0'", value);
  return path;
}

function pathOf(value: unknown, name: string): string | Buffer {
  if (typeof value === 'string') return value;
  if (typedArrayTag(value) === 'Uint8Array') return copyBytes(value as Uint8Array);
  if (!(value instanceof URL)) throw invalidType(name, 'of type string or an instance of Buffer or URL', value);
  try {
    return fileURLToPath(value);
  } catch {
    throw outOfRange(name, 'a file URL', value);
  }
}
