/**
 * The native calls, typed: arguments into the registers, one integer out (>= 0, or -errno).
 *
 * Nothing here may run a caller's code between the first write to a register and the native call: arguments come in
 * checked and converted (lib/core/validators.ts), and what follows is plain arithmetic.
 */

import type { MsgInfo, MsqidDs } from '../../types/kernel';
import type { NativeAddon } from '../../types/native';
import { isSafeInteger } from '../core/primordials';
import { loadAddon } from './load';

// The enums have the names and the order of native/binding/registers.h; a test compares them. They live in this file
// because compilers inline a const enum within its own file only.

/** Arguments of a call, and what it says besides its result. */
export const enum Register {
  id,
  key,
  flags,
  command,
  length,
  typeLow,
  typeHigh,
  waitMs,
  uid,
  gid,
  mode,
  maxBytes,
  mailbox,
  slot,
  token,
  result,
  count,
  offset,
  slab,
  arena,
}

/** What readStatus fills. */
export const enum StatusField {
  key,
  uid,
  gid,
  creatorUid,
  creatorGid,
  mode,
  sequence,
  sendTime,
  receiveTime,
  changeTime,
  bytes,
  messages,
  maxBytes,
  lastSender,
  lastReceiver,
}

/** What readInfo fills. */
export const enum InfoField {
  pool,
  map,
  max,
  mnb,
  mni,
  segmentSize,
  tql,
  segments,
}

/** A wait without a bound. */
export const WAIT_FOREVER = -1;

let addon: NativeAddon | undefined;
let registers: Int32Array;
let fields: Float64Array;

// The addon is loaded by the first call, so that importing the package works, and costs nothing, everywhere.
function loadOnce(): NativeAddon {
  addon = loadAddon();
  registers = addon.registers;
  fields = addon.fields;
  return addon;
}

export function nativeAddon(): NativeAddon {
  return addon ?? loadOnce();
}

export function msgget(key: number, flags: number): number {
  const native = addon ?? loadOnce();
  registers[Register.key] = key;
  registers[Register.flags] = flags;
  return native.msgget();
}

/** Sends the first `length` bytes of the slab's text. */
export function msgsnd(id: number, type: number | bigint, length: number, flags: number, waitMs: number): number {
  const native = addon ?? loadOnce();
  registers[Register.id] = id;
  registers[Register.length] = length;
  registers[Register.flags] = flags;
  registers[Register.waitMs] = waitMs;
  writeType(type);
  return native.msgsnd();
}

/**
 * Receives at most `length` bytes into the arena, from `offset` on; `receivedType` then tells the message's type. With
 * IPC_NOWAIT it is tried so many times, and the processor given away in between; without, it waits for so long.
 */
export function msgrcv(
  id: number,
  offset: number,
  length: number,
  type: number | bigint,
  flags: number,
  waitMsOrTries: number,
): number {
  const native = addon ?? loadOnce();
  registers[Register.id] = id;
  registers[Register.offset] = offset;
  registers[Register.length] = length;
  registers[Register.flags] = flags;
  registers[Register.waitMs] = waitMsOrTries;
  writeType(type);
  return native.msgrcv();
}

/** One register, for the calls of wait-calls.ts and batch.ts, which are not as hot as those here. */
export function readRegister(register: Register): number {
  return registers[register] as number;
}

export function writeRegister(register: Register, value: number): void {
  if (addon === undefined) loadOnce();
  registers[register] = value;
}

export function writeType(type: number | bigint): void {
  if (typeof type === 'bigint') {
    registers[Register.typeLow] = Number(BigInt.asIntN(32, type));
    registers[Register.typeHigh] = Number(type >> 32n);
  } else {
    registers[Register.typeLow] = type;
    // -1 >> 31 and the like would do for 32 bits only; a safe integer has 53.
    registers[Register.typeHigh] = type >= 0 && type <= 0x7fffffff ? 0 : Math.floor(type / 0x100000000);
  }
}

/** The type of the message just received: a bigint where a number cannot hold it. */
export function receivedType(): number | bigint {
  const low = registers[Register.typeLow] as number;
  const high = registers[Register.typeHigh] as number;
  return high === 0 && low >= 0 ? low : wideType(low, high);
}

function wideType(low: number, high: number): number | bigint {
  const type = high * 0x100000000 + (low >>> 0);
  return isSafeInteger(type) ? type : (BigInt(high) << 32n) | BigInt(low >>> 0);
}

/** msgctl with IPC_STAT, MSG_STAT or MSG_STAT_ANY; `readMsqidDs` and `statusField` then tell what it found. */
export function readStatus(idOrIndex: number, command: number): number {
  const native = addon ?? loadOnce();
  registers[Register.id] = idOrIndex;
  registers[Register.command] = command;
  return native.readStatus();
}

/** One field of the status that was just read. */
export function statusField(field: StatusField): number {
  return fields[field] as number;
}

/** The status that was just read. */
export function readMsqidDs(): MsqidDs {
  return {
    msg_perm: {
      key: fields[StatusField.key] as number,
      uid: fields[StatusField.uid] as number,
      gid: fields[StatusField.gid] as number,
      cuid: fields[StatusField.creatorUid] as number,
      cgid: fields[StatusField.creatorGid] as number,
      mode: fields[StatusField.mode] as number,
      seq: fields[StatusField.sequence] as number,
    },
    msg_stime: fields[StatusField.sendTime] as number,
    msg_rtime: fields[StatusField.receiveTime] as number,
    msg_ctime: fields[StatusField.changeTime] as number,
    msg_cbytes: fields[StatusField.bytes] as number,
    msg_qnum: fields[StatusField.messages] as number,
    msg_qbytes: fields[StatusField.maxBytes] as number,
    msg_lspid: fields[StatusField.lastSender] as number,
    msg_lrpid: fields[StatusField.lastReceiver] as number,
  };
}

/** msgctl with IPC_INFO or MSG_INFO; `readMsgInfo` then tells what it found. */
export function readInfo(command: number): number {
  const native = addon ?? loadOnce();
  registers[Register.command] = command;
  return native.readInfo();
}

/** The information that was just read. */
export function readMsgInfo(): MsgInfo {
  return {
    msgpool: fields[InfoField.pool] as number,
    msgmap: fields[InfoField.map] as number,
    msgmax: fields[InfoField.max] as number,
    msgmnb: fields[InfoField.mnb] as number,
    msgmni: fields[InfoField.mni] as number,
    msgssz: fields[InfoField.segmentSize] as number,
    msgtql: fields[InfoField.tql] as number,
    msgseg: fields[InfoField.segments] as number,
  };
}

/** msgctl with IPC_SET. */
export function setStatus(id: number, uid: number, gid: number, mode: number, maxBytes: number): number {
  const native = addon ?? loadOnce();
  registers[Register.id] = id;
  registers[Register.uid] = uid;
  registers[Register.gid] = gid;
  registers[Register.mode] = mode;
  registers[Register.maxBytes] = maxBytes;
  return native.setStatus();
}

/** msgctl with IPC_RMID. */
export function removeQueue(id: number): number {
  const native = addon ?? loadOnce();
  registers[Register.id] = id;
  return native.removeQueue();
}

/** Has a queue removed when this JavaScript environment ends, in whatever way that can be noticed. */
export function removeQueueAtEnd(id: number): void {
  const native = addon ?? loadOnce();
  registers[Register.id] = id;
  native.removeQueueAtEnd();
}

/** Takes one removeQueueAtEnd of this id back. */
export function keepQueueAtEnd(id: number): void {
  const native = addon ?? loadOnce();
  registers[Register.id] = id;
  native.keepQueueAtEnd();
}

/** Lets another thread run on this processor if there is one that wants to. */
export function yieldProcessor(): void {
  nativeAddon().yieldProcessor();
}

/** Which slab the addon uses: a number that changes with it. */
export function slabInUse(): number {
  if (addon === undefined) loadOnce();
  return registers[Register.slab] as number;
}

/** Which arena the addon uses: a number that changes with it. */
export function arenaInUse(): number {
  if (addon === undefined) loadOnce();
  return registers[Register.arena] as number;
}

/** Has messages sent from this ArrayBuffer, or from the initial slab again. False: the slab stays. */
export function useSlab(buffer?: ArrayBuffer): boolean {
  const native = addon ?? loadOnce();
  const slab = native.useSlab(buffer);
  if (slab === undefined) return false;
  native.slab = slab;
  return true;
}

/** Has messages arrive in this ArrayBuffer. False: the arena stays. */
export function useArena(buffer: ArrayBuffer): boolean {
  return nativeAddon().useArena(buffer) !== undefined;
}
