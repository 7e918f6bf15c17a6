/**
 * The airlock: messages in hand in shared memory that outlives the process. The basis of consume(), and of
 * programs that pass messages to another system.
 *
 *     const airlock = Airlock.create(folder, prefix, owner, slots, capacity);
 *     const slot = airlock.take(queueId, selection);        // −ENOMSG, −E2BIG, −ENOBUFS, …: a negative errno
 *     const message = airlock.arrived(queueId, slot, codec); // decoded; or airlock.bytesOf(slot)
 *     const { taken, end } = airlock.takeMany(queueId, selection, max, memoryFor); // many in one call
 *     const { sequence, attempts } = airlock.describe(slot);
 *     airlock.note(slot, attempts, notBefore);              // survives a crash
 *     airlock.freeSlot(slot);                               // the work is done
 *     airlock.close();                                      // what is in hand stays for the next owner
 *
 *     const airlock = Airlock.takeOver(folder, file);       // of a dead owner; undefined while it lives
 *     for (const { slot } of airlock.inHand()) …            // by sequence
 *
 * - A kill at any point leaves each message in the queue, or in a slot, whole. Slots are freed in any order, and any
 *   number may be in use, up to `slots`.
 * - `instance` (64 random bits, made once for a file) and `sequence` (never used twice in a file) together name a message,
 *   the same before a crash and after it.
 * - `waitForMessage` reserves a free slot, because the wait itself takes an empty message. Exactly one call of its
 *   callback ends the wait: then call `take` again. `slot` is set when an empty message is in hand.
 * - One JavaScript thread uses an airlock; its file's lock is held until close(), or the end of the process.
 */

import type { Codec } from '../codecs/codec';
import * as errno from '../core/errno';
import type { Message } from '../core/message';
import { deliver } from '../messages/receive';
import type { Selection } from '../messages/selector';
import {
  AirlockField,
  airlockField,
  arrivedLength,
  createAirlock,
  InHandField,
  inHandField,
  noteInAirlock,
  onAirlock,
  onAirlockSlot,
  onAirlockWaiter,
  openAirlock,
  openAirlockWaiter,
  readAirlock,
  startAirlockWait,
  takeBatchIntoAirlock,
  takeIntoAirlock,
} from '../native/airlock';
import { receivedType } from '../native/calls';
import { addHandler, removeHandler } from '../native/events';
import { arrivedBytes, arrivedRecords, ensureInboxRoom, growInbox } from '../native/inbox';
import { fileError, slotError } from './airlock-errors';
import { filePrefix, type Owner, stateError } from './state-folder';

/** Describes a message in hand. */
export interface InHand {
  slot: number;
  /** Unique within the file. */
  sequence: number;
  /** How often the work has begun, crashes included. */
  attempts: number;
  /** The earliest time of the next attempt, in milliseconds since 1970. */
  notBefore: number;
  /** Milliseconds since 1970. */
  takenAt: number;
  /** True after a crash between msgrcv and the note of the length, which may then be a byte short (1 in 256). */
  uncertain: boolean;
  type: number | bigint;
  length: number;
}

/** A message that takeMany has taken. */
export interface Taken {
  readonly slot: number;
  readonly sequence: number;
  /** Milliseconds since 1970, when the last message of its batch was taken. */
  readonly takenAt: number;
  readonly type: number | bigint;
  /** undefined: its bytes are in the slot only. */
  readonly data: Buffer | undefined;
}

/** How a wait ended: −E2BIG when a message is there; 0 when an empty one is in `slot`; another errno when it failed. */
type WaitEnd = (result: number, slot: number) => void;

/** File names end with a number. This many numbers are tried. */
const MAX_FILES = 100_000;
const HEADER_BYTES = 4096;
const SLOT_BYTES = 88;

/** The size of a file with this many slots. */
function airlockBytes(slots: number, capacity: number): number {
  return HEADER_BYTES + slots * Math.ceil((SLOT_BYTES + capacity) / 64) * 64;
}

export class Airlock {
  /** The file's name in its folder. */
  readonly file: string;
  readonly slots: number;
  /** The longest message that fits, in bytes. */
  readonly capacity: number;
  /** Its size in bytes of shared memory. */
  readonly bytes: number;
  /** 16 hexadecimal digits. */
  readonly instance: string;
  readonly queueId: number;
  /** The process that owns it, or has owned it, in that process's own PID namespace. */
  readonly ownerPid: number;
  readonly ownerLives: boolean;
  /** The number of damaged slots. Their messages are not handed out, and the file stays. */
  readonly damaged: number;
  readonly #number: number;
  #closed = false;
  #waiter = -1;
  #token = 0;
  #waitSlot = -1;
  #onWaitEnd: WaitEnd | undefined;
  #free: number;

  private constructor(number: number, file: string) {
    this.#number = number;
    this.file = file;
    onAirlock(number, 'describeAirlock');
    this.slots = airlockField(AirlockField.slots);
    this.capacity = airlockField(AirlockField.capacity);
    this.bytes = airlockField(AirlockField.bytes);
    this.instance = hex(airlockField(AirlockField.instanceHigh)) + hex(airlockField(AirlockField.instanceLow));
    this.queueId = airlockField(AirlockField.queueId);
    this.ownerPid = airlockField(AirlockField.owner);
    this.ownerLives = airlockField(AirlockField.ownerLives) === 1;
    this.damaged = airlockField(AirlockField.damaged);
    this.#free = airlockField(AirlockField.free);
  }

  /** Creates a file that this process owns. @throws MessageQueueError when the folder has no room or is not usable. */
  static create(folder: string, owner: Owner, slots: number, capacity: number): Airlock {
    const prefix = filePrefix(owner);
    for (let attempt = 0; attempt < MAX_FILES; attempt++) {
      const file = prefix + attempt;
      const number = createAirlock(folder, file, slots, capacity, owner.queueId, owner.queueKey);
      if (number >= 0) return new Airlock(number, file);
      if (number !== errno.EEXIST) throw stateError(folder, number, airlockBytes(slots, capacity));
    }
    throw stateError(folder, errno.EEXIST);
  }

  /**
   * Takes over a dead owner's file; undefined when its owner is alive, or when the file is gone. @throws
   * MessageQueueError when it is damaged, or of another version.
   */
  static takeOver(folder: string, file: string): Airlock | undefined {
    return Airlock.#open(folder, file, false);
  }

  /** Opens a file for inspection; undefined when it is gone. */
  static inspect(folder: string, file: string): Airlock | undefined {
    return Airlock.#open(folder, file, true);
  }

  static #open(folder: string, file: string, inspect: boolean): Airlock | undefined {
    const number = openAirlock(folder, file, inspect);
    if (number >= 0) return new Airlock(number, file);
    if (number === errno.EAGAIN || number === errno.ENOENT) return undefined;
    throw fileError(folder, file, number);
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Whether the file is still in its folder: without a name no process finds it after a crash. */
  get linked(): boolean {
    onAirlock(this.#number, 'describeAirlock');
    return airlockField(AirlockField.linked) === 1;
  }

  /** The number of free slots. */
  get free(): number {
    return this.#free;
  }

  /** Takes the next matching message into a free slot, and notes one attempt. Returns the slot, or a negative errno. */
  take(queueId: number, selection: Selection): number {
    const room = ensureInboxRoom();
    if (room < 0) return errno.ENOMEM;
    const slot = takeIntoAirlock(this.#number, queueId, selection.type, selection.flags, room);
    if (slot < 0) return slot;
    this.#free -= 1;
    return slot;
  }

  /**
   * Takes up to `max` matching messages. Returns them in order, and the reason of the end: 0 when more may follow, or a
   * negative errno. Their bytes are in memory that `memoryFor` returns; without any, and for a message that does not fit
   * the inbox, they are in the slot only.
   */
  takeMany(
    queueId: number,
    selection: Selection,
    max: number,
    memoryFor: (bytes: number) => Buffer | undefined,
  ): { taken: Taken[]; end: number } {
    const batch = takeBatchIntoAirlock(this.#number, queueId, selection.type, selection.flags, max);
    const { records, slot } = batch;
    const count = slot < 0 ? records : records + 1;
    if (count === 0) return { taken: [], end: batch.batchEnd };
    this.#free -= count;
    const takenAt = this.lastTakenAt;
    let sequence = this.lastSequence - count;
    const taken = arrivedRecords<Taken>(records, memoryFor, (type, data, slotOfRecord) => {
      sequence += 1;
      return { slot: slotOfRecord, sequence, takenAt, type, data };
    });
    if (slot >= 0)
      taken.push({ slot, sequence: sequence + 1, takenAt, type: this.describe(slot).type, data: undefined });
    return { taken, end: batch.batchEnd };
  }

  /** The message just taken. Call it at once, and once. @throws DecodeError; the message stays in its slot. */
  arrived<T>(queueId: number, slot: number, codec: Codec<T>): Message<T> {
    const length = arrivedLength();
    if (length > ensureInboxRoom()) return this.message(queueId, slot, codec);
    return deliver(queueId, length, undefined, codec);
  }

  /** The message in a slot. @throws DecodeError */
  message<T>(queueId: number, slot: number, codec: Codec<T>): Message<T> {
    return deliver(queueId, this.#load(slot), undefined, codec);
  }

  /** The type and a copy of the text of the message in a slot. */
  bytesOf(slot: number): { type: number | bigint; data: Buffer } {
    const length = this.#load(slot);
    const type = receivedType();
    return { type, data: arrivedBytes(length) };
  }

  #load(slot: number): number {
    for (;;) {
      const room = ensureInboxRoom();
      const length = room < 0 ? errno.ENOMEM : readAirlock(this.#number, slot, room);
      if (length < 0) throw slotError(this.file, slot, length);
      if (length <= room) return length;
      if (!growInbox(length)) throw slotError(this.file, slot, errno.ENOMEM);
    }
  }

  /** The sequence number of the message that take() just took. */
  get lastSequence(): number {
    return inHandField(InHandField.sequence);
  }

  get lastTakenAt(): number {
    return inHandField(InHandField.takenAt);
  }

  describe(slot: number): InHand {
    const length = readAirlock(this.#number, slot, -1);
    if (length < 0) throw slotError(this.file, slot, length);
    return {
      slot,
      sequence: inHandField(InHandField.sequence),
      attempts: inHandField(InHandField.attempts),
      notBefore: inHandField(InHandField.notBefore),
      takenAt: inHandField(InHandField.takenAt),
      uncertain: inHandField(InHandField.uncertain) === 1,
      type: receivedType(),
      length,
    };
  }

  /** The messages in hand, in the order of taking. */
  inHand(): InHand[] {
    const found: InHand[] = [];
    for (let slot = 0; ; slot++) {
      slot = onAirlockSlot(this.#number, slot, 'nextInHand');
      if (slot < 0) break;
      // The owner may free it at this moment, if this process only inspects the file.
      if (readAirlock(this.#number, slot, -1) >= 0) found.push(this.describe(slot));
    }
    return found.sort((a, b) => a.sequence - b.sequence);
  }

  /** Notes how often the work has begun, and the earliest time of the next attempt. */
  note(slot: number, attempts: number, notBefore: number): void {
    noteInAirlock(this.#number, slot, attempts, notBefore);
  }

  /** Frees the slot after the work. */
  freeSlot(slot: number): void {
    if (!this.#closed && onAirlockSlot(this.#number, slot, 'freeInAirlock') === 0) this.#free += 1;
  }

  get waiting(): boolean {
    return this.#onWaitEnd !== undefined;
  }

  /**
   * Starts a wait for a matching message. Returns 0, or a negative errno: −ENOBUFS no slot is free, −EAGAIN no thread
   * could be started.
   */
  waitForMessage(queueId: number, selection: Selection, onEnd: WaitEnd): number {
    if (this.#waiter < 0) {
      this.#token = addHandler((result) => this.#endWait(result));
      this.#waiter = openAirlockWaiter(this.#number, this.#token);
      if (this.#waiter < 0) return this.#waiter;
    }
    const slot = startAirlockWait(this.#number, this.#waiter, queueId, selection.type, selection.flags);
    if (slot < 0) return slot;
    this.#waitSlot = slot;
    this.#onWaitEnd = onEnd;
    this.#free -= 1;
    return 0;
  }

  /** Cancels the wait. It still calls its callback. */
  cancelWait(): void {
    if (this.#onWaitEnd !== undefined) onAirlockWaiter(this.#waiter, 'cancelAirlockWait');
  }

  #endWait(result: number): void {
    const onEnd = this.#onWaitEnd;
    const slot = this.#waitSlot;
    this.#onWaitEnd = undefined;
    this.#waitSlot = -1;
    if (this.#closed || onEnd === undefined) return;
    if (result !== 0) {
      onAirlockSlot(this.#number, slot, 'endAirlockWait');
      this.#free += 1;
    }
    onEnd(result, slot);
  }

  /** Releases the file, and removes it when no message is in hand. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#waiter >= 0) {
      onAirlockWaiter(this.#waiter, 'closeAirlockWaiter');
      removeHandler(this.#token);
    }
    onAirlock(this.#number, 'closeAirlock');
  }
}

function hex(half: number): string {
  return half.toString(16).padStart(8, '0');
}
