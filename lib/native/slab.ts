/**
 * The slab: the memory that messages are sent from.
 *
 * It never leaves this folder: messages are copied in, through functions that a program can't replace
 * (lib/core/primordials.ts). So no caller can free, or change, memory that a call reads.
 */

import {
  ArrayBufferConstructor,
  arrayBufferByteLength,
  setBytes,
  typedArrayByteLength,
  viewOf,
  writeUtf8,
} from '../core/primordials';
import { nativeAddon, slabInUse, useSlab } from './calls';
import { MAX_BYTES_PER_UNIT, RETAINED_BYTES, TEXT_OFFSET } from './message-memory';

let number = -1;
let bytes: Uint8Array;
let capacity = -1;

// Another copy of this module may have replaced the slab (Jest's contexts share one addon), so every use asks.
function attach(): void {
  const inUse = slabInUse();
  const { slab } = nativeAddon();
  bytes = viewOf(slab);
  capacity = arrayBufferByteLength(slab) - TEXT_OFFSET;
  number = inUse;
}

/** Makes room for `length` bytes of text. False when there is no memory for it. */
export function reserveSlab(length: number): boolean {
  if (slabInUse() !== number) attach();
  if (length <= capacity) return true;
  try {
    // V8's own memory: V8 accounts for it, and collects it without a turn of the event loop.
    if (!useSlab(new ArrayBufferConstructor(TEXT_OFFSET + length))) return false;
  } catch {
    return false;
  }
  attach();
  return true;
}

/** Releases a large slab. Called when its message is sent. */
export function trimSlab(): void {
  if (capacity > RETAINED_BYTES && useSlab()) attach();
}

/** Copies text in as UTF-8, and returns the number of bytes; -1 when it may not fit, and the caller must make room. */
export function writeText(text: string): number {
  if (slabInUse() !== number) attach();
  return text.length * MAX_BYTES_PER_UNIT <= capacity ? writeUtf8(bytes, text, TEXT_OFFSET, capacity) : -1;
}

/** Copies text of this many bytes of UTF-8 in. There is room for it. */
export function writeLongText(text: string, length: number): void {
  writeUtf8(bytes, text, TEXT_OFFSET, length);
}

/** Copies bytes in, and returns their number; -1 when there is no room. */
export function writeBytes(source: Uint8Array): number {
  if (slabInUse() !== number) attach();
  const length = typedArrayByteLength(source);
  if (length > capacity) return -1;
  setBytes(bytes, source, TEXT_OFFSET);
  return length;
}

/** Copies a piece of a batch in, from the slab's very start. */
export function writeBatch(piece: Uint8Array): void {
  if (slabInUse() !== number) attach();
  setBytes(bytes, piece, 0);
}
