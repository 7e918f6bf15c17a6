/** The typed native calls for waiting. native/core/waiter.h and native/core/sender.h describe them. */

import { nativeAddon, Register, readRegister, receivedType, writeLong, writeRegister } from './calls';

/** An event of a subscription or a sender, which its token identifies. */
interface WaitEvent {
  token: number;
  /** 0, or a negative errno. */
  result: number;
  /** The type of the empty message that the wait has taken. */
  type: number | bigint;
}

let mailbox: number | undefined;

/** Opens this module's mailbox. `onEvents` runs on the event loop. */
export function openMailbox(onEvents: () => void): void {
  const number = nativeAddon().openMailbox(onEvents);
  if (number < 0) throw new Error('sysvmq: no memory to wait');
  mailbox = number;
}

/** Closes the mailbox, and cancels every wait that uses it. */
export function closeMailbox(): void {
  selectMailbox();
  nativeAddon().closeMailbox();
  mailbox = undefined;
}

// Another copy of this module may have used the registers for its own mailbox.
export function selectMailbox(): void {
  writeRegister(Register.mailbox, mailbox ?? -1);
}

/** Sets whether pending waits keep the event loop alive. */
export function referenceMailbox(referenced: boolean): void {
  selectMailbox();
  writeRegister(Register.referenced, referenced ? 1 : 0);
  nativeAddon().referenceMailbox();
}

export function nextEvent(): WaitEvent | undefined {
  selectMailbox();
  if (nativeAddon().nextEvent() === 0) return undefined;
  return { token: readRegister(Register.token), result: readRegister(Register.result), type: receivedType() };
}

export function subscribe(id: number, type: number | bigint, flags: number, token: number): number {
  selectMailbox();
  writeRegister(Register.id, id);
  writeRegister(Register.flags, flags);
  writeRegister(Register.token, token);
  writeLong(Register.typeLow, type);
  return nativeAddon().subscribe();
}

function onSlot(slot: number, call: 'arm' | 'disarm' | 'unsubscribe' | 'cancelSend' | 'closeSender'): number {
  selectMailbox();
  writeRegister(Register.slot, slot);
  return nativeAddon()[call]();
}

/** Waits for the next event. Returns 0, or -EAGAIN when no thread could be started. */
export const arm = (slot: number): number => onSlot(slot, 'arm');
/** Stops waiting. Returns 1, or 0 when an event is already pending. */
export const disarm = (slot: number): number => onSlot(slot, 'disarm');
export const unsubscribe = (slot: number): number => onSlot(slot, 'unsubscribe');

export function openSender(id: number, token: number): number {
  selectMailbox();
  writeRegister(Register.id, id);
  writeRegister(Register.token, token);
  return nativeAddon().openSender();
}

/**
 * Sends the first `length` bytes of the slab's text once there is room. Returns 0, or -EAGAIN without memory or thread.
 */
export function startSend(slot: number, type: number | bigint, length: number): number {
  selectMailbox();
  writeRegister(Register.slot, slot);
  writeRegister(Register.length, length);
  writeLong(Register.typeLow, type);
  return nativeAddon().startSend();
}

/** Cancels the pending message; an event reports the outcome. */
export const cancelSend = (slot: number): number => onSlot(slot, 'cancelSend');
export const closeSender = (slot: number): number => onSlot(slot, 'closeSender');
