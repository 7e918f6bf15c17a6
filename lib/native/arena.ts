/**
 * The arena: the memory in which messages arrive, and in which callers receive them.
 *
 * The kernel writes each message after the previous one. The caller gets a Buffer over its bytes, without a copy, and
 * no later message overwrites them. When the arena is used up, another replaces it, and the garbage collector frees the
 * old one when no caller holds a message of it, as with Node's own pool of small Buffers. A caller can reach the rest
 * of the arena through `buffer`, and can detach it if Node.js permits that. So the addon looks up the arena at each
 * call and fails with EFAULT when it is gone; the library then creates another.
 *
 * A program must not be able to detach other messages' memory by transferring one message's. If Node.js does not
 * prevent that (markAsUntransferable), each caller gets a copy.
 */

import { ENOMEM } from '../core/errno';
import {
  allocUnsafe,
  bufferOver,
  forbidTransfer,
  memoryCanBeGivenAway,
  newMemory,
  readUtf8,
  setBytes,
  typedArrayBuffer,
  typedArrayByteOffset,
  Uint8ArrayConstructor,
  viewOf,
} from '../core/primordials';
import { arenaInUse, msgrcv, nativeAddon, Register, readRegister, useArena, writeLong, writeRegister } from './calls';
import { aligned, lengthOfRecord, RECORD_TEXT_OFFSET, recordBytes, typeOfRecord } from './records';

/** The message's type comes first in a struct msgbuf. */
const TEXT_OFFSET = 8;
const USUAL_BYTES = 32 * 1024;
const BATCH_BYTES = 64 * 1024;
/**
 * Arenas for longer messages are larger, so that one is created less often. A shorter message is copied out of such an
 * arena: kept for long, it would keep the whole arena in memory, and structuredClone would copy all of it.
 */
const MIDDLE_BYTES = 64 * 1024;
const MIDDLE_MESSAGE_BYTES = 512;
/** An arena above this size serves one message only. */
const LONG_BYTES = 256 * 1024;
const LONG_MESSAGE_BYTES = 2048;
/** After this many consecutive messages that are too short for the arena, another is created. */
const MAX_MISFITS = 8;
/** With less room than this, another arena is created at once; a message that does not fit fails first. */
const MIN_ROOM = 1024;
/** The same for a batch: the room for each message, and for all of them together. */
const MIN_ROOM_IN_BATCH = 64;
const MAX_ROOM_FOR_BATCH = 16 * 1024;
/** The largest batch that the register can hold. */
const MAX_IN_BATCH = 0x7fffffff;

let version = -1;
let memory: ArrayBuffer;
let bytes: Uint8Array;
let words: Int32Array | undefined;
let size = 0;
let offset = 0;
let lastLength = 0;
/** Whether callers get messages in place, so that no later message may overwrite them. */
let zeroCopy = false;
/** The number of consecutive messages that were too short for this arena. */
let misfits = 0;

/** The largest arena that a message of this length may keep in memory. */
function arenaBytesFor(length: number): number {
  if (length <= MIDDLE_MESSAGE_BYTES) return USUAL_BYTES;
  return length <= LONG_MESSAGE_BYTES ? MIDDLE_BYTES : LONG_BYTES;
}

/** The room for text in the arena now, in bytes; negative when there is no memory. */
export function ensureArenaRoom(): number {
  return ensureRoom(TEXT_OFFSET + MIN_ROOM, USUAL_BYTES) ? size - offset - TEXT_OFFSET : -1;
}

// Creates another arena if less than `least` bytes are left in this one.
function ensureRoom(least: number, bytesOfAnother: number): boolean {
  if (size - offset < least) return makeArena(bytesOfAnother);
  // Another copy of this module may have installed its own arena (Jest's contexts share one addon).
  if (arenaInUse() === version) return true;
  if (!useArena(memory)) return false;
  version = arenaInUse();
  return true;
}

function makeArena(least: number): boolean {
  const wanted = Math.max(least, arenaBytesFor(lastLength));
  let made: ArrayBuffer;
  try {
    made = newMemory(wanted);
  } catch {
    return false;
  }
  if (!useArena(made)) return false;
  zeroCopy = wanted <= LONG_BYTES && !memoryCanBeGivenAway();
  if (zeroCopy) forbidTransfer(made);
  version = arenaInUse();
  memory = made;
  bytes = viewOf(made);
  words = undefined;
  size = wanted;
  offset = 0;
  misfits = 0;
  return true;
}

/** The offset in the arena of the next message. */
export function arenaOffset(): number {
  return offset;
}

/**
 * Receives a message of at most `length` bytes: its length, or a negative errno. Without IPC_NOWAIT it waits for
 * `waitMs`; with it, it tries this many times, and yields the processor in between.
 */
export function receiveIntoArena(
  id: number,
  length: number,
  type: number | bigint,
  flags: number,
  waitMs: number,
  tries = 1,
): number {
  return msgrcv(id, offset, length, type, flags, waitMs, tries);
}

/**
 * Makes room for a message that did not fit: first for one of usual length, then for `wanted()` bytes, or, without
 * memory for that, for twice the previous room. False when there is no memory for that either.
 */
export function growArena(wanted: () => number): boolean {
  if (offset > 0) return makeArena(USUAL_BYTES);
  const room = size - TEXT_OFFSET;
  const most = wanted();
  return makeArena(aligned(TEXT_OFFSET + most)) || (most > room * 2 && makeArena(aligned(TEXT_OFFSET + room * 2)));
}

/** Releases the arena; the next receive creates another. */
export function dropArena(): void {
  size = 0;
  offset = 0;
}

/**
 * Releases an arena that served one message, or that a caller owns now. Called after the message has been handed out.
 */
export function trimArena(): void {
  if (size > 0 && size <= LONG_BYTES) return;
  lastLength = 0;
  makeArena(USUAL_BYTES);
}

/** The `length` bytes that have arrived, decoded as UTF-8, with U+FFFD for invalid bytes. */
export function arrivedText(length: number): string {
  lastLength = length;
  const start = offset + TEXT_OFFSET;
  return readUtf8(bytes, start, start + length);
}

/** The `length` bytes that have arrived, as a Buffer. Call it once for each message. */
export function arrivedBytes(length: number): Buffer {
  lastLength = length;
  const start = offset + TEXT_OFFSET;
  if (zeroCopy && length > 0 && size <= arenaBytesFor(length)) {
    offset = aligned(start + length);
    misfits = 0;
    return bufferOver(memory, start, length);
  }
  const copy = copyOut(start, length);
  misfits += 1;
  if (zeroCopy && misfits > MAX_MISFITS) makeArena(USUAL_BYTES);
  else trimArena();
  return copy;
}

/**
 * Copies the `length` bytes that have arrived into a caller's memory, which has room for them, and returns a Buffer
 * over it.
 */
export function arrivedInto(length: number, target: Uint8Array): Buffer {
  lastLength = length;
  setBytes(target, new Uint8ArrayConstructor(memory, offset + TEXT_OFFSET, length), 0);
  trimArena();
  return bufferOver(typedArrayBuffer(target) as ArrayBuffer, typedArrayByteOffset(target), length);
}

// The message has left the queue, so a lack of memory for a copy must not lose it: the caller then gets the arena
// itself. The same applies to a message that fills most of a large arena, which saves the copy.
function copyOut(start: number, length: number): Buffer {
  if (size > LONG_BYTES && length > size / 2) return handOut(start, length);
  let copy: Buffer;
  try {
    copy = allocUnsafe(length);
  } catch {
    return handOut(start, length);
  }
  setBytes(copy, new Uint8ArrayConstructor(memory, start, length), 0);
  return copy;
}

function handOut(start: number, length: number): Buffer {
  dropArena();
  return bufferOver(memory, start, length);
}

/** The messages of a batch, in order. */
interface Arrived<M> {
  messages: M[];
  /** Why the batch ended: 0 when more may follow; -E2BIG also when there was no room. */
  result: number;
}

/**
 * Receives up to `max` matching messages of at most `most` bytes (−1: any length). It calls `make` for each. `make`
 * must not run a caller's code: the messages are safe only when all of them are copied out.
 */
export function receiveBatch<M>(
  id: number,
  type: number | bigint,
  flags: number,
  most: number,
  max: number,
  make: (type: number | bigint, bytes: Buffer) => M,
): Arrived<M> {
  const native = nativeAddon();
  const least = Math.min(max * MIN_ROOM_IN_BATCH, MAX_ROOM_FOR_BATCH) + MIN_ROOM;
  if (!ensureRoom(least, least > MAX_ROOM_FOR_BATCH ? BATCH_BYTES : USUAL_BYTES)) {
    return { messages: [], result: ENOMEM };
  }
  writeRegister(Register.id, id);
  writeRegister(Register.flags, flags);
  writeRegister(Register.length, most);
  writeRegister(Register.count, Math.min(max, MAX_IN_BATCH));
  writeRegister(Register.offset, offset);
  writeLong(Register.typeLow, type);
  const count = native.receiveBatch();
  const result = readRegister(Register.batchEnd);
  return { messages: takeRecords(count, make), result };
}

function takeRecords<M>(count: number, make: (type: number | bigint, bytes: Buffer) => M): M[] {
  const messages: M[] = [];
  words ??= new Int32Array(memory);
  let record = offset;
  for (let index = 0; index < count; index++) {
    const length = lengthOfRecord(words, record);
    const start = record + RECORD_TEXT_OFFSET;
    const kept = Math.max(BATCH_BYTES, arenaBytesFor(length));
    const bytes = zeroCopy && length > 0 && size <= kept ? bufferOver(memory, start, length) : copyOut(start, length);
    lastLength = length;
    messages.push(make(typeOfRecord(words, record), bytes));
    record += recordBytes(length);
  }
  if (zeroCopy) offset = record;
  return messages;
}
