/** A message in hand in an airlock. */

import type { Codec } from '../codecs/codec';
import { type Message, makeMessage } from '../core/message';
import type { Airlock } from './airlock';
import type { Work } from './inbox';

export class AirlockWork<T> implements Work<T> {
  attempts: number;
  notBefore = 0;
  takenAt: number;
  uncertain = false;
  readonly #airlock: Airlock;
  readonly #slot: number;
  readonly #queueId: number;
  readonly #codec: Codec<T>;
  readonly #sequence: number;
  readonly #onDone: (airlock: Airlock) => void;
  /** The message was just taken: its bytes are in the inbox, and its first attempt is noted. */
  #fresh: boolean;

  constructor(
    airlock: Airlock,
    slot: number,
    queueId: number,
    codec: Codec<T>,
    fresh: boolean,
    onDone: (airlock: Airlock) => void,
  ) {
    this.#onDone = onDone;
    this.#airlock = airlock;
    this.#slot = slot;
    this.#queueId = queueId;
    this.#codec = codec;
    this.#fresh = fresh;
    this.attempts = 1;
    this.takenAt = 0;
    if (fresh) {
      this.#sequence = airlock.lastSequence;
      this.takenAt = airlock.lastTakenAt;
      return;
    }
    const known = airlock.describe(slot);
    this.#sequence = known.sequence;
    this.attempts = known.attempts;
    this.notBefore = known.notBefore;
    this.takenAt = known.takenAt;
    this.uncertain = known.uncertain;
  }

  get id(): string {
    return `${this.#airlock.instance}-${this.#sequence}`;
  }

  message(): Message<T> {
    if (!this.#fresh) return this.#airlock.message(this.#queueId, this.#slot, this.#codec);
    this.#fresh = false;
    return this.#airlock.arrived(this.#queueId, this.#slot, this.#codec);
  }

  bytes(): Message<Buffer> {
    const { type, data } = this.#airlock.bytesOf(this.#slot);
    return makeMessage(type, data, false);
  }

  begin(): void {
    this.attempts += 1;
    this.#airlock.note(this.#slot, this.attempts, 0);
  }

  postpone(until: number): void {
    this.notBefore = until;
    if (!this.#airlock.closed) this.#airlock.note(this.#slot, this.attempts, until);
  }

  done(): void {
    this.#airlock.freeSlot(this.#slot);
    this.#onDone(this.#airlock);
  }
}
