/**
 * The slab: the memory in which messages pass to and from the kernel.
 *
 * It never leaves this folder: what goes in is copied in, what comes out is copied out, through functions that a program
 * can't replace (intrinsics.ts). So no caller can free, or keep, memory that a later call writes to.
 */

import { INT_MAX } from '../constants';
import { nativeAddon, useSlab } from './calls';
import {
  ArrayBufferConstructor,
  allocUnsafe,
  arrayBufferByteLength,
  bufferOver,
  readUtf8,
  setBytes,
  typedArrayByteLength,
  Uint8ArrayConstructor,
  utf8ByteLength,
  viewOf,
  writeUtf8,
} from './intrinsics';

/** The message's type comes first in a struct msgbuf. */
const TEXT_OFFSET = 8;
/** A slab above this is given back once its message has passed. */
const RETAINED_BYTES = 1 << 20;
/** Up to this length a string is sure to fit, without counting its bytes first: a UTF-16 unit takes three at most. */
const MOST_BYTES_PER_UNIT = 3;

let buffer: ArrayBuffer | undefined;
let bytes: Uint8Array;
let words: Int32Array | undefined;
let capacity = 0;

// Another copy of this module may have replaced the slab (Jest's contexts share one addon), so every use asks.
function attach(): void {
  const { slab } = nativeAddon();
  if (slab === buffer) return;
  buffer = slab;
  bytes = viewOf(slab);
  capacity = arrayBufferByteLength(slab) - TEXT_OFFSET;
}

/** Bytes of text that the slab holds now. */
export function slabCapacity(): number {
  attach();
  return capacity;
}

/** Makes room for `length` bytes of text. False when there is no memory for it. */
export function reserveSlab(length: number): boolean {
  attach();
  if (length <= capacity) return true;
  try {
    // V8's own memory: it counts, and is collected, without a turn of the event loop.
    if (!useSlab(new ArrayBufferConstructor(TEXT_OFFSET + length))) return false;
  } catch {
    return false;
  }
  attach();
  return true;
}

/**
 * Makes room for a message that is longer than the slab: for `wanted` bytes, or where there is no memory for as much, for
 * twice as many as now. False when there is no memory for that either.
 */
export function growSlab(wanted: number): boolean {
  attach();
  return reserveSlab(Math.min(wanted, INT_MAX)) || (wanted > capacity * 2 && reserveSlab(capacity * 2));
}

/** Gives a large slab back. Called when its message has passed. */
export function trimSlab(): void {
  if (capacity > RETAINED_BYTES && useSlab()) attach();
}

/** The whole slab, for batch.ts: as bytes, and as the halves of 64-bit words. */
export function slabViews(): { bytes: Uint8Array; words: Int32Array } {
  attach();
  if (words === undefined || words.buffer !== buffer) words = new Int32Array(buffer as ArrayBuffer);
  return { bytes, words };
}

/** Copies text in, as UTF-8, and returns how many bytes it took; -1 when there is no memory. */
export function writeText(text: string): number {
  attach();
  if (text.length * MOST_BYTES_PER_UNIT <= capacity) return writeUtf8(bytes, text, TEXT_OFFSET, capacity);
  const length = utf8ByteLength(text);
  if (!reserveSlab(length)) return -1;
  return writeUtf8(bytes, text, TEXT_OFFSET, length);
}

/** Copies bytes in, and returns how many; -1 when there is no memory. */
export function writeBytes(source: Uint8Array): number {
  const length = typedArrayByteLength(source);
  if (!reserveSlab(length)) return -1;
  setBytes(bytes, source, TEXT_OFFSET);
  return length;
}

/**
 * The first `length` bytes of text, as a Buffer of their own.
 *
 * They were taken from the queue already, so having no memory for a copy must not lose them: a large slab is handed out
 * itself then, and the addon goes back to the initial one. So it is for a message that fills most of a large slab, which
 * saves the copy. The initial slab is never handed out; without memory for a message that fits it, V8 ends the process.
 */
export function readBytes(length: number): Buffer {
  attach();
  if (capacity > RETAINED_BYTES && length > capacity / 2) return handOutSlab(length);
  let copy: Buffer;
  try {
    copy = allocUnsafe(length);
  } catch {
    return handOutSlab(length);
  }
  setBytes(copy, new Uint8ArrayConstructor(buffer as ArrayBuffer, TEXT_OFFSET, length), 0);
  return copy;
}

function handOutSlab(length: number): Buffer {
  const memory = buffer as ArrayBuffer;
  useSlab();
  attach();
  if (buffer === memory) throw new RangeError('sysvmq: out of memory');
  return bufferOver(memory, TEXT_OFFSET, length);
}

/** Bytes from anywhere in the slab, as a Buffer of their own. */
export function readBytesAt(at: number, length: number): Buffer {
  attach();
  const copy = allocUnsafe(length);
  setBytes(copy, new Uint8ArrayConstructor(buffer as ArrayBuffer, at, length), 0);
  return copy;
}

/** The first `length` bytes of text, read as UTF-8; what is not UTF-8 becomes U+FFFD. */
export function readText(length: number): string {
  attach();
  return readUtf8(bytes, TEXT_OFFSET, TEXT_OFFSET + length);
}
