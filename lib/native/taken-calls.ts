/** The native calls for messages that were taken and that nobody has got (native/core/taken_messages.h). */

import { ENOMEM } from '../core/errno';
import { copyBytes } from '../core/primordials';
import { nativeAddon, Register, readRegister, receivedType, writeLong, writeRegister } from './calls';
import { INITIAL_SLAB_BYTES, reserveSlab, trimSlab, writeBytes } from './slab';

function withMessage(id: number, type: number | bigint, bytes: Uint8Array, call: 'keepTaken' | 'holdTaken'): number {
  if (bytes.length > INITIAL_SLAB_BYTES && !reserveSlab(bytes.length)) return ENOMEM;
  const length = writeBytes(bytes);
  writeRegister(Register.id, id);
  writeRegister(Register.length, length);
  writeLong(Register.typeLow, type);
  const result = nativeAddon()[call]();
  trimSlab();
  return result;
}

/** Keeps a message for the next receive of this process. A negative errno: there is no memory, and it is the caller's. */
export function keepTaken(id: number, type: number | bigint, bytes: Uint8Array): number {
  return withMessage(id, type, bytes, 'keepTaken');
}

/** Holds a copy of a message that is about to be handed out: the end of this thread, however it comes, keeps it. Its slot. */
export function holdTaken(id: number, type: number | bigint, bytes: Uint8Array): number {
  return withMessage(id, type, bytes, 'holdTaken');
}

function onHeld(slot: number, call: 'dropHeld' | 'keepHeld'): void {
  writeRegister(Register.slot, slot);
  nativeAddon()[call]();
}

/** It was handed out. */
export const dropHeld = (slot: number): void => onHeld(slot, 'dropHeld');
/** It will not be handed out: it is kept. */
export const keepHeld = (slot: number): void => onHeld(slot, 'keepHeld');

/** Gives back what is kept, waiting for room for so many milliseconds in all. How many messages are left. */
export function giveBackKept(waitMs: number): number {
  writeRegister(Register.waitMs, waitMs);
  return nativeAddon().giveBackKept();
}

/** How many messages are kept; for tests. */
export const countKept = (): number => nativeAddon().countKept();

export interface KeptMessage {
  id: number;
  type: number | bigint;
  bytes: Buffer;
  /** Why it could not be given back: a negative errno. */
  refused: number;
}

/** Takes out the oldest message that is kept; it is the caller's. */
export function takeKept(): KeptMessage | undefined {
  const bytes = nativeAddon().takeKept();
  if (bytes === undefined) return undefined;
  const kept = { id: readRegister(Register.id), type: receivedType(), refused: readRegister(Register.result) };
  // The addon's Buffer is of another context where a program has several (Jest's).
  return { ...kept, bytes: copyBytes(bytes) };
}
