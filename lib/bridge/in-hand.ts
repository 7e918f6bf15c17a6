/** A message in hand of an out route, and the list of them. Each message passes through here, so no step allocates more than it must. */

import type { Airlock } from '../consume/airlock';
import type { StreamPosition } from './engine';
import type { OutBlock } from './out-memory';

/** A message in hand. */
export class InHandMessage {
  readonly airlock: Airlock;
  readonly slot: number;
  readonly sequence: number;
  readonly takenAt: number;
  readonly type: number | bigint;
  /** Set until the first publish. Later the bytes are read from the slot. */
  data: Buffer | undefined;
  /** The memory of `data`, until the first outcome on this connection. */
  block: OutBlock | undefined = undefined;
  /**
   * The newest acknowledged position at its first publish. If the stream stores the message, then after this position.
   */
  storedAfter: StreamPosition = 0;
  /** When it was last published, on the clock of this process; 0: not on this connection. */
  publishedAt = 0;
  published = false;
  /** The engine refused it, and it becomes a dead letter. */
  dead = false;
  /** Whether it is in the list. The list links its messages. */
  inHand = false;
  before: InHandMessage | undefined = undefined;
  after: InHandMessage | undefined = undefined;

  constructor(
    airlock: Airlock,
    slot: number,
    sequence: number,
    takenAt: number,
    type: number | bigint,
    data: Buffer | undefined,
  ) {
    this.airlock = airlock;
    this.slot = slot;
    this.sequence = sequence;
    this.takenAt = takenAt;
    this.type = type;
    this.data = data;
  }

  /** The same after a crash. */
  get id(): string {
    return `${this.airlock.instance}.${this.sequence}`;
  }
}

/** The messages in hand, in the order of taking. The oldest is found at once, whichever were removed. */
export class InHandList {
  #first: InHandMessage | undefined;
  #last: InHandMessage | undefined;
  #size = 0;

  get oldest(): InHandMessage | undefined {
    return this.#first;
  }

  get size(): number {
    return this.#size;
  }

  add(message: InHandMessage): void {
    message.inHand = true;
    message.before = this.#last;
    if (this.#last === undefined) this.#first = message;
    else this.#last.after = message;
    this.#last = message;
    this.#size += 1;
  }

  /** False: it was not in the list. */
  remove(message: InHandMessage): boolean {
    if (!message.inHand) return false;
    const { before, after } = message;
    if (before === undefined) this.#first = after;
    else before.after = after;
    if (after === undefined) this.#last = before;
    else after.before = before;
    message.inHand = false;
    message.before = undefined;
    message.after = undefined;
    this.#size -= 1;
    return true;
  }

  clear(): void {
    for (const message of this) this.remove(message);
  }

  /** The message that the loop holds may be removed meanwhile, and no other one. */
  *[Symbol.iterator](): IterableIterator<InHandMessage> {
    for (let message = this.#first; message !== undefined; ) {
      const { after } = message;
      yield message;
      message = after;
    }
  }
}
