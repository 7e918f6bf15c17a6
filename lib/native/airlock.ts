/** The typed native calls of an airlock. native/core/airlock.h and airlock_waiter.h describe them. */

import { readdirSync } from 'node:fs';
import { nativeAddon, Register, readRegister, writeLong, writeRegister } from './calls';
import { queuesAreInMemory } from './registers';
import { selectMailbox } from './wait-calls';

// The enums have the names and the order of native/binding/registers.h; a test compares them.

/** The fields that describeAirlock fills in. */
export const enum AirlockField {
  slots,
  capacity,
  bytes,
  instanceLow,
  instanceHigh,
  queueId,
  owner,
  ownerLives,
  damaged,
  free,
  linked,
}

/** The fields that takeIntoAirlock and readAirlock fill in; noteInAirlock reads notBefore. */
export const enum InHandField {
  sequence,
  attempts,
  notBefore,
  takenAt,
  uncertain,
}

/** The fields that identifyNamespace fills in: halves of a number of 64 bits. */
export const enum NamespaceField {
  markLow,
  markHigh,
}

export function airlockField(field: AirlockField): number {
  return nativeAddon().fields[field] as number;
}

export function inHandField(field: InHandField): number {
  return nativeAddon().fields[field] as number;
}

/** Returns 0, or the reason why the folder is not usable. */
export function checkAirlockFolder(folder: string): number {
  return nativeAddon().checkAirlockFolder(folder);
}

/** The names in a folder. @throws where it cannot be read. */
export function filesInFolder(folder: string): string[] {
  // Looking into a folder takes no addon.
  return queuesAreInMemory() ? (nativeAddon().listAirlocks?.(folder) ?? []) : readdirSync(folder);
}

/** Creates a file and holds its lock. Returns the airlock's number, or a negative errno. */
export function createAirlock(
  folder: string,
  name: string,
  slots: number,
  capacity: number,
  queueId: number,
  queueKey: number,
): number {
  writeRegister(Register.count, slots);
  writeRegister(Register.capacity, capacity);
  writeRegister(Register.id, queueId);
  writeRegister(Register.key, queueKey);
  return nativeAddon().createAirlock(folder, name);
}

/** Takes over a dead owner's file, or only inspects a file. */
export function openAirlock(folder: string, name: string, inspect: boolean): number {
  writeRegister(Register.flags, inspect ? 1 : 0);
  return nativeAddon().openAirlock(folder, name);
}

type AirlockCall = 'closeAirlock' | 'describeAirlock';
type SlotCall = 'nextInHand' | 'freeInAirlock' | 'endAirlockWait';

export function onAirlock(airlock: number, call: AirlockCall): number {
  const native = nativeAddon();
  writeRegister(Register.airlock, airlock);
  return native[call]();
}

export function onAirlockSlot(airlock: number, slot: number, call: SlotCall): number {
  const native = nativeAddon();
  writeRegister(Register.airlock, airlock);
  writeRegister(Register.airlockSlot, slot);
  return native[call]();
}

/**
 * Takes the next matching message. Returns its slot, or a negative errno. `arrivedLength` then returns its length; the
 * message is in the inbox if `room` bytes were enough.
 */
export function takeIntoAirlock(
  airlock: number,
  id: number,
  type: number | bigint,
  flags: number,
  room: number,
): number {
  writeRegister(Register.airlock, airlock);
  writeRegister(Register.id, id);
  writeRegister(Register.flags, flags);
  writeRegister(Register.length, room);
  writeLong(Register.typeLow, type);
  return nativeAddon().takeIntoAirlock();
}

/**
 * Takes up to `max` matching messages. Returns how many are records of a batch in the inbox, or a negative errno.
 * `batchEnd`: 0 when more may follow, or the errno of the take that failed. `slot`: one more message that does not fit
 * the inbox; -1: none. Their sequences are consecutive, and `inHandField` has the last one.
 */
export function takeBatchIntoAirlock(
  airlock: number,
  id: number,
  type: number | bigint,
  flags: number,
  max: number,
): { records: number; slot: number; batchEnd: number } {
  writeRegister(Register.airlock, airlock);
  writeRegister(Register.id, id);
  writeRegister(Register.flags, flags);
  writeRegister(Register.count, max);
  writeLong(Register.typeLow, type);
  const records = nativeAddon().takeBatchIntoAirlock();
  if (records < 0) return { records: 0, slot: -1, batchEnd: records };
  return { records, slot: readRegister(Register.airlockSlot), batchEnd: readRegister(Register.batchEnd) };
}

/** The length of the message just taken. */
export function arrivedLength(): number {
  return readRegister(Register.length);
}

/** Copies the message of a slot into the inbox if `room` bytes are enough, and returns its length. -1: no copy. */
export function readAirlock(airlock: number, slot: number, room: number): number {
  writeRegister(Register.airlock, airlock);
  writeRegister(Register.airlockSlot, slot);
  writeRegister(Register.length, room);
  return nativeAddon().readAirlock();
}

export function noteInAirlock(airlock: number, slot: number, attempts: number, notBefore: number): number {
  const native = nativeAddon();
  writeRegister(Register.airlock, airlock);
  writeRegister(Register.airlockSlot, slot);
  writeRegister(Register.attempts, attempts);
  native.fields[InHandField.notBefore] = notBefore;
  return native.noteInAirlock();
}

export function openAirlockWaiter(airlock: number, token: number): number {
  selectMailbox();
  writeRegister(Register.airlock, airlock);
  writeRegister(Register.token, token);
  return nativeAddon().openAirlockWaiter();
}

/** Starts a wait for a matching message. Returns the slot reserved for an empty one, or a negative errno. */
export function startAirlockWait(
  airlock: number,
  waiter: number,
  id: number,
  type: number | bigint,
  flags: number,
): number {
  selectMailbox();
  writeRegister(Register.airlock, airlock);
  writeRegister(Register.slot, waiter);
  writeRegister(Register.id, id);
  writeRegister(Register.flags, flags);
  writeLong(Register.typeLow, type);
  return nativeAddon().startAirlockWait();
}

export function onAirlockWaiter(waiter: number, call: 'cancelAirlockWait' | 'closeAirlockWaiter'): number {
  selectMailbox();
  writeRegister(Register.slot, waiter);
  return nativeAddon()[call]();
}

/**
 * Finds out which folder the consumers that share `key` use, and returns the claim's number; see
 * native/core/shared_claim.h.
 */
export function claimFolder(key: number, folder: string): { result: number; claim: number } {
  writeRegister(Register.key, key);
  const result = nativeAddon().claimFolder(folder);
  return { result, claim: readRegister(Register.slot) };
}

export function releaseClaim(claim: number): void {
  writeRegister(Register.slot, claim);
  nativeAddon().releaseClaim();
}

/**
 * A number that no other IPC namespace has had, in hexadecimal digits; or the negative errno. See
 * native/core/ipc_namespace.h.
 */
export function namespaceMark(): string | number {
  const native = nativeAddon();
  const result = native.identifyNamespace();
  if (result < 0) return result;
  const digits = (half: NamespaceField): string => (native.fields[half] as number).toString(16);
  return digits(NamespaceField.markHigh) + digits(NamespaceField.markLow).padStart(8, '0');
}
