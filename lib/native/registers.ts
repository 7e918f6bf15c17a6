/**
 * The registers: the arguments of the native calls, and the two hottest calls.
 *
 * One of three writers stores each value, and refuses one that does not fit: a register that took a number modulo 2^32
 * would pass another value than the caller's to the kernel. C++ checks the values that memory safety depends on once
 * more.
 */

import type { NativeAddon } from '../../types/native';
import { loadAddon } from './load';
import { joinLong, writeLongTo } from './long';

// The names and the order of native/binding/registers.h; a test compares them. The enum lives in the file of the hot calls
// because compilers inline a const enum within its own file only.

/** The arguments of a call, and its results besides the returned one. registers.h describes each. */
export const enum Register {
  id,
  key,
  flags,
  command,
  length,
  typeLow,
  typeHigh,
  waitMs,
  tries,
  uid,
  gid,
  mode,
  maxBytesLow,
  maxBytesHigh,
  mailbox,
  referenced,
  slot,
  token,
  result,
  count,
  batchEnd,
  slab,
  inbox,
  airlock,
  airlockSlot,
  attempts,
  capacity,
}

const INT32_MAX = 0x7fffffff;
const UINT32_MAX = 0xffffffff;

/** A wait without a bound. */
export const WAIT_FOREVER = -1;

let addon: NativeAddon | undefined;
let registers: Int32Array;
/** Whether a long has 64 bits on this processor. */
let longIsWide = true;

// The first call loads the addon, so that importing the package works, and costs nothing, on every system.
function loadOnce(): NativeAddon {
  addon = loadAddon();
  registers = addon.registers;
  longIsWide = addon.bytesOfLong > Int32Array.BYTES_PER_ELEMENT;
  return addon;
}

export function nativeAddon(): NativeAddon {
  return addon ?? loadOnce();
}

/** Whether a call has loaded the addon, or another is in its place. */
export function addonIsLoaded(): boolean {
  return addon !== undefined;
}

let replaced = false;

/** Has another take the addon's place (lib/native/memory/). Without one, the next call loads the addon again. */
export function replaceAddon(replacement: NativeAddon | undefined): void {
  replaced = replacement !== undefined;
  addon = replacement;
  if (replacement === undefined) return;
  registers = replacement.registers;
  longIsWide = true;
}

/** Whether the queues are in this thread's memory, and not the kernel's. */
export function queuesAreInMemory(): boolean {
  return replaced;
}

// The array is a parameter because it exists once the addon is loaded, which need not be checked for each register.
function put(words: Int32Array, register: Register, value: number): void {
  if ((value | 0) !== value) refuse(register, value);
  words[register] = value;
}

function putLong(words: Int32Array, low: Register, value: number | bigint): void {
  if (typeof value === 'number' && (value | 0) === value) {
    words[low] = value;
    words[low + 1] = value >> 31;
  } else {
    putWideLong(words, low, value, false);
  }
}

function putWideLong(words: Int32Array, low: Register, value: number | bigint, unsigned: boolean): void {
  if (isBeyondLong(value, unsigned) || !writeLongTo(words, low, low + 1, value, unsigned)) refuse(low, value);
}

function isBeyondLong(value: number | bigint, unsigned: boolean): boolean {
  if (longIsWide) return false; // The halves then hold every value that fits; writeLongTo refuses the others.
  return unsigned ? value > UINT32_MAX : value > INT32_MAX || value < -INT32_MAX - 1;
}

/** Writes a 32-bit integer. Every call begins with one, so that this loads the addon and the other writers need not. */
export function writeRegister(register: Register, value: number): void {
  if (addon === undefined) loadOnce();
  put(registers, register, value);
}

/** Writes an unsigned 32-bit integer, which C++ reads as one. */
export function writeUnsigned(register: Register, value: number): void {
  if (value >>> 0 !== value) refuse(register, value);
  registers[register] = value | 0;
}

/** Writes a long into two registers, of which `low` is the first. It must fit the processor's long. */
export function writeLong(low: Register, value: number | bigint): void {
  putLong(registers, low, value);
}

/** Writes an unsigned long. */
export function writeUnsignedLong(low: Register, value: number | bigint): void {
  putWideLong(registers, low, value, true);
}

/** No caller's value gets here: arguments are checked before, and lengths refused. */
function refuse(register: Register, value: number | bigint): never {
  const name = nativeAddon().layout().registers[register];
  const error = new RangeError(`The register "${name}" of sysvmq cannot hold ${value}.`);
  throw Object.assign(error, { code: 'ERR_OUT_OF_RANGE' });
}

export function readRegister(register: Register): number {
  return registers[register] as number;
}

/** The type of the message just received: a bigint if a number cannot hold it. */
export function receivedType(): number | bigint {
  return joinLong(registers[Register.typeLow] as number, registers[Register.typeHigh] as number);
}

/** The addon's current slab: a number that changes with it. */
export function slabInUse(): number {
  if (addon === undefined) loadOnce();
  return registers[Register.slab] as number;
}

/** Which inbox the addon uses: a number that changes with it. */
export function inboxInUse(): number {
  if (addon === undefined) loadOnce();
  return registers[Register.inbox] as number;
}

/** Sends the first `length` bytes of the slab's text. `waitMs` applies without IPC_NOWAIT. */
export function msgsnd(id: number, type: number | bigint, length: number, flags: number, waitMs: number): number {
  const native = addon ?? loadOnce();
  const words = registers;
  put(words, Register.id, id);
  put(words, Register.length, length);
  put(words, Register.flags, flags);
  put(words, Register.waitMs, waitMs);
  putLong(words, Register.typeLow, type);
  return native.msgsnd();
}

/**
 * Receives at most `length` bytes into the inbox; receivedType() then returns the message's type. Without IPC_NOWAIT
 * the call waits for `waitMs`; with it, the call is tried that many times, and yields the processor in between.
 */
export function msgrcv(
  id: number,
  length: number,
  type: number | bigint,
  flags: number,
  waitMs: number,
  tries = 1,
): number {
  const native = addon ?? loadOnce();
  const words = registers;
  put(words, Register.id, id);
  put(words, Register.length, length);
  put(words, Register.flags, flags);
  put(words, Register.waitMs, waitMs);
  put(words, Register.tries, tries);
  putLong(words, Register.typeLow, type);
  return native.msgrcv();
}
