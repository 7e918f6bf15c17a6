/**
 * The arena: the memory that messages arrive in, and are handed out in.
 *
 * The kernel writes a message behind the one before; a Buffer over its bytes is what the caller gets, without a copy, and
 * no later message is written there. When the arena is used up another takes its place, and the garbage collector frees
 * the old one when nobody has a message of it any longer, as with Node's own pool of small Buffers. A caller can reach the
 * rest of the arena through `buffer`, and can give it away where Node.js lets it: the addon looks at each call where the
 * arena is now, and fails with EFAULT where there is none; then another is made.
 *
 * A program that could take other messages' memory away by giving one message's away must not be able to. Where Node.js
 * does not refuse that (markAsUntransferable), each message is handed out in a copy of its own.
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
 * Arenas for longer messages are larger, so that one is made less often. A message that is shorter is copied out of such an
 * arena: kept for long, it would keep all of it in memory, and structuredClone would copy all of it.
 */
const MIDDLE_BYTES = 64 * 1024;
const MIDDLE_MESSAGE_BYTES = 512;
/** A larger one is for one message only. */
const LONG_BYTES = 256 * 1024;
const LONG_MESSAGE_BYTES = 2048;
/** After so many messages in a row that were too short for the arena, another is made. */
const MAX_MISFITS = 8;
/** With less room than this another arena is made at once; a message for which there is not enough room says so. */
const MIN_ROOM = 1024;
/** The same for a batch: so much for each message, and for all of them at most. */
const MIN_ROOM_IN_BATCH = 64;
const MAX_ROOM_FOR_BATCH = 16 * 1024;
/** A batch is never as many: the register takes no more. */
const MAX_IN_BATCH = 0x7fffffff;

let version = -1;
let memory: ArrayBuffer;
let bytes: Uint8Array;
let words: Int32Array | undefined;
let size = 0;
let offset = 0;
let lastLength = 0;
/** Whether messages are handed out where they are, which a later one does not overwrite then. */
let zeroCopy = false;
/** How many messages in a row were too short for this arena. */
let misfits = 0;

/** The largest arena that a message of this length may keep in memory. */
function arenaBytesFor(length: number): number {
  if (length <= MIDDLE_MESSAGE_BYTES) return USUAL_BYTES;
  return length <= LONG_MESSAGE_BYTES ? MIDDLE_BYTES : LONG_BYTES;
}

/** Bytes of text for which there is room in the arena now; negative when there is no memory. */
export function ensureArenaRoom(): number {
  return ensureRoom(TEXT_OFFSET + MIN_ROOM, USUAL_BYTES) ? size - offset - TEXT_OFFSET : -1;
}

// Makes another arena where less than `least` bytes are left in this one.
function ensureRoom(least: number, bytesOfAnother: number): boolean {
  if (size - offset < least) return makeArena(bytesOfAnother);
  // Another copy of this module may have put its own in place (Jest's contexts share one addon).
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

/** Where in the arena the next message is to arrive. */
export function arenaOffset(): number {
  return offset;
}

/**
 * msgrcv of a message of at most `length` bytes: its length, or a negative errno. Without IPC_NOWAIT it waits for `waitMs`;
 * with it, it is tried so many times, and the processor given away in between.
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
 * Makes room for a message for which there was not enough: for one of usual length at first, then for `wanted()` bytes,
 * or where there is no memory for as much, for twice as many as there was room for. False when there is no memory for
 * that either.
 */
export function growArena(wanted: () => number): boolean {
  if (offset > 0) return makeArena(USUAL_BYTES);
  const room = size - TEXT_OFFSET;
  const most = wanted();
  return makeArena(aligned(TEXT_OFFSET + most)) || (most > room * 2 && makeArena(aligned(TEXT_OFFSET + room * 2)));
}

/** Lets the arena go; the next receive makes another. */
export function dropArena(): void {
  size = 0;
  offset = 0;
}

/** Lets an arena go that was for one message, or that was handed out itself. Called when the message has passed. */
export function trimArena(): void {
  if (size > 0 && size <= LONG_BYTES) return;
  lastLength = 0;
  makeArena(USUAL_BYTES);
}

/** The `length` bytes that have arrived, read as UTF-8; what is not UTF-8 becomes U+FFFD. */
export function arrivedText(length: number): string {
  lastLength = length;
  const start = offset + TEXT_OFFSET;
  return readUtf8(bytes, start, start + length);
}

/** The `length` bytes that have arrived, as a Buffer. To be called once for a message. */
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

/** The `length` bytes that have arrived, copied into a caller's memory, which has room for them; as a Buffer over it. */
export function arrivedInto(length: number, target: Uint8Array): Buffer {
  lastLength = length;
  setBytes(target, new Uint8ArrayConstructor(memory, offset + TEXT_OFFSET, length), 0);
  trimArena();
  return bufferOver(typedArrayBuffer(target) as ArrayBuffer, typedArrayByteOffset(target), length);
}

// They were taken from the queue already, so having no memory for a copy must not lose them: the arena itself is handed
// out then. So it is for a message that fills most of a large one, which saves the copy.
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

/** What a batch has brought, in order. */
export interface Arrived<M> {
  messages: M[];
  /** Why there are no more: 0 when there might be; -E2BIG also when there was no room. */
  result: number;
}

/**
 * Receives up to `max` messages of at most `most` bytes (−1: any length) that match. `make` is called for each and must
 * not run a caller's code: what has arrived is safe only when all of it is out.
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
