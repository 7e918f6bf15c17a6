/** The calls of the native boundary that concern airlocks, over queues in memory. */

import { EFAULT, EINVAL, ENOENT, ENOSYS } from '../../core/errno';
import { AirlockField, InHandField } from '../airlock';
import { Register } from '../registers';
import { MemoryAirlocks } from './airlocks';
import type { StoredMessage } from './kernel';
import type { MemoryWaits } from './waits';

interface AirlockWaiter {
  readonly token: number;
  subscription: number;
}

export abstract class AirlockCalls {
  abstract readonly registers: Int32Array;
  abstract readonly fields: Float64Array;
  protected abstract readonly waits: MemoryWaits;
  protected abstract type: number | bigint;
  protected abstract receive(capacity: number, flags: number): StoredMessage | number;
  /** The text in the inbox; undefined where it does not have so many bytes. */
  protected abstract textInInbox(length: number): Uint8Array | undefined;

  readonly #airlocks = new MemoryAirlocks();
  readonly #waiters = new Map<number, AirlockWaiter>();
  #lastWaiter = 0;

  protected argument(register: Register): number {
    return this.registers[register] as number;
  }

  get #number(): number {
    return this.argument(Register.airlock);
  }

  // Consumers that share a key have the same memory, and any folder is only a name.
  checkAirlockFolder = (): number => 0;
  releaseClaim = (): number => 0;
  identifyNamespace = (): number => 0;
  // Only a bridge has a note, and it takes the kernel's queues.
  mapStateFile = (): number => ENOSYS;
  openNotingSender = (): number => ENOSYS;
  startNotedBatch = (): number => ENOSYS;
  cancelNotedBatch = (): number => ENOSYS;
  closeNotingSender = (): number => ENOSYS;
  claimFolder(): number {
    this.registers[Register.slot] = 0;
    return 0;
  }

  listAirlocks(folder: string): string[] {
    return this.#airlocks.list(folder);
  }

  createAirlock(folder: string, name: string): number {
    const [slots, capacity] = [this.argument(Register.count), this.argument(Register.capacity)];
    if (slots < 1 || capacity < 0) return EINVAL;
    return this.#airlocks.create(`${folder}/${name}`, slots, capacity, this.argument(Register.id));
  }

  openAirlock(folder: string, name: string): number {
    return this.#airlocks.open(`${folder}/${name}`, this.argument(Register.flags) !== 0);
  }

  closeAirlock(): number {
    return this.#airlocks.close(this.#number);
  }

  describeAirlock(): number {
    const airlock = this.#airlocks.get(this.#number);
    if (airlock === undefined) return EINVAL;
    const { fields } = this;
    const { slots, capacity, instance, queueId, owned } = airlock.file;
    fields[AirlockField.slots] = slots.length;
    fields[AirlockField.capacity] = capacity;
    // No shared memory.
    fields[AirlockField.bytes] = 0;
    fields[AirlockField.instanceLow] = instance[0];
    fields[AirlockField.instanceHigh] = instance[1];
    fields[AirlockField.queueId] = queueId;
    fields[AirlockField.owner] = process.pid;
    fields[AirlockField.ownerLives] = owned ? 1 : 0;
    fields[AirlockField.damaged] = 0;
    fields[AirlockField.linked] = 1;
    fields[AirlockField.free] = slots.filter((slot) => slot === undefined).length;
    return 0;
  }

  takeIntoAirlock(): number {
    const slot = this.#airlocks.take(this.#number, (capacity) => this.receive(capacity, this.argument(Register.flags)));
    if (slot >= 0) this.registers[Register.length] = this.#show(slot);
    return slot;
  }

  // Every message is one that does not fit the inbox.
  takeBatchIntoAirlock(): number {
    this.registers[Register.length] = -1;
    const slot = this.takeIntoAirlock();
    this.registers[Register.batchEnd] = Math.min(slot, 0);
    this.registers[Register.airlockSlot] = Math.max(slot, -1);
    return 0;
  }

  readAirlock(): number {
    return this.#show(this.argument(Register.airlockSlot));
  }

  // The text's length; the text is in the inbox where it fits.
  #show(slot: number): number {
    const message = this.#airlocks.read(this.#number, slot);
    if (message === undefined) return ENOENT;
    const { fields } = this;
    const { type, bytes } = message;
    this.type = type;
    fields[InHandField.sequence] = message.sequence;
    fields[InHandField.attempts] = message.attempts;
    fields[InHandField.notBefore] = message.notBefore;
    fields[InHandField.takenAt] = message.takenAt;
    fields[InHandField.uncertain] = 0;
    if (bytes.length <= this.argument(Register.length)) {
      const text = this.textInInbox(bytes.length);
      if (text === undefined) return EFAULT;
      text.set(bytes);
    }
    return bytes.length;
  }

  nextInHand(): number {
    return this.#airlocks.nextInHand(this.#number, this.argument(Register.airlockSlot));
  }

  noteInAirlock(): number {
    const message = this.#airlocks.read(this.#number, this.argument(Register.airlockSlot));
    if (message === undefined) return ENOENT;
    message.attempts = this.argument(Register.attempts);
    message.notBefore = this.fields[InHandField.notBefore] as number;
    return 0;
  }

  freeInAirlock(): number {
    return this.#airlocks.free(this.#number, this.argument(Register.airlockSlot));
  }

  openAirlockWaiter(): number {
    if (this.#airlocks.get(this.#number) === undefined) return EINVAL;
    this.#lastWaiter += 1;
    this.#waiters.set(this.#lastWaiter, { token: this.argument(Register.token), subscription: 0 });
    return this.#lastWaiter;
  }

  get #waiter(): AirlockWaiter | undefined {
    return this.#waiters.get(this.argument(Register.slot));
  }

  startAirlockWait(): number {
    const waiter = this.#waiter;
    if (waiter === undefined) return EINVAL;
    const slot = this.#airlocks.reserve(this.#number);
    if (slot < 0) return slot;
    const [id, flags] = [this.argument(Register.id), this.argument(Register.flags)];
    // One wait at a time: the one before has ended.
    this.waits.unsubscribe(waiter.subscription);
    waiter.subscription = this.waits.subscribe(id, this.type, flags, waiter.token);
    this.waits.arm(waiter.subscription);
    return slot;
  }

  endAirlockWait(): number {
    return this.#airlocks.endReservation(this.#number, this.argument(Register.airlockSlot));
  }

  cancelAirlockWait(): number {
    const waiter = this.#waiter;
    return waiter === undefined ? EINVAL : this.waits.cancel(waiter.subscription);
  }

  closeAirlockWaiter(): number {
    const waiter = this.#waiter;
    if (waiter === undefined) return EINVAL;
    this.waits.unsubscribe(waiter.subscription);
    this.#waiters.delete(this.argument(Register.slot));
    return 0;
  }
}
