/**
 * The native calls, typed: arguments into the registers, one integer out (>= 0, or -errno).
 *
 * Nothing here may run a caller's code between the first write to a register and the native call: arguments arrive
 * checked and converted (lib/core/validators.ts), and the rest is arithmetic.
 */

import { joinLong } from './long';
import { nativeAddon, Register, writeRegister, writeUnsigned, writeUnsignedLong } from './registers';
import type { MsgInfo, MsqidDs } from './structs';

export {
  inboxInUse,
  msgrcv,
  msgsnd,
  nativeAddon,
  Register,
  readRegister,
  receivedType,
  slabInUse,
  WAIT_FOREVER,
  writeLong,
  writeRegister,
} from './registers';

// The names and the order of native/binding/registers.h; a test compares them.

/** The fields that readStatus fills in. */
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
  maxBytesLow,
  maxBytesHigh,
  lastSender,
  lastReceiver,
}

/** The fields that readInfo fills in. */
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

function fields(): Float64Array {
  return nativeAddon().fields;
}

export function msgget(key: number, flags: number): number {
  writeRegister(Register.key, key);
  writeRegister(Register.flags, flags);
  return nativeAddon().msgget();
}

/** msgctl with IPC_STAT, MSG_STAT or MSG_STAT_ANY; `readMsqidDs` and `statusField` then return the result. */
export function readStatus(idOrIndex: number, command: number): number {
  writeRegister(Register.id, idOrIndex);
  writeRegister(Register.command, command);
  return nativeAddon().readStatus();
}

/** msg_qbytes of the status that was just read, exactly: a bigint where a number cannot hold it. */
export function statusMaxBytes(): number | bigint {
  return joinLong(fields()[StatusField.maxBytesLow] as number, fields()[StatusField.maxBytesHigh] as number);
}

/** The status that was just read. */
export function readMsqidDs(): MsqidDs {
  return {
    msg_perm: {
      key: fields()[StatusField.key] as number,
      uid: fields()[StatusField.uid] as number,
      gid: fields()[StatusField.gid] as number,
      cuid: fields()[StatusField.creatorUid] as number,
      cgid: fields()[StatusField.creatorGid] as number,
      mode: fields()[StatusField.mode] as number,
      seq: fields()[StatusField.sequence] as number,
    },
    msg_stime: fields()[StatusField.sendTime] as number,
    msg_rtime: fields()[StatusField.receiveTime] as number,
    msg_ctime: fields()[StatusField.changeTime] as number,
    msg_cbytes: fields()[StatusField.bytes] as number,
    msg_qnum: fields()[StatusField.messages] as number,
    msg_qbytes: fields()[StatusField.maxBytes] as number,
    msg_lspid: fields()[StatusField.lastSender] as number,
    msg_lrpid: fields()[StatusField.lastReceiver] as number,
  };
}

/** msgctl with IPC_INFO or MSG_INFO; `readMsgInfo` then returns the result. */
export function readInfo(command: number): number {
  writeRegister(Register.command, command);
  return nativeAddon().readInfo();
}

/** The information that was just read. */
export function readMsgInfo(): MsgInfo {
  return {
    msgpool: fields()[InfoField.pool] as number,
    msgmap: fields()[InfoField.map] as number,
    msgmax: fields()[InfoField.max] as number,
    msgmnb: fields()[InfoField.mnb] as number,
    msgmni: fields()[InfoField.mni] as number,
    msgssz: fields()[InfoField.segmentSize] as number,
    msgtql: fields()[InfoField.tql] as number,
    msgseg: fields()[InfoField.segments] as number,
  };
}

/** msgctl with IPC_SET. */
export function setStatus(id: number, uid: number, gid: number, mode: number, maxBytes: number | bigint): number {
  writeRegister(Register.id, id);
  writeUnsigned(Register.uid, uid);
  writeUnsigned(Register.gid, gid);
  writeRegister(Register.mode, mode);
  writeUnsignedLong(Register.maxBytesLow, maxBytes);
  return nativeAddon().setStatus();
}

/** msgctl with IPC_RMID. */
export function removeQueue(id: number): number {
  writeRegister(Register.id, id);
  return nativeAddon().removeQueue();
}

/** Registers a queue for removal when this JavaScript environment ends, in any way that Node.js can notice. */
export function removeQueueAtEnd(id: number): void {
  writeRegister(Register.id, id);
  nativeAddon().removeQueueAtEnd();
}

/** Revokes one removeQueueAtEnd of this id. */
export function keepQueueAtEnd(id: number): void {
  writeRegister(Register.id, id);
  nativeAddon().keepQueueAtEnd();
}

/** Yields the processor to another thread that wants to run. */
export function yieldProcessor(): void {
  nativeAddon().yieldProcessor();
}

/** Makes the addon send messages from this ArrayBuffer, or from the initial slab again. False: the slab stays. */
export function useSlab(buffer?: ArrayBuffer): boolean {
  const slab = nativeAddon().useSlab(buffer);
  if (slab === undefined) return false;
  nativeAddon().slab = slab;
  return true;
}

/** Makes messages arrive in this ArrayBuffer, or in the initial inbox again. False: the inbox stays. */
export function useInbox(buffer?: ArrayBuffer): boolean {
  const inbox = nativeAddon().useInbox(buffer);
  if (inbox === undefined) return false;
  nativeAddon().inbox = inbox;
  return true;
}

/** Has the kernel map all pages of this memory now, in one call. */
export function prefault(buffer: ArrayBuffer): void {
  nativeAddon().prefault(buffer);
}
