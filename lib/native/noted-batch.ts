/** Messages to send, each with the stores that note it in a file; native/core/noting_sender.h has the layout. */

import { RECORD_TEXT_OFFSET, recordBytes, writeRecord } from './records';

/** A store of eight bytes: the offset in the file, and the value. A number is stored as a double. */
export type NoteStore = readonly [at: number, value: number | bigint];

const WORD = 8;
const STORE_BYTES = 2 * WORD;
/** A longer message goes by itself. */
const BATCH_BYTES = 262_144;

export class NotedBatch {
  /** The number of messages. */
  count = 0;
  /** The length of the batch. */
  bytes = 0;
  readonly memory = new ArrayBuffer(BATCH_BYTES);
  readonly #text = new Uint8Array(this.memory);
  readonly #words = new Int32Array(this.memory);
  readonly #doubles = new Float64Array(this.memory);
  readonly #longs = new BigInt64Array(this.memory);

  clear(): void {
    this.count = 0;
    this.bytes = 0;
  }

  /** Adds a message of a checked type. False: there is no room for it. */
  add(type: number | bigint, data: Uint8Array, stores: readonly NoteStore[]): boolean {
    const at = this.bytes;
    const storesAt = at + recordBytes(data.length);
    const end = storesAt + WORD + stores.length * STORE_BYTES;
    if (end > BATCH_BYTES) return false;
    writeRecord(this.#words, at, data.length, type);
    this.#text.set(data, at + RECORD_TEXT_OFFSET);
    let word = storesAt / WORD;
    this.#longs[word++] = BigInt(stores.length);
    for (const [offset, value] of stores) {
      this.#longs[word++] = BigInt(offset);
      if (typeof value === 'number') this.#doubles[word++] = value;
      else this.#longs[word++] = value;
    }
    this.bytes = end;
    this.count += 1;
    return true;
  }
}
