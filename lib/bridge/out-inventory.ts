/**
 * The messages in hand of an out route: in the slots of its airlock, from msgrcv until the engine has confirmed them.
 */

import { Airlock } from '../consume/airlock';
import type { Owner } from '../consume/state-folder';
import { INT_MAX, IPC_INFO } from '../core/constants';
import * as errno from '../core/errno';
import { statusOf } from '../kernel/status-of';
import type { Selection } from '../messages/selector';
import { readInfo, readMsgInfo } from '../native/calls';
import { InHandList, InHandMessage } from './in-hand';
import { OutMemory } from './out-memory';
import { requireAlone, takeOverRoute } from './state';

/**
 * The limit for all slots together. When the window and msgmax need more, there are fewer slots, and so a smaller
 * window.
 */
const MAX_STATE_BYTES = 64 << 20;

/** Each message gets memory of its own. */
const noMemory = (): undefined => undefined;

export class OutInventory {
  readonly inHand = new InHandList();
  readonly recovered: number;
  readonly uncertain: number;
  readonly #folder: string;
  readonly #owner: Owner;
  readonly #window: number;
  readonly #old = new Set<Airlock>();
  readonly #memory = new OutMemory();
  readonly #memoryFor = (bytes: number): Buffer | undefined => this.#memory.take(bytes);
  #own: Airlock | undefined;

  constructor(folder: string, owner: Owner, window: number) {
    this.#folder = folder;
    this.#owner = owner;
    this.#window = window;
    const found = takeOverRoute(folder, owner);
    const messages = found.flatMap((airlock) => airlock.inHand().map((known) => ({ airlock, ...known })));
    // Sequences order the messages of one file; a later file has later messages.
    messages.sort((a, b) => (a.airlock === b.airlock ? a.sequence - b.sequence : a.takenAt - b.takenAt));
    for (const { airlock, slot, sequence, takenAt, type } of messages) {
      this.inHand.add(new InHandMessage(airlock, slot, sequence, takenAt, type, undefined));
    }
    this.recovered = messages.length;
    this.uncertain = messages.filter(({ uncertain }) => uncertain).length;
    for (const airlock of found) this.#old.add(airlock);
    try {
      this.#chooseOwn();
      requireAlone(folder, owner, this.#all());
    } catch (error) {
      this.close();
      throw error;
    }
  }

  // The last owner's file stays in use if this process would create it the same way: its instance then stays the same.
  #chooseOwn(): void {
    const capacity = likelyLength(this.#owner.queueId);
    const slots = this.#slotsFor(capacity);
    for (const airlock of this.#old) {
      if (airlock.capacity < capacity || airlock.slots !== slots || this.#own !== undefined) continue;
      this.#own = airlock;
      this.#old.delete(airlock);
    }
    this.#own ??= Airlock.create(this.#folder, this.#owner, slots, capacity);
    this.#closeOld();
  }

  #slotsFor(capacity: number): number {
    return Math.max(2, Math.min(this.#window + 1, Math.floor(MAX_STATE_BYTES / (capacity + 128))));
  }

  #all(): Airlock[] {
    return this.#own === undefined ? [...this.#old] : [...this.#old, this.#own];
  }

  /** The most messages in hand at a time. */
  get limit(): number {
    return Math.min(this.#window, (this.#own as Airlock).slots - 1);
  }

  get stateBytes(): number {
    return this.#all().reduce((sum, airlock) => sum + airlock.bytes, 0);
  }

  get waiting(): boolean {
    return this.#own?.waiting ?? false;
  }

  #hold(message: InHandMessage): InHandMessage {
    this.inHand.add(message);
    return message;
  }

  /**
   * Takes up to `max` messages in hand. Returns them in order, and 0 when more may follow, or a negative errno. −E2BIG:
   * the next one does not fit, and enlarge() helps once nothing is in hand. `reuse`: releaseBytes() frees their memory.
   */
  take(queueId: number, selection: Selection, max: number, reuse: boolean): { messages: InHandMessage[]; end: number } {
    const airlock = this.#own as Airlock;
    const { taken, end } = airlock.takeMany(queueId, selection, max, reuse ? this.#memoryFor : noMemory);
    const messages = taken.map(({ slot, sequence, takenAt, type, data }) => {
      const message = new InHandMessage(airlock, slot, sequence, takenAt, type, data);
      if (data !== undefined) message.block = this.#memory.hold();
      return this.#hold(message);
    });
    return { messages, end };
  }

  /**
   * Starts a wait for a matching message. Returns 0 or a negative errno. `onEnd` receives the message if it is an empty
   * one.
   */
  wait(
    queueId: number,
    selection: Selection,
    onEnd: (result: number, message: InHandMessage | undefined) => void,
  ): number {
    const airlock = this.#own as Airlock;
    return airlock.waitForMessage(queueId, selection, (result, slot) => {
      if (result !== 0) return onEnd(result, undefined);
      const { sequence, takenAt, type } = airlock.describe(slot);
      onEnd(result, this.#hold(new InHandMessage(airlock, slot, sequence, takenAt, type, undefined)));
    });
  }

  cancelWait(): void {
    this.#own?.cancelWait();
  }

  /** Replaces the file by one with larger slots, after msgmax was raised. Nothing may be in hand. */
  enlarge(queueId: number): void {
    const before = this.#own as Airlock;
    const longest = Math.max(likelyLength(queueId), Math.min(statusOf(queueId)?.msg_cbytes ?? INT_MAX, INT_MAX));
    const capacity = Math.max(before.capacity * 2, likelyLength(queueId), 64);
    this.#own = Airlock.create(
      this.#folder,
      this.#owner,
      this.#slotsFor(Math.min(capacity, longest)),
      Math.min(capacity, longest),
    );
    before.close();
  }

  /** The message's bytes. */
  bytes(message: InHandMessage): Buffer {
    return message.data ?? message.airlock.bytesOf(message.slot).data;
  }

  /** The engine has answered: it reads the message's bytes no more. */
  releaseBytes(message: InHandMessage): void {
    const { block } = message;
    if (block === undefined) return;
    message.block = undefined;
    message.data = undefined;
    this.#memory.release(block);
  }

  /** The connection is lost: its client may still hold the bytes of messages. */
  forgetBytes(): void {
    this.#memory.forget();
    for (const message of this.inHand) {
      message.block = undefined;
      message.data = undefined;
    }
  }

  /** The engine has stored the message. */
  free(message: InHandMessage): void {
    if (!this.inHand.remove(message)) return;
    message.airlock.freeSlot(message.slot);
    if (this.#old.size > 0) this.#closeOld();
  }

  #closeOld(): void {
    const used = new Set([...this.inHand].map(({ airlock }) => airlock));
    for (const airlock of this.#old) {
      if (used.has(airlock)) continue;
      this.#old.delete(airlock);
      airlock.close();
    }
  }

  /** Messages in hand stay for the next process. */
  close(): void {
    for (const airlock of this.#all()) airlock.close();
    this.inHand.clear();
  }
}

/** The longest message that the queue can hold now. */
export function likelyLength(queueId: number | undefined): number {
  const msgmax = readInfo(IPC_INFO) >= 0 ? readMsgInfo().msgmax : 8192;
  const status = queueId === undefined ? undefined : statusOf(queueId);
  return status === undefined ? msgmax : Math.min(msgmax, status.msg_qbytes);
}

/** Whether a result means that a message does not fit a slot. */
export function isTooLong(result: number): boolean {
  return result === errno.E2BIG;
}
