/** Messages to send, each with the stores that note it in a file; native/core/noting_sender.h has the layout. */

import { INITIAL_TEXT_BYTES } from './message-memory';
import { RECORD_TEXT_OFFSET, recordBytes, writeRecord } from './records';

/** A store of eight bytes: the offset in the file, and the value. A number is stored as a double. */
export type NoteStore = readonly [at: number, value: number | bigint];

const WORD = 8;
const STORE_BYTES = 2 * WORD;
/** As much as the initial slab holds. */
const BATCH_BYTES = INITIAL_TEXT_BYTES;

export class NotedBatch {
  /** The number of messages. */
  count = 0;
  readonly #memory = new ArrayBuffer(BATCH_BYTES);
  readonly #bytes = new Uint8Array(this.#memory);
  readonly #words = new Int32Array(this.#memory);
  readonly #doubles = new Float64Array(this.#memory);
  readonly #longs = new BigInt64Array(this.#memory);
  #end = 0;

  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#end);
  }

  clear(): void {
    this.count = 0;
    this.#end = 0;
  }

  /** Adds a message of a checked type. False: there is no room for it. */
  add(type: number | bigint, data: Uint8Array, stores: readonly NoteStore[]): boolean {
    const at = this.#end;
    const storesAt = at + recordBytes(data.length);
    const end = storesAt + WORD + stores.length * STORE_BYTES;
    if (end > BATCH_BYTES) return false;
    writeRecord(this.#words, at, data.length, type);
    this.#bytes.set(data, at + RECORD_TEXT_OFFSET);
    let word = storesAt / WORD;
    this.#longs[word++] = BigInt(stores.length);
    for (const [offset, value] of stores) {
      this.#longs[word++] = BigInt(offset);
      if (typeof value === 'number') this.#doubles[word++] = value;
      else this.#longs[word++] = value;
    }
    this.#end = end;
    this.count += 1;
    return true;
  }
}
