/** The native calls for messages that were taken and not received (native/core/taken_messages.h). */

import { ENOMEM } from '../core/errno';
import { copyBytes } from '../core/primordials';
import { nativeAddon, Register, readRegister, receivedType, writeLong, writeRegister } from './calls';
import { addonIsLoaded } from './registers';
import { reserveSlab, trimSlab, writeBytes } from './slab';

function withMessage(id: number, type: number | bigint, bytes: Uint8Array, call: 'keepTaken' | 'holdTaken'): number {
  if (!reserveSlab(bytes.length)) return ENOMEM;
  const length = writeBytes(bytes);
  writeRegister(Register.id, id);
  writeRegister(Register.length, length);
  writeLong(Register.typeLow, type);
  const result = nativeAddon()[call]();
  trimSlab();
  return result;
}

/**
 * Keeps a message for the next receive of this process. A negative errno: there is no memory, and the caller still owns
 * the message.
 */
export function keepTaken(id: number, type: number | bigint, bytes: Uint8Array): number {
  return withMessage(id, type, bytes, 'keepTaken');
}

/**
 * Holds a copy of a message that will be handed out, and returns its slot. If this thread ends first, in any way, the
 * message is kept.
 */
export function holdTaken(id: number, type: number | bigint, bytes: Uint8Array): number {
  return withMessage(id, type, bytes, 'holdTaken');
}

function onHeld(slot: number, call: 'dropHeld' | 'keepHeld'): void {
  writeRegister(Register.slot, slot);
  nativeAddon()[call]();
}

/** The message was handed out. */
export const dropHeld = (slot: number): void => onHeld(slot, 'dropHeld');
/** The message will not be handed out: keeps it. */
export const keepHeld = (slot: number): void => onHeld(slot, 'keepHeld');

/**
 * Gives the kept messages back, and waits for room for this many milliseconds in all. Returns the number that remain.
 */
export function giveBackKept(waitMs: number): number {
  // The end of the process asks, also where queues in memory are gone and there is no addon.
  if (!addonIsLoaded()) return 0;
  writeRegister(Register.waitMs, waitMs);
  return nativeAddon().giveBackKept();
}

/** The number of kept messages; for tests. */
export const countKept = (): number => nativeAddon().countKept();

export interface KeptMessage {
  id: number;
  type: number | bigint;
  bytes: Buffer;
  /** The reason why it could not be given back: a negative errno. */
  refused: number;
}

/** Removes the oldest kept message; the caller owns it. */
export function takeKept(): KeptMessage | undefined {
  const bytes = addonIsLoaded() ? nativeAddon().takeKept() : undefined;
  if (bytes === undefined) return undefined;
  const kept = { id: readRegister(Register.id), type: receivedType(), refused: readRegister(Register.result) };
  // In a program with several contexts (Jest's), the addon's Buffer belongs to another one.
  return { ...kept, bytes: copyBytes(bytes) };
}
