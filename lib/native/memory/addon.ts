/** The native boundary (types/native.d.ts) over queues in memory, in place of the addon. */

import type { NativeAddon } from '../../../types/native';
import { IPC_NOWAIT, MSG_COPY, MSG_NOERROR } from '../../core/constants';
import { E2BIG, EAGAIN, EFAULT, EINVAL, ENOMEM, ENOMSG, ETIMEDOUT } from '../../core/errno';
import { joinLong, writeLongTo } from '../long';
import { INITIAL_TEXT_BYTES, TEXT_OFFSET } from '../message-memory';
import { lengthOfRecord, RECORD_TEXT_OFFSET, recordBytes, typeOfRecord, writeRecord } from '../records';
import { Register } from '../registers';
import { kernelNeeded } from '../require-kernel';
import { AirlockCalls } from './airlock-calls';
import { MemoryKernel, type MemoryLimits, type StoredMessage } from './kernel';
import { readInfoInto, readStatusInto } from './status';
import { MemoryWaits } from './waits';

const BYTES_OF_LONG = 8;
const REGISTERS = 32;
const FIELDS = 32;
const MAILBOX = 0;
/** Numbers of slabs and inboxes that the addon, which counts from 0, does not come to: so ours are noticed as others. */
const FIRST_MEMORY = 0x40000000;
let lastMemory = FIRST_MEMORY;

export class MemoryAddon extends AirlockCalls implements NativeAddon {
  readonly registers = new Int32Array(REGISTERS);
  readonly fields = new Float64Array(FIELDS);
  readonly bytesOfLong = BYTES_OF_LONG;
  slab: ArrayBuffer;
  inbox: ArrayBuffer;
  readonly #kernel: MemoryKernel;
  protected readonly waits: MemoryWaits;
  readonly #initialSlab = new ArrayBuffer(TEXT_OFFSET + INITIAL_TEXT_BYTES);
  readonly #initialInbox = new ArrayBuffer(TEXT_OFFSET + INITIAL_TEXT_BYTES);

  constructor(limits: MemoryLimits) {
    super();
    this.#kernel = new MemoryKernel(limits);
    this.waits = new MemoryWaits(this.#kernel);
    this.slab = this.useSlab();
    this.inbox = this.useInbox();
  }

  get #id(): number {
    return this.argument(Register.id);
  }

  protected get type(): number | bigint {
    return joinLong(this.argument(Register.typeLow), this.argument(Register.typeHigh));
  }

  protected set type(type: number | bigint) {
    writeLongTo(this.registers, Register.typeLow, Register.typeHigh, type);
  }

  // The text in the slab; undefined where there is not as much.
  get #text(): Uint8Array | undefined {
    const length = this.argument(Register.length);
    return length < 0 || TEXT_OFFSET + length > this.slab.byteLength
      ? undefined
      : new Uint8Array(this.slab, TEXT_OFFSET, length);
  }

  protected textInInbox(length: number): Uint8Array | undefined {
    return TEXT_OFFSET + length > this.inbox.byteLength ? undefined : new Uint8Array(this.inbox, TEXT_OFFSET, length);
  }

  msgget(): number {
    return this.#kernel.get(this.argument(Register.key), this.argument(Register.flags));
  }

  msgsnd(): number {
    const text = this.#text;
    if (text === undefined) return EFAULT;
    const result = this.#kernel.send(this.#id, this.type, text);
    return result === EAGAIN ? this.#outwait(result, 'msgsnd') : result;
  }

  msgrcv(): number {
    const capacity = this.argument(Register.length);
    const room = capacity < 0 ? undefined : this.textInInbox(capacity);
    if (room === undefined) return EFAULT;
    const message = this.receive(capacity, this.argument(Register.flags));
    if (message === ENOMSG) return this.#outwait(ENOMSG, 'msgrcv');
    if (typeof message === 'number') return message;
    const text = message.bytes.subarray(0, capacity);
    room.set(text);
    this.type = message.type;
    return text.length;
  }

  // A kept message comes first. MSG_COPY looks at the queue only.
  protected receive(capacity: number, flags: number): StoredMessage | number {
    const type = this.type;
    if ((flags & MSG_COPY) === 0) {
      const kept = this.waits.taken.receive(this.#id, capacity, type, flags, (flags & MSG_NOERROR) !== 0);
      if (kept !== ENOMSG) return kept;
    }
    return this.#kernel.receive(this.#id, capacity, type, flags);
  }

  // Nothing changes a queue while its only thread is blocked.
  #outwait(result: number, call: 'msgsnd' | 'msgrcv'): number {
    if ((this.argument(Register.flags) & IPC_NOWAIT) !== 0) return result;
    const ms = this.argument(Register.waitMs);
    if (ms < 0) throw kernelNeeded(`A blocking ${call}`);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)), 0, 0, ms);
    return ETIMEDOUT;
  }

  sendBatch(): number {
    const count = this.argument(Register.count);
    const words = new Int32Array(this.slab);
    this.registers[Register.batchEnd] = 0;
    let at = 0;
    for (let sent = 0; sent < count; sent++) {
      const length = lengthOfRecord(words, at);
      const bytes = new Uint8Array(this.slab, at + RECORD_TEXT_OFFSET, length);
      const result = this.#kernel.send(this.#id, typeOfRecord(words, at), bytes);
      if (result < 0) {
        this.registers[Register.batchEnd] = result;
        return sent;
      }
      at += recordBytes(length);
    }
    return count;
  }

  receiveBatch(): number {
    const count = this.argument(Register.count);
    this.registers[Register.batchEnd] = 0;
    let at = 0;
    for (let received = 0; received < count; received++) {
      const room = this.inbox.byteLength - at - RECORD_TEXT_OFFSET;
      const next = room <= 0 ? E2BIG : this.#receiveRecord(at, room);
      if (next < 0) {
        this.registers[Register.batchEnd] = next;
        return received;
      }
      at = next;
    }
    return count;
  }

  // Where the next record begins, or -errno.
  #receiveRecord(at: number, room: number): number {
    const most = this.argument(Register.length);
    const flags = this.argument(Register.flags) | IPC_NOWAIT;
    // Cut at the inbox's end rather than at the caller's, the message would lose bytes that were asked for.
    const fits = most >= 0 && most <= room;
    const capacity = fits ? most : room;
    const message = this.receive(capacity, fits ? flags : flags & ~MSG_NOERROR);
    if (typeof message === 'number') return message;
    const length = Math.min(message.bytes.length, capacity);
    writeRecord(new Int32Array(this.inbox), at, length, message.type);
    new Uint8Array(this.inbox, at + RECORD_TEXT_OFFSET, length).set(message.bytes.subarray(0, length));
    return at + recordBytes(length);
  }

  readStatus(): number {
    return readStatusInto(this.fields, this.#kernel, this.#id, this.argument(Register.command));
  }

  readInfo(): number {
    return readInfoInto(this.fields, this.#kernel, this.argument(Register.command));
  }

  setStatus(): number {
    const uid = this.argument(Register.uid);
    const gid = this.argument(Register.gid);
    const mode = this.argument(Register.mode);
    const maxBytes = joinLong(this.argument(Register.maxBytesLow), this.argument(Register.maxBytesHigh));
    return this.#kernel.set(this.#id, { uid, gid, mode, maxBytes });
  }

  removeQueue(): number {
    return this.#kernel.remove(this.#id);
  }

  useSlab(buffer: ArrayBuffer = this.#initialSlab): ArrayBuffer {
    lastMemory += 1;
    this.registers[Register.slab] = lastMemory;
    return buffer;
  }

  useInbox(buffer: ArrayBuffer = this.#initialInbox): ArrayBuffer {
    lastMemory += 1;
    this.registers[Register.inbox] = lastMemory;
    return buffer;
  }

  // The memory is the runtime's own.
  prefault(): void {}

  // The queues end with the thread, all of them.
  removeQueueAtEnd = (): number => 0;
  keepQueueAtEnd = (): number => 0;
  // There is no other to run.
  yieldProcessor = (): number => 0;

  #messageInSlab() {
    return { id: this.#id, type: this.type, bytes: Uint8Array.from(this.#text ?? []), refused: 0 };
  }

  keepTaken(): number {
    this.waits.taken.keep(this.#messageInSlab());
    return 0;
  }

  holdTaken(): number {
    return this.waits.taken.hold(this.#messageInSlab());
  }

  dropHeld(): number {
    return this.waits.taken.drop(this.argument(Register.slot)) === undefined ? EINVAL : 0;
  }

  keepHeld(): number {
    this.waits.taken.keepHeld(this.argument(Register.slot));
    return 0;
  }

  giveBackKept(): number {
    return this.waits.taken.giveBack();
  }

  countKept(): number {
    return this.waits.taken.count;
  }

  takeKept(): Uint8Array | undefined {
    const message = this.waits.taken.takeOldest();
    if (message === undefined) return undefined;
    this.registers[Register.id] = message.id;
    this.registers[Register.result] = message.refused;
    this.type = message.type;
    return message.bytes;
  }

  openMailbox(callback: () => void): number {
    if (this.waits.isOpen) return ENOMEM;
    this.waits.open(callback);
    return MAILBOX;
  }

  closeMailbox(): void {
    this.waits.close();
  }

  referenceMailbox(): void {
    this.waits.reference(this.argument(Register.referenced) !== 0);
  }

  nextEvent(): number {
    const event = this.waits.nextEvent();
    if (event === undefined) return 0;
    this.registers[Register.token] = event.token;
    this.registers[Register.result] = event.result;
    this.type = 0;
    return 1;
  }

  subscribe(): number {
    const flags = this.argument(Register.flags);
    return this.waits.subscribe(this.#id, this.type, flags, this.argument(Register.token));
  }

  arm(): number {
    return this.waits.arm(this.argument(Register.slot));
  }

  disarm(): number {
    return this.waits.disarm(this.argument(Register.slot));
  }

  unsubscribe(): number {
    return this.waits.unsubscribe(this.argument(Register.slot));
  }

  openSender(): number {
    return this.waits.openSender(this.#id, this.argument(Register.token));
  }

  startSend(): number {
    const text = this.#text;
    return text === undefined ? EFAULT : this.waits.startSend(this.argument(Register.slot), this.type, text);
  }

  cancelSend(): number {
    return this.waits.cancelSend(this.argument(Register.slot));
  }

  closeSender(): number {
    return this.waits.closeSender(this.argument(Register.slot));
  }

  // The names are the addon's, which a test compares with ours.
  layout = () => ({
    registers: [],
    statusFields: [],
    infoFields: [],
    airlockFields: [],
    inHandFields: [],
    namespaceFields: [],
  });
}
