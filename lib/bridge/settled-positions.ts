/** Which messages of a stream are in the queue already, where its positions are no small integers: 128 bits each. */

import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import type { StreamPosition } from './engine';
import type { Settled } from './settled';
import { readText, replaceFile } from './state';

const POSITION_BYTES = 16;

function readPosition(bytes: Buffer, at: number): bigint {
  return (bytes.readBigUInt64LE(at) << 64n) | bytes.readBigUInt64LE(at + 8);
}

function writePosition(bytes: Buffer, position: bigint): void {
  bytes.writeBigUInt64LE(position >> 64n, 0);
  bytes.writeBigUInt64LE(position & 0xffff_ffff_ffff_ffffn, 8);
}

/** For streams whose messages come in order: the last message that is in the queue. */
export class SettledMark implements Settled {
  #high: bigint;
  readonly #file: number;
  readonly #bytes = Buffer.alloc(POSITION_BYTES);

  constructor(path: string, identity: string) {
    const text = readText(path);
    if (text === undefined || text.slice(32) !== Buffer.from(identity).toString('latin1')) {
      replaceFile(path, Buffer.concat([Buffer.alloc(32), Buffer.from(identity)]));
    }
    this.#file = openSync(path, 'r+');
    readSync(this.#file, this.#bytes, 0, POSITION_BYTES, 0);
    this.#high = readPosition(this.#bytes, 0);
  }

  get floor(): bigint {
    return this.#high;
  }

  get high(): bigint {
    return this.#high;
  }

  isSettled(position: StreamPosition): boolean {
    return BigInt(position) <= this.#high;
  }

  settle(position: StreamPosition): void {
    const mark = BigInt(position);
    if (mark > this.#high) this.#write(mark);
  }

  lowerTo(position: StreamPosition): void {
    const mark = BigInt(position);
    if (mark < this.#high) this.#write(mark);
  }

  #write(mark: bigint): void {
    this.#high = mark;
    writePosition(this.#bytes, mark);
    writeSync(this.#file, this.#bytes, 0, POSITION_BYTES, 0);
  }

  // All unsettled messages come after it.
  raiseFloor(): void {}

  close(): void {
    closeSync(this.#file);
  }
}

/** Positions that are remembered: the engine has as many out at a time, at most. */
const RECENT_POSITIONS = 2 ** 16;
const RECENT_IDENTITY_AT = RECENT_POSITIONS * POSITION_BYTES;

/**
 * For streams whose messages come in any order, because other bridges take them, too: the last messages that are in the
 * queue. A redelivered message was not acknowledged, so it is one of these.
 */
export class SettledRecent implements Settled {
  readonly floor = 0n;
  readonly high = 0n;
  readonly #file: number;
  readonly #known = new Set<bigint>();
  readonly #slots: bigint[];
  readonly #bytes = Buffer.alloc(POSITION_BYTES);
  #next = 0;

  constructor(path: string, identity: string) {
    const text = readText(path);
    if (text === undefined || text.slice(RECENT_IDENTITY_AT) !== Buffer.from(identity).toString('latin1')) {
      // The room is taken now: a tmpfs that is full later refuses nothing.
      replaceFile(path, Buffer.concat([Buffer.alloc(RECENT_IDENTITY_AT), Buffer.from(identity)]));
    }
    this.#file = openSync(path, 'r+');
    const bytes = Buffer.alloc(RECENT_IDENTITY_AT);
    readSync(this.#file, bytes, 0, RECENT_IDENTITY_AT, 0);
    this.#slots = Array.from({ length: RECENT_POSITIONS }, (_, slot) => readPosition(bytes, slot * POSITION_BYTES));
    for (const position of this.#slots) if (position !== 0n) this.#known.add(position);
    // Where it begins does not matter: what an earlier process has settled is acknowledged before this is full.
    this.#next = Math.max(0, this.#slots.indexOf(0n));
  }

  isSettled(position: StreamPosition): boolean {
    return this.#known.has(BigInt(position));
  }

  settle(position: StreamPosition): void {
    const settled = BigInt(position);
    const slot = this.#next;
    this.#next = (slot + 1) % RECENT_POSITIONS;
    this.#known.delete(this.#slots[slot] as bigint);
    this.#known.add(settled);
    this.#slots[slot] = settled;
    writePosition(this.#bytes, settled);
    writeSync(this.#file, this.#bytes, 0, POSITION_BYTES, slot * POSITION_BYTES);
  }

  raiseFloor(): void {}

  lowerTo(): void {}

  close(): void {
    closeSync(this.#file);
  }
}
