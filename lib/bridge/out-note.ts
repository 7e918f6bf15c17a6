/**
 * The progress of an out route in its stream: every message in hand that the stream stores lies after this position.
 * The note on the tmpfs may be out of date; a scan then begins earlier.
 */

import type { Owner } from '../consume/state-folder';
import { clearTimeout, setTimeout } from '../core/event-loop';
import type { StreamPosition } from './engine';
import { readText, replaceFile, routeFile } from './state';

const WRITE_EVERY_MS = 250;

export class OutNote {
  /** The stream; empty while none is known. */
  #identity = '';
  /** If the stream stores a message in hand, then after this position. */
  #floor: StreamPosition = 0;
  /** The newest position that the engine has acknowledged. */
  #newest: StreamPosition = 0;
  readonly #path: string;
  #timer: NodeJS.Timeout | undefined;

  constructor(folder: string, owner: Owner) {
    this.#path = routeFile(folder, owner, 'note');
    const [identity, floor] = (readText(this.#path) ?? '').split('\n');
    if (identity === undefined || floor === undefined || !/^\d+$/.test(floor)) return;
    this.#identity = Buffer.from(identity, 'latin1').toString();
    this.#floor = BigInt(floor) > BigInt(Number.MAX_SAFE_INTEGER) ? BigInt(floor) : Number(floor);
    this.#newest = this.#floor;
  }

  get floor(): StreamPosition {
    return this.#floor;
  }

  get newest(): StreamPosition {
    return this.#newest;
  }

  isOf(identity: string): boolean {
    return this.#identity === identity;
  }

  /** Begins the note of another stream. */
  begin(identity: string): void {
    this.#identity = identity;
    this.#floor = 0;
    this.#newest = 0;
    this.#write();
  }

  stored(position: StreamPosition): void {
    if (position > this.#newest) this.#newest = position;
  }

  /** The position of the oldest message in hand; undefined: nothing is in hand. */
  setFloor(floor: StreamPosition | undefined): void {
    this.#floor = floor ?? this.#newest;
    this.#timer ??= setTimeout(() => this.#write(), WRITE_EVERY_MS).unref();
  }

  #write(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    try {
      replaceFile(this.#path, Buffer.from(`${this.#identity}\n${this.#floor}`));
    } catch {
      // An older note only makes a scan longer.
    }
  }

  close(): void {
    if (this.#timer !== undefined) this.#write();
  }
}
