/**
 * Checks arguments: an invalid one is a TypeError or a RangeError, worded like Node's own, and never reaches the
 * kernel. No conversion calls a caller's code (no valueOf, no toString).
 */

import { fileURLToPath } from 'node:url';
import { inspect, types } from 'node:util';
import { INT_MAX, IPC_CREAT, IPC_EXCL, LONG_BITS, LONG_MAX } from './constants';
import { formatMode } from './format';
import {
  arrayBufferByteLength,
  copyBytes,
  dataViewBuffer,
  dataViewByteLength,
  dataViewByteOffset,
  isSafeInteger,
  isView,
  requireTypedArrayMemory,
  typedArrayBuffer,
  typedArrayByteLength,
  typedArrayByteOffset,
  typedArrayTag,
  Uint8ArrayConstructor,
} from './primordials';

const INT32_MIN = -0x80000000;
const UINT32_MAX = 0xffffffff;
const LONG_MIN = -LONG_MAX - 1n;
const SAFE = LONG_BITS === 64n ? 'a safe integer' : 'an integer';
const PERMISSION_BITS = 0o777;
const EXECUTE_BITS = 0o111;

// Reads no property of an object: that could run a caller's code.
function describe(value: unknown): string {
  if (value === null || value === undefined) return `${value}`;
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'object') return Array.isArray(value) ? 'an array' : 'an object';
  return `type ${typeof value} (${shown(value)})`;
}

const MAX_SHOWN = 128;

// Cut before it is inspected: the value may be a text of many megabytes.
function shown(value: unknown): string {
  if (typeof value !== 'string' || value.length <= MAX_SHOWN) return inspect(value);
  return `${inspect(value.slice(0, MAX_SHOWN))}... (${value.length} characters)`;
}

function withCode<E extends Error>(error: E, code: string): E {
  return Object.assign(error, { code });
}

/** `TypeError [ERR_INVALID_ARG_TYPE]`. `expected` follows "must be"; `hint` is a sentence for the likely habit. */
export function invalidType(name: string, expected: string, value: unknown, hint?: string): TypeError {
  return invalidKind(name, expected, describe(value), hint ?? absenceHint(name, value));
}

/** null, as None and NULL of other languages, for an option. */
function absenceHint(name: string, value: unknown): string | undefined {
  return value === null && /^(options|select|change)\./.test(name) ? 'Leave it out, or pass undefined.' : undefined;
}

function invalidKind(name: string, expected: string, received: string, hint?: string): TypeError {
  const error = new TypeError(`The "${name}" ${kindOf(name)} must be ${expected}. Received ${received}${after(hint)}`);
  return withCode(error, 'ERR_INVALID_ARG_TYPE');
}

/** `RangeError [ERR_OUT_OF_RANGE]`. `range` follows "It must be"; `hint` is a sentence for the likely habit. */
export function outOfRange(name: string, range: string, value: unknown, hint?: string): RangeError {
  const received = typeof value === 'object' ? describe(value) : shown(value);
  const error = new RangeError(
    `The value of "${name}" is out of range. It must be ${range}. Received ${received}${after(hint)}`,
  );
  return withCode(error, 'ERR_OUT_OF_RANGE');
}

const kindOf = (name: string): string => (name.includes('.') ? 'property' : 'argument');
const after = (hint: string | undefined): string => (hint === undefined ? '' : `. ${hint}`);

/** `TypeError [ERR_INVALID_ARG_VALUE]`: the right type, but an invalid value. `fault` follows the name. */
export function invalidValue(name: string, fault: string): TypeError {
  return withCode(new TypeError(`The ${kindOf(name)} "${name}" ${fault}`), 'ERR_INVALID_ARG_VALUE');
}

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

const BYTES_EXPECTED = 'of type string or an instance of Buffer, TypedArray, DataView or ArrayBuffer';

/** The bytes of a sendable value, as a Uint8Array over the caller's memory, or as a string. */
export function checkPayload(value: unknown, name: string, hint?: string): string | Uint8Array {
  if (typeof value === 'string') return value;
  if (typedArrayTag(value) === 'Uint8Array') {
    const bytes = value as Uint8Array;
    if (typedArrayByteLength(bytes) > 0 && isUnshared(typedArrayBuffer(bytes))) return bytes;
  }
  const view = toUint8Array(value, name, hint);
  // A view whose memory is gone has no bytes: sent as an empty message, it would silently lose the caller's data.
  if (typedArrayByteLength(view) === 0) {
    try {
      requireTypedArrayMemory(view);
    } catch {
      throw withoutMemory(name);
    }
  }
  return view;
}

function toUint8Array(value: unknown, name: string, hint: string | undefined): Uint8Array {
  const tag = typedArrayTag(value);
  if (tag !== undefined) {
    const view = value as Uint8Array;
    const buffer = typedArrayBuffer(view);
    requireUnshared(buffer, name);
    if (tag === 'Uint8Array') return view;
    return overMemory(name, () => {
      requireTypedArrayMemory(view);
      return new Uint8ArrayConstructor(buffer, typedArrayByteOffset(view), typedArrayByteLength(view));
    });
  }
  if (isView(value)) {
    requireUnshared(dataViewBuffer(value as DataView), name);
    return overMemory(name, () => {
      const view = value as DataView;
      return new Uint8ArrayConstructor(dataViewBuffer(view), dataViewByteOffset(view), dataViewByteLength(view));
    });
  }
  if (types.isArrayBuffer(value)) return overMemory(name, () => new Uint8ArrayConstructor(value));
  if (types.isSharedArrayBuffer(value)) throw sharedMemory(name);
  throw invalidType(name, BYTES_EXPECTED, value, types.isPromise(value) ? 'Await the promise first.' : hint);
}

// V8 throws a TypeError of its own when the memory is detached or out of bounds.
function overMemory(name: string, make: () => Uint8Array): Uint8Array {
  try {
    return make();
  } catch {
    throw withoutMemory(name);
  }
}

function requireUnshared(buffer: ArrayBufferLike, name: string): void {
  if (!isUnshared(buffer)) throw sharedMemory(name);
}

// ArrayBuffer's own getter refuses a SharedArrayBuffer. This check takes half the time of types.isSharedArrayBuffer.
function isUnshared(buffer: ArrayBufferLike): boolean {
  try {
    arrayBufferByteLength(buffer as ArrayBuffer);
    return true;
  } catch {
    return false;
  }
}

// Another thread could change the bytes during the copy, and the message would be a mixture.
function sharedMemory(name: string): TypeError {
  return invalidKind(name, 'backed by memory of its own', 'a SharedArrayBuffer: copy it first');
}

function withoutMemory(name: string): TypeError {
  return invalidKind(name, 'backed by memory', 'a detached or out-of-bounds buffer');
}

/** The memory for a received message, which other threads may share. */
export function checkInto(value: unknown, name: string): Uint8Array {
  if (typedArrayTag(value) !== 'Uint8Array') throw invalidType(name, 'an instance of Buffer or Uint8Array', value);
  roomIn(value as Uint8Array, name);
  return value as Uint8Array;
}

/** The number of bytes that fit into it now; a TypeError when its memory is gone. */
export function roomIn(view: Uint8Array, name: string): number {
  const room = typedArrayByteLength(view);
  if (room > 0) return room;
  try {
    requireTypedArrayMemory(view);
  } catch {
    throw withoutMemory(name);
  }
  return room;
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
