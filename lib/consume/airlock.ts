/**
 * The airlock: messages in hand in shared memory that outlives the process. The basis of consume(), and of
 * programs that pass messages to another system.
 *
 *     const airlock = Airlock.create(folder, prefix, owner, slots, capacity);
 *     const slot = airlock.take(queueId, selection);        // −ENOMSG, −E2BIG, −ENOBUFS, …: a negative errno
 *     const message = airlock.arrived(queueId, slot, codec); // decoded; or airlock.bytesOf(slot)
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
 * - `waitForMessage` waits with a free slot at hand, because an empty message is taken by the wait itself. Exactly one
 *   call of its callback ends it: then `take` again. `slot` is set when an empty message is in hand.
 * - One JavaScript thread uses an airlock; its file's lock is held until close(), or the end of the process.
 */

import type { Codec } from '../codecs/codec';
import * as errno from '../core/errno';
import { MessageQueueError } from '../core/errors';
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
  takeIntoAirlock,
} from '../native/airlock';
import { arrivedBytes, ensureArenaRoom, growArena } from '../native/arena';
import { receivedType } from '../native/calls';
import { addHandler, removeHandler } from '../native/events';
import { filePrefix, type Owner, stateError } from './state-folder';

/** What is known of a message in hand. */
export interface InHand {
  slot: number;
  /** Never used twice in a file. */
  sequence: number;
  /** How often the work was begun, crashes included. */
  attempts: number;
  /** Milliseconds since 1970 before which it is not to be tried again. */
  notBefore: number;
  /** Milliseconds since 1970. */
  takenAt: number;
  /** After a crash between the message and the note of its length: it may be a byte short (1 in 256). */
  uncertain: boolean;
  type: number | bigint;
  length: number;
}

/** How a wait ended: −E2BIG when a message is there; 0 when an empty one is in `slot`; another errno when it failed. */
export type WaitEnd = (result: number, slot: number) => void;

/** File names end with a number; so many are tried. */
const MAX_FILES = 100_000;
const HEADER_BYTES = 4096;
const SLOT_BYTES = 88;

/** What a file of so many slots takes. */
export function airlockBytes(slots: number, capacity: number): number {
  return HEADER_BYTES + slots * Math.ceil((SLOT_BYTES + capacity) / 64) * 64;
}

export class Airlock {
  /** The file's name in its folder. */
  readonly file: string;
  readonly slots: number;
  /** Bytes of the longest message that fits. */
  readonly capacity: number;
  /** Of shared memory. */
  readonly bytes: number;
  /** 16 hexadecimal digits. */
  readonly instance: string;
  readonly queueId: number;
  /** The process that has it, or had it, in that process's own PID namespace. */
  readonly ownerPid: number;
  readonly ownerLives: boolean;
  /** Slots whose contents make no sense. Their messages are not handed out, and the file stays. */
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

  /** A new file, which this process owns. @throws MessageQueueError where the folder has no room, or will not do. */
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
   * A dead owner's file, which is this process's now; undefined where its owner lives, or where it is gone.
   * @throws MessageQueueError where it is damaged, or of another version.
   */
  static takeOver(folder: string, file: string): Airlock | undefined {
    return Airlock.#open(folder, file, false);
  }

  /** Somebody's file, to look at; undefined where it is gone. */
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

  /** Slots that are free. */
  get free(): number {
    return this.#free;
  }

  /** Takes the next message that matches into a free slot, one attempt noted: the slot, or a negative errno. */
  take(queueId: number, selection: Selection): number {
    const room = ensureArenaRoom();
    if (room < 0) return errno.ENOMEM;
    const slot = takeIntoAirlock(this.#number, queueId, selection.type, selection.flags, room);
    if (slot < 0) return slot;
    this.#free -= 1;
    return slot;
  }

  /** The message that was just taken. To be called at once, and once. @throws DecodeError; it stays in its slot. */
  arrived<T>(queueId: number, slot: number, codec: Codec<T>): Message<T> {
    const length = arrivedLength();
    if (length > ensureArenaRoom()) return this.message(queueId, slot, codec);
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
      const room = ensureArenaRoom();
      const length = room < 0 ? errno.ENOMEM : readAirlock(this.#number, slot, room);
      if (length < 0) throw slotError(this.file, slot, length);
      if (length <= room) return length;
      if (!growArena(() => length)) throw slotError(this.file, slot, errno.ENOMEM);
    }
  }

  /** Of the message that take() just took. */
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

  /** Everything in hand, in the order in which it was taken. */
  inHand(): InHand[] {
    const found: InHand[] = [];
    for (let slot = 0; ; slot++) {
      slot = onAirlockSlot(this.#number, slot, 'nextInHand');
      if (slot < 0) break;
      // Its owner may free it in this very moment, where this one only looks.
      if (readAirlock(this.#number, slot, -1) >= 0) found.push(this.describe(slot));
    }
    return found.sort((a, b) => a.sequence - b.sequence);
  }

  /** Notes how often the work was begun, and before when it is not to be tried again. */
  note(slot: number, attempts: number, notBefore: number): void {
    noteInAirlock(this.#number, slot, attempts, notBefore);
  }

  /** The work is done. */
  freeSlot(slot: number): void {
    if (!this.#closed && onAirlockSlot(this.#number, slot, 'freeInAirlock') === 0) this.#free += 1;
  }

  get waiting(): boolean {
    return this.#onWaitEnd !== undefined;
  }

  /** Waits for a message that matches. 0, or a negative errno: −ENOBUFS no slot is free, −EAGAIN no thread can be started. */
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

  /** Cancels the wait. Its callback is called anyway. */
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

  /** Lets the file go. It is removed when nothing is in hand. */
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

function fileError(folder: string, file: string, result: number): MessageQueueError {
  const code = errno.errnoName(result);
  const where = `The airlock ${folder}/${file}`;
  if (code === 'EPROTO') {
    return new MessageQueueError(`${where} is of another version of sysvmq, and is left alone: use that version`, {
      code: 'ERR_AIRLOCK_VERSION',
    });
  }
  if (code === 'EBADMSG') {
    return new MessageQueueError(`${where} is damaged, or no airlock at all, and is left alone`, {
      code: 'ERR_AIRLOCK_DAMAGED',
    });
  }
  return stateError(folder, result);
}

function slotError(file: string, slot: number, result: number): MessageQueueError {
  const code = errno.errnoName(result);
  return new MessageQueueError(`The message in slot ${slot} of the airlock ${file} can't be read (${code})`, { code });
}
