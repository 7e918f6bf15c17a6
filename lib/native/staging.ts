/**
 * Staging: messages of one call, gathered as a batch before they are sent.
 *
 * A caller's iterable, codec or getter runs between one message and the next, and may call any function of this
 * library. So the messages are gathered in memory that no other call uses, and copied into the slab when no more of a
 * caller's code runs.
 */

import { EINVAL, ENOMEM } from '../core/errno';
import {
  arrayBufferByteLength,
  newMemory,
  setBytes,
  typedArrayByteLength,
  Uint8ArrayConstructor,
  utf8ByteLength,
  viewOf,
  writeUtf8,
} from '../core/primordials';
import { nativeAddon, Register, readRegister, writeRegister } from './calls';
import { INITIAL_TEXT_BYTES, MAX_BYTES_PER_UNIT, RETAINED_BYTES } from './message-memory';
import { aligned, lengthOfRecord, RECORD_TEXT_OFFSET, recordBytes, typeOfRecord, writeRecord } from './records';
import { writeBatch } from './slab';

/** The part of a batch that fits the initial slab. A longer message goes by itself. */
const BATCH_BYTES = INITIAL_TEXT_BYTES;
/** The kernel counts a message's bytes in an int. No string is this long. */
const MAX_BYTES_OF_MESSAGE = 0x7fffffff;

/**
 * The result of a native call for a batch: how many messages it handled, and the reason for stopping (0: none is left).
 */
interface BatchResult {
  count: number;
  result: number;
}

/** A message of a batch. */
interface StagedMessage {
  type: number | bigint;
  bytes: Uint8Array;
}

let spare: ArrayBuffer | undefined;

export class Staging {
  /** The number of messages. */
  count = 0;
  #memory: ArrayBuffer;
  #capacity: number;
  #bytes: Uint8Array;
  #words: Int32Array;
  #end = 0;
  // Where the next message to be sent begins, and how many are before it.
  #at = 0;
  #index = 0;

  constructor() {
    this.#memory = spare ?? newMemory(BATCH_BYTES);
    this.#capacity = arrayBufferByteLength(this.#memory);
    spare = undefined;
    this.#bytes = viewOf(this.#memory);
    this.#words = new Int32Array(this.#memory);
  }

  /** The number of messages before the next one. */
  get index(): number {
    return this.#index;
  }

  /** Adds a message. Returns 0, or -EINVAL (no message is this long), or -ENOMEM (no memory for it). */
  add(type: number | bigint, payload: string | Uint8Array): number {
    const at = this.#end;
    const text = at + RECORD_TEXT_OFFSET;
    let length: number;
    if (typeof payload === 'string') {
      const sure = payload.length * MAX_BYTES_PER_UNIT;
      const most = text + sure <= this.#capacity ? sure : utf8ByteLength(payload);
      if (!this.#reserve(text + most)) return ENOMEM;
      length = writeUtf8(this.#bytes, payload, text, most);
    } else {
      length = typedArrayByteLength(payload);
      if (length > MAX_BYTES_OF_MESSAGE) return EINVAL;
      if (!this.#reserve(text + length)) return ENOMEM;
      setBytes(this.#bytes, payload, text);
    }
    writeRecord(this.#words, at, length, type);
    this.#end = at + recordBytes(length);
    this.count += 1;
    return 0;
  }

  #reserve(end: number): boolean {
    if (aligned(end) <= this.#capacity) return true;
    const capacity = aligned(Math.max(end, this.#capacity * 2));
    let larger: ArrayBuffer;
    try {
      larger = newMemory(capacity);
    } catch {
      return false;
    }
    const bytes = viewOf(larger);
    setBytes(bytes, new Uint8ArrayConstructor(this.#memory, 0, this.#end), 0);
    this.#memory = larger;
    this.#capacity = capacity;
    this.#bytes = bytes;
    this.#words = new Int32Array(larger);
    return true;
  }

  /** The next message. Its bytes are part of the staging's memory. */
  next(): StagedMessage {
    const length = lengthOfRecord(this.#words, this.#at);
    const bytes = new Uint8ArrayConstructor(this.#memory, this.#at + RECORD_TEXT_OFFSET, length);
    return { type: typeOfRecord(this.#words, this.#at), bytes };
  }

  /** Skips the next message. */
  skip(): void {
    this.#at += recordBytes(lengthOfRecord(this.#words, this.#at));
    this.#index += 1;
  }

  /**
   * Sends messages from the next on, in order, as many as fit a batch, until one fails, and moves past the sent ones.
   * `count` is 0 and `result` 0 when the next one is too long for a batch. It calls `onSent` for each sent message.
   */
  send(id: number, onSent?: (type: number | bigint, length: number) => void): BatchResult {
    const { count, end } = this.#thatGoTogether();
    writeBatch(new Uint8ArrayConstructor(this.#memory, this.#at, end - this.#at));
    writeRegister(Register.id, id);
    writeRegister(Register.count, count);
    const sent = nativeAddon().sendBatch();
    if (sent < 0) return { count: 0, result: EINVAL };
    if (sent === count && onSent === undefined) {
      this.#at = end;
      this.#index += count;
    } else {
      for (let each = 0; each < sent; each++) {
        onSent?.(typeOfRecord(this.#words, this.#at), lengthOfRecord(this.#words, this.#at));
        this.skip();
      }
    }
    return { count: sent, result: readRegister(Register.batchEnd) };
  }

  #thatGoTogether(): { count: number; end: number } {
    if (this.#end - this.#at <= BATCH_BYTES) return { count: this.count - this.#index, end: this.#end };
    // The rest is too long for one batch, so this ends before its last message.
    let end = this.#at;
    for (let count = 0; ; count++) {
      const next = end + recordBytes(lengthOfRecord(this.#words, end));
      if (next - this.#at > BATCH_BYTES) return { count, end };
      end = next;
    }
  }

  /** Releases the memory for the next call. Nothing else may be called after this. */
  release(): void {
    if (this.#capacity <= RETAINED_BYTES) spare = this.#memory;
  }
}
