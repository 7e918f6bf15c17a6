/**
 * Notes on the tmpfs which messages of a stream are already in the queue. The note outlives the process. A reboot loses
 * it together with the queue.
 *
 * A message is noted between msgsnd and its acknowledgement. After a kill between msgsnd and the note, that one message
 * comes twice.
 */

import { closeSync, ftruncateSync, openSync, readSync, renameSync, rmSync, writeSync } from 'node:fs';
import { errnoName } from '../core/errno';
import type { NoteStore } from '../native/noted-batch';
import { mapStateFile } from '../native/notes';
import type { IncomingMessage, StreamPosition } from './engine';

/** The part of a note's file that stores of eight bytes change. */
export interface NoteFile {
  readonly path: string;
  readonly bytes: number;
}

/** What a note has to know of a message. */
export type SettledMessage = Pick<IncomingMessage, 'position' | 'storedAt' | 'redelivered'>;

/** The settled messages of a stream. */
export interface Settled {
  readonly floor: StreamPosition;
  readonly high: StreamPosition;
  /** Whether a message is in the queue, or was refused permanently. `redelivered`: it is not the first delivery. */
  isSettled(position: StreamPosition, storedAt: number, redelivered?: boolean): boolean;
  /** Notes the message as settled. `isNoted`: its stores are in the file already. */
  settle(position: StreamPosition, storedAt: number, isNoted?: boolean): void;
  readonly file: NoteFile;
  /**
   * For the first messages the stores that note each, where nothing else is noted meanwhile. It ends before a message that
   * is settled, or that takes more than stores.
   */
  storesFor(messages: readonly SettledMessage[]): Iterable<NoteStore[]>;
  /** Notes every message up to here as settled. */
  raiseFloor(floor: StreamPosition): void;
  /** Nothing behind it is. */
  lowerTo(position: StreamPosition): void;
  close(): void;
}

/** The number of sequences that the bitmap covers. */
export const BITMAP_SEQUENCES = 2 ** 23;
const BITMAP_BYTES = BITMAP_SEQUENCES / 8;
const HEADER_BYTES = 4096;
const MAGIC = 'sysvmqB2';
/** magic, then floor, high, the time of the newest, and the run's first as doubles, then the stream's identity. */
const FLOOR_AT = 8;
const NUMBERS = 4;
const [FLOOR, HIGH, NEWEST, RUN_FROM] = [0, 1, 2, 3];
const NUMBERS_BYTES = NUMBERS * Float64Array.BYTES_PER_ELEMENT;
const IDENTITY_AT = FLOOR_AT + NUMBERS_BYTES;
const MAX_IDENTITY_BYTES = HEADER_BYTES - IDENTITY_AT - 2;

/**
 * For streams whose positions are small integers: a floor, up to which everything is settled, and a bit for each of the
 * 2²³ sequences above it.
 *
 * Bits outside of (floor, high] mean nothing: they are cleared when the floor rises, and again when the note is opened.
 *
 * Messages nearly always come in order, so the file has a run as well: everything from its first sequence up to `high`
 * is settled. A message that continues the run costs two stores to the mapped header, and no system call. The file receives
 * the run's bits when the run ends.
 */
export class SettledBitmap implements Settled {
  readonly file: NoteFile;
  #floor = 0;
  #high = 0;
  #newest = 0;
  /** The first sequence of the run; above `high`: there is no run. */
  #runFrom = 1;
  readonly #file: number;
  readonly #bits = new Uint8Array(BITMAP_BYTES);
  readonly #header = new Float64Array(NUMBERS);
  readonly #headerBytes = new Uint8Array(this.#header.buffer);
  /** The file's numbers. */
  readonly #mapped: Float64Array;

  /** Opens the note of a stream, or begins a new one if there is none, or if it belongs to another stream. */
  constructor(path: string, identity: string) {
    this.file = { path, bytes: HEADER_BYTES };
    this.#file = openNote(path, identity);
    const mapped = mapStateFile(path, HEADER_BYTES);
    if (typeof mapped === 'number') {
      closeSync(this.#file);
      throw new Error(`${path} can't be mapped (${errnoName(mapped)})`);
    }
    this.#mapped = new Float64Array(mapped, FLOOR_AT, NUMBERS);
    const length = readSync(this.#file, this.#headerBytes, 0, NUMBERS_BYTES, FLOOR_AT);
    const bits = readSync(this.#file, this.#bits, 0, BITMAP_BYTES, HEADER_BYTES);
    if (length !== NUMBERS_BYTES || bits !== BITMAP_BYTES) throw new Error(`${path} is damaged`);
    const [floor, high, newest, runFrom] = this.#header as unknown as [number, number, number, number];
    this.#floor = floor;
    this.#high = high;
    this.#newest = newest;
    this.#runFrom = runFrom;
    this.#clearOutside();
    for (let sequence = Math.max(runFrom, floor + 1); sequence <= high; sequence++) this.#setBit(sequence);
    this.#endRun();
  }

  get floor(): number {
    return this.#floor;
  }

  get high(): number {
    return this.#high;
  }

  isSettled(position: StreamPosition, storedAt: number): boolean {
    const sequence = Number(position);
    if (sequence > this.#high) return sequence <= this.#floor;
    // The engine has lost the end of its stream and reuses its numbers: these are other messages.
    if (storedAt > this.#newest) {
      this.#forgetFrom(sequence);
      return false;
    }
    return sequence <= this.#floor || this.#bit(sequence);
  }

  settle(position: StreamPosition, storedAt: number, isNoted = false): void {
    const sequence = Number(position);
    if (sequence - this.#floor >= BITMAP_SEQUENCES) this.raiseFloor(sequence - BITMAP_SEQUENCES + 1);
    if (sequence === this.#high + 1) {
      this.#extendRun(sequence, storedAt, isNoted);
      return;
    }
    this.#endRun();
    if (sequence > this.#floor) this.#setBit(sequence);
    if (sequence <= this.#high) {
      this.#writeBits(sequence, sequence);
      if (storedAt <= this.#newest) return;
    } else {
      this.#runFrom = sequence;
      this.#high = sequence;
    }
    this.#newest = Math.max(this.#newest, storedAt);
    this.#writeHeader();
  }

  // A kill between the two stores leaves the run without this message. The other order could leave one that counts as lost by
  // the engine, because it is newer than the newest.
  #extendRun(sequence: number, storedAt: number, isNoted: boolean): void {
    if (sequence > this.#floor) this.#setBit(sequence);
    this.#high = sequence;
    this.#newest = Math.max(this.#newest, storedAt);
    if (isNoted) return;
    this.#mapped[NEWEST] = this.#newest;
    this.#mapped[HIGH] = sequence;
  }

  // The same two stores for each message that continues the run.
  *storesFor(messages: readonly SettledMessage[]): Iterable<NoteStore[]> {
    let [high, newest] = [this.#high, this.#newest];
    for (const { position, storedAt } of messages) {
      const sequence = Number(position);
      if (sequence !== high + 1 || sequence <= this.#floor || sequence - this.#floor >= BITMAP_SEQUENCES) return;
      high = sequence;
      newest = Math.max(newest, storedAt);
      yield [
        [offsetOf(NEWEST), newest],
        [offsetOf(HIGH), high],
      ];
    }
  }

  // What follows `high` begins the next run. Until the next header, the file has the old run and its bits, which agree.
  #endRun(): void {
    const from = Math.max(this.#runFrom, this.#floor + 1);
    if (from <= this.#high) this.#writeBits(from, this.#high);
    this.#runFrom = this.#high + 1;
  }

  // A bit cleared too late would count as settled one lap later. So the header is written first, and opening clears the
  // rest.
  raiseFloor(position: StreamPosition): void {
    const floor = Number(position);
    if (floor <= this.#floor) return;
    const before = this.#floor;
    this.#floor = floor;
    this.#writeHeader();
    this.#clear(before + 1, Math.min(floor, before + BITMAP_SEQUENCES));
  }

  lowerTo(position: StreamPosition): void {
    if (Number(position) < this.#high) this.#forgetFrom(Number(position) + 1);
  }

  #forgetFrom(sequence: number): void {
    const high = this.#high;
    this.#high = Math.min(this.#high, sequence - 1);
    this.#floor = Math.min(this.#floor, sequence - 1);
    this.#runFrom = Math.min(this.#runFrom, sequence);
    this.#writeHeader();
    this.#clear(sequence, Math.min(high, sequence + BITMAP_SEQUENCES - 1));
  }

  #bit(sequence: number): boolean {
    const bit = sequence % BITMAP_SEQUENCES;
    return ((this.#bits[bit >>> 3] as number) & (1 << (bit & 7))) !== 0;
  }

  #setBit(sequence: number): void {
    const bit = sequence % BITMAP_SEQUENCES;
    const index = bit >>> 3;
    this.#bits[index] = (this.#bits[index] as number) | (1 << (bit & 7));
  }

  // Both ends included; at most one lap.
  #writeBits(from: number, to: number): void {
    const first = from % BITMAP_SEQUENCES;
    const end = first + (to - from + 1);
    this.#writeBytes(first, Math.min(end, BITMAP_SEQUENCES));
    if (end > BITMAP_SEQUENCES) this.#writeBytes(0, end - BITMAP_SEQUENCES);
  }

  #writeBytes(from: number, end: number): void {
    const [first, last] = [from >>> 3, (end - 1) >>> 3];
    writeSync(this.#file, this.#bits, first, last - first + 1, HEADER_BYTES + first);
  }

  #clearOutside(): void {
    const [from, to] = [Math.max(this.#high, this.#floor) + 1, this.#floor + BITMAP_SEQUENCES];
    if (from <= to) this.#clear(from, to);
  }

  // Both ends included; at most one lap.
  #clear(from: number, to: number): void {
    const first = from % BITMAP_SEQUENCES;
    const count = to - from + 1;
    const end = first + count;
    this.#clearBits(first, Math.min(end, BITMAP_SEQUENCES));
    if (end > BITMAP_SEQUENCES) this.#clearBits(0, end - BITMAP_SEQUENCES);
  }

  #clearBits(from: number, end: number): void {
    for (let bit = from; bit < end; ) {
      const index = bit >>> 3;
      if ((bit & 7) === 0 && end - bit >= 8) {
        const bytes = (end - bit) >>> 3;
        this.#bits.fill(0, index, index + bytes);
        bit += bytes * 8;
      } else {
        this.#bits[index] = (this.#bits[index] as number) & ~(1 << (bit & 7));
        bit += 1;
      }
    }
    this.#writeBytes(from, end);
  }

  #writeHeader(): void {
    this.#header[FLOOR] = this.#floor;
    this.#header[HIGH] = this.#high;
    this.#header[NEWEST] = this.#newest;
    this.#header[RUN_FROM] = this.#runFrom;
    writeSync(this.#file, this.#headerBytes, 0, NUMBERS_BYTES, FLOOR_AT);
  }

  close(): void {
    closeSync(this.#file);
  }
}

function offsetOf(number: number): number {
  return FLOOR_AT + number * Float64Array.BYTES_PER_ELEMENT;
}

function openNote(path: string, identity: string): number {
  if (Buffer.byteLength(identity) > MAX_IDENTITY_BYTES) throw new Error(`the identity of the stream is too long`);
  const found = openIfThere(path);
  if (found !== undefined) {
    if (identityOf(found) === identity) return found;
    closeSync(found);
  }
  // The file is complete before it gets its name.
  const temporary = `${path}.new`;
  rmSync(temporary, { force: true });
  const file = openSync(temporary, 'wx+', 0o600);
  const header = Buffer.alloc(HEADER_BYTES);
  header.write(MAGIC, 0, 'latin1');
  header.writeUInt16LE(header.write(identity, IDENTITY_AT + 2, 'utf8'), IDENTITY_AT);
  try {
    ftruncateSync(file, 0);
    writeSync(file, header);
    // Reserves the room now, so that a full tmpfs cannot fail a later write.
    writeSync(file, Buffer.alloc(BITMAP_BYTES), 0, BITMAP_BYTES, HEADER_BYTES);
    renameSync(temporary, path);
  } catch (error) {
    closeSync(file);
    throw error;
  }
  return file;
}

function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, 'r+');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function identityOf(file: number): string | undefined {
  const header = Buffer.alloc(HEADER_BYTES);
  if (readSync(file, header, 0, HEADER_BYTES, 0) !== HEADER_BYTES) return undefined;
  if (header.toString('latin1', 0, MAGIC.length) !== MAGIC) return undefined;
  const length = header.readUInt16LE(IDENTITY_AT);
  return header.toString('utf8', IDENTITY_AT + 2, IDENTITY_AT + 2 + length);
}
