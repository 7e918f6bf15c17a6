/** Messages that were taken and not delivered, as native/core/taken_messages.h keeps them. */

import { E2BIG, ENOMSG } from '../../core/errno';
import { setTimeout } from '../../core/event-loop';
import { indexOfMatch, type MemoryKernel, type StoredMessage } from './kernel';

/** How long a message is kept for the next receive. */
const KEEP_MS = 50;

export interface KeptMessage extends StoredMessage {
  id: number;
  /** Why it could not be given back; 0 while that was not tried. */
  refused: number;
}

export class TakenMessages {
  readonly #kernel: MemoryKernel;
  readonly #onKept: (id: number, type: number | bigint) => void;
  readonly #held = new Map<number, KeptMessage>();
  #kept: KeptMessage[] = [];
  #lastSlot = 0;

  constructor(kernel: MemoryKernel, onKept: (id: number, type: number | bigint) => void) {
    this.#kernel = kernel;
    this.#onKept = onKept;
  }

  get count(): number {
    return this.#kept.length;
  }

  /** For the next receive that it matches; after a while it goes back. */
  keep(message: KeptMessage): void {
    this.#kept.push(message);
    this.#onKept(message.id, message.type);
    setTimeout(() => {
      if (this.#kept.includes(message)) this.giveBack();
    }, KEEP_MS).unref();
  }

  /** A copy of a message that is about to be handed out; its slot. */
  hold(message: KeptMessage): number {
    this.#lastSlot += 1;
    this.#held.set(this.#lastSlot, message);
    return this.#lastSlot;
  }

  /** It was handed out. */
  drop(slot: number): KeptMessage | undefined {
    const message = this.#held.get(slot);
    this.#held.delete(slot);
    return message;
  }

  /** It will not be handed out. */
  keepHeld(slot: number): void {
    const message = this.drop(slot);
    if (message !== undefined) this.keep(message);
  }

  has(id: number, wanted: number | bigint, flags: number): boolean {
    return indexOfMatch(this.#of(id), wanted, flags) >= 0;
  }

  /** As MemoryKernel.receive, of the messages that are kept. */
  receive(id: number, capacity: number, wanted: number | bigint, flags: number, cuts: boolean): StoredMessage | number {
    if (this.#kept.length === 0 || this.#kernel.find(id) === undefined) return ENOMSG;
    const kept = this.#of(id);
    const message = kept[indexOfMatch(kept, wanted, flags)];
    if (message === undefined) return ENOMSG;
    if (message.bytes.length > capacity && !cuts) return E2BIG;
    this.#kept = this.#kept.filter((each) => each !== message);
    return message;
  }

  #of(id: number): KeptMessage[] {
    return this.#kept.filter((message) => message.id === id);
  }

  /** Sends what is kept to the end of its queue. How many messages are left. */
  giveBack(): number {
    for (const message of this.#kept.splice(0)) {
      message.refused = this.#kernel.send(message.id, message.type, message.bytes);
      if (message.refused < 0) this.#kept.push(message);
    }
    return this.count;
  }

  forget(id: number): void {
    this.#kept = this.#kept.filter((message) => message.id !== id);
  }

  takeOldest(): KeptMessage | undefined {
    return this.#kept.shift();
  }
}
