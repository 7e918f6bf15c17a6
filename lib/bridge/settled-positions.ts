/**
 * Which messages of a stream are in the queue already, where its positions are no small integers: 128 bits each.
 *
 * The note is the last positions that were settled. A message that comes again was not acknowledged, so if it is settled,
 * it is one of these. Where messages come in order there is a mark, too, the highest position: it alone knows all messages
 * of a stream that is delivered from its beginning again.
 *
 * The mark does not settle a message that was delivered before: it may have gone to a connection that was dead, and later
 * ones have come over the next.
 */

import { errnoName } from '../core/errno';
import type { NoteStore } from '../native/noted-batch';
import { mapStateFile } from '../native/notes';
import type { StreamPosition } from './engine';
import type { NoteFile, Settled, SettledMessage } from './settled';
import { readText, replaceFile } from './state';

/** Positions that are remembered: the engine has as many out at a time, at most. */
const POSITIONS = 2 ** 16;
/** A position is two words: its high half, and its low half. A high half of 0 stands for no position. */
const WORDS = 2;
const MARK_AT = POSITIONS * WORDS;
const WORDS_IN_ALL = MARK_AT + WORDS;
const BYTES_PER_WORD = BigUint64Array.BYTES_PER_ELEMENT;
const IDENTITY_AT = WORDS_IN_ALL * BYTES_PER_WORD;
const LOW = 0xffff_ffff_ffff_ffffn;

/** A position as the key of a Set. */
type Key = number | bigint;

/** Low halves below this fit into a number together with milliseconds since 1970. */
const SHORT = 2048;

// V8 hashes only the low half of such a bigint, which most positions have in common: a Set of them would be a list.
function keyOf(position: bigint): Key {
  const low = Number(position & LOW);
  const key = Number(position >> 64n) * SHORT + low;
  return low < SHORT && Number.isSafeInteger(key) ? key : position;
}

export class SettledPositions implements Settled {
  readonly floor = 0n;
  readonly file: NoteFile;
  readonly #words: BigUint64Array;
  readonly #isOrdered: boolean;
  readonly #known = new Set<Key>();
  readonly #keys = new Array<Key | undefined>(POSITIONS).fill(undefined);
  #mark: bigint;
  #next: number;

  constructor(path: string, identity: string, isOrdered: boolean) {
    this.file = { path, bytes: IDENTITY_AT };
    this.#words = openNote(path, identity);
    this.#isOrdered = isOrdered;
    for (let slot = 0; slot < POSITIONS; slot++) {
      const position = this.#read(slot * WORDS);
      if (position !== 0n) this.#remember(slot, position);
    }
    this.#mark = this.#read(MARK_AT);
    // Where it begins does not matter: what an earlier process has settled is acknowledged before this is full.
    this.#next = Math.max(0, this.#keys.indexOf(undefined));
  }

  get high(): bigint {
    return this.#isOrdered ? this.#mark : 0n;
  }

  isSettled(position: StreamPosition, _storedAt: number, redelivered = false): boolean {
    const wanted = BigInt(position);
    if (this.#isOrdered && !redelivered) return wanted <= this.#mark || this.#known.has(keyOf(wanted));
    return this.#known.has(keyOf(wanted));
  }

  settle(position: StreamPosition, _storedAt?: number, isNoted = false): void {
    const settled = BigInt(position);
    const slot = this.#next;
    if (!isNoted) this.#note(slot, settled, this.#mark, this.#put);
    this.#next = (slot + 1) % POSITIONS;
    this.#forget(slot);
    this.#remember(slot, settled);
    if (this.#isOrdered && settled > this.#mark) this.#mark = settled;
  }

  *storesFor(messages: readonly SettledMessage[]): Iterable<NoteStore[]> {
    const positions = new Set<bigint>();
    let [slot, mark] = [this.#next, this.#mark];
    for (const { position, storedAt, redelivered } of messages) {
      const wanted = BigInt(position);
      const isBehind = this.#isOrdered && !redelivered && wanted <= mark;
      if (isBehind || positions.has(wanted) || this.isSettled(wanted, storedAt, redelivered)) return;
      positions.add(wanted);
      const stores: NoteStore[] = [];
      this.#note(slot, wanted, mark, (word, value) => stores.push([word * BYTES_PER_WORD, value]));
      yield stores;
      slot = (slot + 1) % POSITIONS;
      if (this.#isOrdered && wanted > mark) mark = wanted;
    }
  }

  readonly #put = (word: number, value: bigint): void => {
    this.#words[word] = value;
  };

  #note(slot: number, position: bigint, mark: bigint, put: Put): void {
    putPosition(slot, position, put);
    if (this.#isOrdered && position > mark) putMark(position, mark, put);
  }

  #remember(slot: number, position: bigint): void {
    const key = keyOf(position);
    this.#keys[slot] = key;
    this.#known.add(key);
  }

  #forget(slot: number): void {
    const key = this.#keys[slot];
    if (key === undefined) return;
    this.#known.delete(key);
    this.#keys[slot] = undefined;
  }

  // All unsettled messages are known by themselves.
  raiseFloor(): void {}

  lowerTo(position: StreamPosition): void {
    const last = BigInt(position);
    if (!this.#isOrdered || last >= this.#mark) return;
    for (let slot = 0; slot < POSITIONS; slot++) {
      if (this.#read(slot * WORDS) <= last) continue;
      this.#forget(slot);
      putPosition(slot, 0n, this.#put);
    }
    putMark(last, this.#mark, this.#put);
    this.#mark = last;
  }

  #read(at: number): bigint {
    const high = this.#words[at] as bigint;
    return high === 0n ? 0n : (high << 64n) | (this.#words[at + 1] as bigint);
  }

  close(): void {}
}

/** Stores a word: in the file, or in a list for the thread that makes the stores. */
type Put = (word: number, value: bigint) => void;

// A kill between two of the stores leaves no position.
function putPosition(slot: number, position: bigint, put: Put): void {
  const at = slot * WORDS;
  put(at, 0n);
  put(at + 1, position & LOW);
  put(at, position >> 64n);
}

// A kill between two of the stores leaves a mark with the low half 0: all messages up to there are settled, too.
function putMark(mark: bigint, before: bigint, put: Put): void {
  const high = mark >> 64n;
  if (high !== before >> 64n) {
    put(MARK_AT + 1, 0n);
    put(MARK_AT, high);
  }
  put(MARK_AT + 1, mark & LOW);
}

/** The words of the note, mapped: a store is in the file at once. Another stream's note is replaced. */
function openNote(path: string, identity: string): BigUint64Array {
  const text = readText(path);
  if (text === undefined || text.slice(IDENTITY_AT) !== Buffer.from(identity).toString('latin1')) {
    // The room is taken now: a tmpfs that is full later refuses nothing.
    replaceFile(path, Buffer.concat([Buffer.alloc(IDENTITY_AT), Buffer.from(identity)]));
  }
  const mapped = mapStateFile(path, IDENTITY_AT);
  if (typeof mapped === 'number') throw new Error(`${path} can't be mapped (${errnoName(mapped)})`);
  return new BigUint64Array(mapped);
}
