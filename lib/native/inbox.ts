/**
 * The inbox: the memory that messages arrive in.
 *
 * It is the addon's own memory, written again and again, so the kernel copies into memory that the caches hold, and no
 * call has to ask V8 where it is. It never leaves this folder: a message that has arrived is copied out, into memory of
 * its own (arena.ts), into the caller's, or as text. For a longer message an ArrayBuffer of V8's takes its place.
 */

import { ENOMEM } from '../core/errno';
import {
  ArrayBufferConstructor,
  arrayBufferByteLength,
  bufferOver,
  isPlainBuffer,
  readUtf8,
  setBytes,
  typedArrayBuffer,
  typedArrayByteLength,
  typedArrayByteOffset,
  Uint8ArrayConstructor,
  viewOf,
  weakMapGet,
  weakMapSet,
} from '../core/primordials';
import { ensureReserve, newBytes, takeReserve, tryNewBytes, tryNewShared } from './arena';
import { inboxInUse, nativeAddon, Register, readRegister, useInbox, writeLong, writeRegister } from './calls';
import { INITIAL_TEXT_BYTES, RETAINED_BYTES, TEXT_OFFSET } from './message-memory';
import { aligned, lengthOfRecord, RECORD_TEXT_OFFSET, recordBytes, slotOfRecord, typeOfRecord } from './records';

/** The register for a batch takes no more. */
const MAX_IN_BATCH = 0x7fffffff;

let version = -1;
let memory: ArrayBuffer;
let bytes: Uint8Array;
let words: Int32Array | undefined;
let room = 0;
/** The text of a message that has arrived, as a view: messages of one length in a row share it. */
let text: Uint8Array;
let textLength = -1;

// Another copy of this module may have replaced the inbox (Jest's contexts share one addon), so every use asks.
function attach(): void {
  version = inboxInUse();
  memory = nativeAddon().inbox;
  bytes = viewOf(memory);
  words = undefined;
  room = arrayBufferByteLength(memory) - TEXT_OFFSET;
  textLength = -1;
}

/**
 * Bytes of text that the inbox has room for now. Negative when there is no memory for what may arrive; nothing must be
 * taken then.
 */
export function ensureInboxRoom(): number {
  if (inboxInUse() !== version) attach();
  return ensureReserve() ? room : -1;
}

/**
 * Makes room for a longer message: for `wanted` bytes, or without memory for as many, for twice the present room. False
 * without memory for that either.
 */
export function growInbox(wanted: number): boolean {
  return replaceBy(wanted) || (wanted > room * 2 && replaceBy(room * 2));
}

function replaceBy(textBytes: number): boolean {
  try {
    return useAnother(new ArrayBufferConstructor(aligned(TEXT_OFFSET + textBytes)));
  } catch {
    return false;
  }
}

// Without an argument: the initial inbox.
function useAnother(buffer?: ArrayBuffer): boolean {
  if (!useInbox(buffer)) return false;
  attach();
  return true;
}

/** Gives a large inbox back. Call this when its message has passed. */
export function trimInbox(): void {
  if (room > RETAINED_BYTES) useAnother();
}

function arrived(length: number): Uint8Array {
  if (length !== textLength) {
    text = new Uint8ArrayConstructor(memory, TEXT_OFFSET, length);
    textLength = length;
  }
  return text;
}

/** The `length` bytes that have arrived, read as UTF-8; what is not UTF-8 becomes U+FFFD. */
export function arrivedText(length: number): string {
  return readUtf8(bytes, TEXT_OFFSET, TEXT_OFFSET + length);
}

/** The `length` bytes that have arrived, in memory of their own. */
export function arrivedBytes(length: number): Buffer {
  if (room > INITIAL_TEXT_BYTES) return arrivedInLarge(length);
  const copy = newBytes(length);
  setBytes(copy, arrived(length), 0);
  return copy;
}

// A message that fills most of a large inbox gets the inbox itself, which saves the copy. So does one for whose copy
// there is no memory: it has left the queue, and must not be lost.
function arrivedInLarge(length: number): Buffer {
  const copy = room > RETAINED_BYTES && length > room / 2 ? undefined : tryNewBytes(length);
  if (copy === undefined) {
    const message = bufferOver(memory, TEXT_OFFSET, length);
    useAnother();
    return message;
  }
  setBytes(copy, arrived(length), 0);
  trimInbox();
  return copy;
}

/** The last Buffer over the first bytes of a caller's memory: messages of one length in a row share it. */
const viewsOfTargets = new WeakMap<Uint8Array, Buffer>();

/**
 * Copies the `length` bytes that have arrived into a caller's memory, which has room for them. Returns a Buffer over
 * them, which is the caller's own if they fill it.
 */
export function arrivedInto(length: number, target: Uint8Array): Buffer {
  setBytes(target, arrived(length), 0);
  trimInbox();
  const last = weakMapGet(viewsOfTargets, target);
  if (last !== undefined && typedArrayByteLength(last) === length) return last;
  if (length === typedArrayByteLength(target) && isPlainBuffer(target)) return target;
  const view = bufferOver(typedArrayBuffer(target) as ArrayBuffer, typedArrayByteOffset(target), length);
  weakMapSet(viewsOfTargets, target, view);
  return view;
}

/** The messages of a batch, in order. */
interface Arrived<M> {
  messages: M[];
  /** Why the batch ended: 0 when more may follow; -E2BIG also when the inbox has no room for another. */
  result: number;
}

/**
 * Receives up to `max` messages of at most `most` bytes (−1: any length) that match. `make` is called for each and must
 * not run a caller's code.
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
  if (ensureInboxRoom() < 0) return { messages: [], result: ENOMEM };
  writeRegister(Register.id, id);
  writeRegister(Register.flags, flags);
  writeRegister(Register.length, most);
  writeRegister(Register.count, Math.min(max, MAX_IN_BATCH));
  writeLong(Register.typeLow, type);
  const count = native.receiveBatch();
  const result = readRegister(Register.batchEnd);
  return { messages: count > 0 ? takeRecords(count, make) : [], result };
}

function takeRecords<M>(count: number, make: (type: number | bigint, bytes: Buffer) => M): M[] {
  words ??= new Int32Array(memory);
  // Copying may replace the inbox, and `words` is of the new one then.
  const records = words;
  const total = bytesOfRecords(records, count);
  const shared = tryNewShared(total);
  if (shared !== undefined) return messagesIn(copyAll(shared), count, records, make);
  const copies = tryOwnCopies(count, records);
  if (copies === undefined) return messagesIn(withoutMemory(total), count, records, make);
  return copies.map(({ type, bytes: copy }) => make(type, copy));
}

/**
 * Copies the `count` records of an airlock's batch that have arrived into memory that `memoryFor` returns, and calls
 * `make` for each: without bytes where it returns none. `make` must not run a caller's code.
 */
export function arrivedRecords<M>(
  count: number,
  memoryFor: (bytes: number) => Buffer | undefined,
  make: (type: number | bigint, bytes: Buffer | undefined, slot: number) => M,
): M[] {
  if (count === 0) return [];
  if (inboxInUse() !== version) attach();
  words ??= new Int32Array(memory);
  const copy = memoryFor(bytesOfRecords(words, count));
  if (copy === undefined) return withoutBytes(count, words, make);
  setBytes(copy, new Uint8ArrayConstructor(memory, 0, typedArrayByteLength(copy)), 0);
  return messagesIn(copy, count, words, make);
}

function withoutBytes<M>(
  count: number,
  records: Int32Array,
  make: (type: number | bigint, bytes: undefined, slot: number) => M,
): M[] {
  const messages: M[] = [];
  for (let record = 0; messages.length < count; record += recordBytes(lengthOfRecord(records, record))) {
    messages.push(make(typeOfRecord(records, record), undefined, slotOfRecord(records, record)));
  }
  return messages;
}

function bytesOfRecords(records: Int32Array, count: number): number {
  let end = 0;
  for (let index = 0; index < count; index++) end += recordBytes(lengthOfRecord(records, end));
  return end;
}

// One copy for all: a view of each message in the inbox would cost more.
function copyAll(block: Buffer): Buffer {
  setBytes(block, new Uint8ArrayConstructor(memory, 0, typedArrayByteLength(block)), 0);
  trimInbox();
  return block;
}

function messagesIn<M>(
  block: Buffer,
  count: number,
  records: Int32Array,
  make: (type: number | bigint, bytes: Buffer, slot: number) => M,
): M[] {
  const shared = typedArrayBuffer(block) as ArrayBuffer;
  const start = typedArrayByteOffset(block);
  const messages: M[] = [];
  let record = 0;
  for (let index = 0; index < count; index++) {
    const length = lengthOfRecord(records, record);
    const copy = bufferOver(shared, start + record + RECORD_TEXT_OFFSET, length);
    messages.push(make(typeOfRecord(records, record), copy, slotOfRecord(records, record)));
    record += recordBytes(length);
  }
  return messages;
}

function tryOwnCopies(count: number, records: Int32Array): { type: number | bigint; bytes: Buffer }[] | undefined {
  const copies: { type: number | bigint; bytes: Buffer }[] = [];
  let record = 0;
  for (let index = 0; index < count; index++) {
    const length = lengthOfRecord(records, record);
    const copy = tryNewBytes(length);
    if (copy === undefined) return undefined;
    setBytes(copy, new Uint8ArrayConstructor(memory, record + RECORD_TEXT_OFFSET, length), 0);
    copies.push({ type: typeOfRecord(records, record), bytes: copy });
    record += recordBytes(length);
  }
  trimInbox();
  return copies;
}

// They have left the queue and must not be lost: they get the reserve, or the inbox itself.
function withoutMemory(total: number): Buffer {
  if (room <= INITIAL_TEXT_BYTES) return copyAll(bufferOver(takeReserve(), 0, total));
  const block = bufferOver(memory, 0, total);
  useAnother();
  return block;
}
