/**
 * The arenas: the memory in which callers receive messages.
 *
 * A short message has memory of its own in V8's heap, and a long one has a block of its own. Those in between share a
 * block, one after another, because a block for each would cost more than the message; nothing is written twice. When a
 * block is used up, another replaces it, and the garbage collector frees the old one when no caller holds a message of
 * it, as with Node's own pool of small Buffers.
 *
 * A caller can reach the rest of a block through `buffer`. A program must not be able to detach other messages' memory by
 * transferring one message's: where Node.js does not prevent that (markAsUntransferable), each has a block of its own.
 */

import {
  allocUnsafeSlow,
  bufferOver,
  forbidTransfer,
  memoryCanBeGivenAway,
  newBuffer,
  newMemory,
  typedArrayBuffer,
} from '../core/primordials';
import { prefault } from './calls';
import { INITIAL_TEXT_BYTES } from './message-memory';
import { aligned, RECORD_TEXT_OFFSET } from './records';

/** V8 keeps typed arrays up to this length in its heap. */
const MAX_ON_HEAP_BYTES = 64;
/** Messages above this length share no block. */
const MAX_SHARED_BYTES = 16 * 1024;
/** Blocks from this size on are mapped at once, which is quicker than page by page. */
const MIN_PREFAULTED_BYTES = 16 * 1024;
/** The most that arrives at once: a message, or a batch, that fills the initial inbox. */
const RESERVE_BYTES = INITIAL_TEXT_BYTES + RECORD_TEXT_OFFSET;

/** A block for messages up to some length. Larger messages have larger blocks, so that one is allocated less often. */
class Arena {
  readonly #blockBytes: number;
  #memory: ArrayBuffer | undefined;
  #offset = 0;

  constructor(blockBytes: number) {
    this.#blockBytes = blockBytes;
  }

  /** Unused memory for `length` bytes. @throws RangeError without memory for another block. */
  take(length: number): Buffer {
    let start = this.#offset;
    if (this.#memory === undefined || start + length > this.#blockBytes) {
      this.#memory = newBlock(this.#blockBytes);
      start = 0;
    }
    this.#offset = aligned(start + length);
    return bufferOver(this.#memory, start, length);
  }
}

const MAX_SHORT_BYTES = 512;
const MAX_MIDDLE_BYTES = 2048;
const shortMessages = new Arena(32 * 1024);
const middleMessages = new Arena(64 * 1024);
const longMessages = new Arena(256 * 1024);
const batches = new Arena(64 * 1024);

function newBlock(size: number): ArrayBuffer {
  const block = newMemory(size);
  prefault(block);
  forbidTransfer(block);
  return block;
}

function ownBlock(length: number): Buffer {
  const block = allocUnsafeSlow(length);
  if (length >= MIN_PREFAULTED_BYTES) prefault(typedArrayBuffer(block) as ArrayBuffer);
  return block;
}

function allocate(length: number): Buffer {
  if (length > MAX_SHARED_BYTES || memoryCanBeGivenAway()) return ownBlock(length);
  if (length <= MAX_SHORT_BYTES) return shortMessages.take(length);
  return length <= MAX_MIDDLE_BYTES ? middleMessages.take(length) : longMessages.take(length);
}

/** A block set aside: a message that has arrived must not be lost because there is no memory for its copy. */
let reserve: ArrayBuffer | undefined;

/** Whether a block is set aside. False without memory for one. */
export function ensureReserve(): boolean {
  return reserve !== undefined || renewReserve();
}

function renewReserve(): boolean {
  try {
    reserve = newMemory(RESERVE_BYTES);
    return true;
  } catch {
    return false;
  }
}

/** The block that was set aside. Call this once after ensureReserve(). */
export function takeReserve(): ArrayBuffer {
  const block = reserve as ArrayBuffer;
  reserve = undefined;
  return block;
}

/** Memory for a message in the initial inbox, with any content. */
export function newBytes(length: number): Buffer {
  return tryNewBytes(length) ?? bufferOver(takeReserve(), 0, length);
}

/** Memory for `length` bytes, with any content; undefined when there is none. */
export function tryNewBytes(length: number): Buffer | undefined {
  if (length <= MAX_ON_HEAP_BYTES) return newBuffer(length);
  try {
    return allocate(length);
  } catch {
    return undefined;
  }
}

/** Memory that the messages of a batch share; undefined where they must not, and without memory. */
export function tryNewShared(bytes: number): Buffer | undefined {
  if (memoryCanBeGivenAway()) return undefined;
  try {
    return bytes <= MAX_SHARED_BYTES ? batches.take(bytes) : bufferOver(newBlock(bytes), 0, bytes);
  } catch {
    return undefined;
  }
}
