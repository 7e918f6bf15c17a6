/**
 * Airlocks for queues in memory: what native/core/airlock.h does, without files. They last as long as the queues do, so a
 * consumer that closes leaves what it has in hand to the next one of its name.
 */

import { randomInt } from 'node:crypto';
import { EAGAIN, EEXIST, EINVAL, ENOBUFS, ENOENT } from '../../core/errno';
import type { StoredMessage } from './kernel';

/** Numbers that the addon, which counts from 0, does not reach. */
const FIRST_NUMBER = 0x40000000;
const HALF_OF_INSTANCE = 2 ** 32;

export interface InHandMessage extends StoredMessage {
  readonly sequence: number;
  readonly takenAt: number;
  attempts: number;
  notBefore: number;
}

type Slot = InHandMessage | 'waits' | undefined;

/** What a file is with the addon. */
interface AirlockFile {
  readonly path: string;
  readonly capacity: number;
  readonly queueId: number;
  readonly instance: readonly [low: number, high: number];
  readonly slots: Slot[];
  lastSequence: number;
  owned: boolean;
}

/** An airlock that is open: to work with, or only to look at. */
interface OpenAirlock {
  readonly file: AirlockFile;
  readonly owns: boolean;
}

const isInHand = (slot: Slot): slot is InHandMessage => typeof slot === 'object';

export class MemoryAirlocks {
  readonly #files = new Map<string, AirlockFile>();
  readonly #open = new Map<number, OpenAirlock>();
  #lastNumber = FIRST_NUMBER;

  /** The names in a folder. */
  list(folder: string): string[] {
    const prefix = `${folder}/`;
    return [...this.#files.keys()].filter((path) => path.startsWith(prefix)).map((path) => path.slice(prefix.length));
  }

  create(path: string, slots: number, capacity: number, queueId: number): number {
    if (this.#files.has(path)) return EEXIST;
    const instance = [randomInt(HALF_OF_INSTANCE), randomInt(HALF_OF_INSTANCE)] as const;
    const empty: Slot[] = new Array(slots).fill(undefined);
    const file = { path, capacity, queueId, instance, slots: empty, lastSequence: 0, owned: true };
    this.#files.set(path, file);
    return this.#keep({ file, owns: true });
  }

  open(path: string, inspect: boolean): number {
    const file = this.#files.get(path);
    if (file === undefined) return ENOENT;
    if (file.owned && !inspect) return EAGAIN;
    if (!inspect) file.owned = true;
    return this.#keep({ file, owns: !inspect });
  }

  #keep(airlock: OpenAirlock): number {
    this.#lastNumber += 1;
    this.#open.set(this.#lastNumber, airlock);
    return this.#lastNumber;
  }

  get(number: number): OpenAirlock | undefined {
    return this.#open.get(number);
  }

  /** The file stays while a message of it is in hand. */
  close(number: number): number {
    const airlock = this.#open.get(number);
    if (airlock === undefined) return EINVAL;
    this.#open.delete(number);
    const { file, owns } = airlock;
    if (!owns) return 0;
    file.owned = false;
    for (const [slot, held] of file.slots.entries()) if (held === 'waits') file.slots[slot] = undefined;
    if (!file.slots.some(isInHand)) this.#files.delete(file.path);
    return 0;
  }

  /** The message in a slot. */
  read(number: number, slot: number): InHandMessage | undefined {
    const held = this.get(number)?.file.slots[slot];
    return isInHand(held) ? held : undefined;
  }

  /** Takes a message into a free slot; `receive` gets its capacity. */
  take(number: number, receive: (capacity: number) => StoredMessage | number): number {
    const file = this.get(number)?.file;
    if (file === undefined) return EINVAL;
    const slot = file.slots.indexOf(undefined);
    if (slot < 0) return ENOBUFS;
    const message = receive(file.capacity);
    if (typeof message === 'number') return message;
    file.lastSequence += 1;
    file.slots[slot] = { ...message, sequence: file.lastSequence, takenAt: Date.now(), attempts: 1, notBefore: 0 };
    return slot;
  }

  nextInHand(number: number, from: number): number {
    const slots = this.get(number)?.file.slots;
    if (slots === undefined) return EINVAL;
    const next = slots.findIndex((slot, index) => index >= from && isInHand(slot));
    return next < 0 ? ENOENT : next;
  }

  free(number: number, slot: number): number {
    const slots = this.get(number)?.file.slots;
    if (slots === undefined) return EINVAL;
    if (!isInHand(slots[slot])) return ENOENT;
    slots[slot] = undefined;
    return 0;
  }

  /** A free slot, for a wait. */
  reserve(number: number): number {
    const slots = this.get(number)?.file.slots;
    if (slots === undefined) return EINVAL;
    const slot = slots.indexOf(undefined);
    if (slot < 0) return ENOBUFS;
    slots[slot] = 'waits';
    return slot;
  }

  endReservation(number: number, slot: number): number {
    const slots = this.get(number)?.file.slots;
    if (slots?.[slot] !== 'waits') return EINVAL;
    slots[slot] = undefined;
    return 0;
  }
}
