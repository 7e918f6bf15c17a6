/**
 * Where in the stream an out route has got to: behind it lies whatever of the messages in hand the stream has. A note on the
 * tmpfs that may be behind: then a scan begins earlier.
 */

import type { Owner } from '../consume/state-folder';
import { clearTimeout, setTimeout } from '../core/event-loop';
import type { StreamPosition } from './engine';
import { readText, replaceFile, routeFile } from './state';

const WRITE_EVERY_MS = 250;

export class OutNote {
  /** The stream; empty while none is known. */
  #identity = '';
  /** Messages in hand are stored behind this, if at all. */
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

  /** The stream is another one. */
  begin(identity: string): void {
    this.#identity = identity;
    this.#floor = 0;
    this.#newest = 0;
    this.#write();
  }

  stored(position: StreamPosition): void {
    if (position > this.#newest) this.#newest = position;
  }

  /** Of the oldest message in hand; undefined: nothing is in hand. */
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
      // An older note makes a scan longer, and nothing else.
    }
  }

  close(): void {
    if (this.#timer !== undefined) this.#write();
  }
}
