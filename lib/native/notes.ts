/**
 * Notes that outlive a killed process: the beginning of a file as memory, and a thread that sends messages and notes
 * each. native/core/mapped_file.h and native/core/noting_sender.h describe them.
 */

import { nativeAddon, Register, writeRegister } from './calls';
import type { NotedBatch } from './noted-batch';
import { selectMailbox } from './wait-calls';

/**
 * Maps the first `bytes` of a file: a store is in the file at once, without a system call, and outlives a killed process.
 * Returns a negative errno where that fails.
 */
export function mapStateFile(path: string, bytes: number): ArrayBuffer | number {
  writeRegister(Register.length, bytes);
  return nativeAddon().mapStateFile(path);
}

/** A sender to a queue that notes in the first `bytes` of a file: its slot, or a negative errno. */
export function openNotingSender(id: number, path: string, bytes: number, token: number): number {
  selectMailbox();
  writeRegister(Register.id, id);
  writeRegister(Register.length, bytes);
  writeRegister(Register.token, token);
  return nativeAddon().openNotingSender(path);
}

/**
 * Starts a batch; the previous one has ended. An event reports how many messages, the first ones, are in the queue and
 * noted; or, when none is, a negative errno. Returns 0, or -EAGAIN without memory or a thread.
 */
export function startNotedBatch(slot: number, batch: NotedBatch): number {
  const { count, bytes, memory } = batch;
  selectMailbox();
  writeRegister(Register.slot, slot);
  writeRegister(Register.length, bytes);
  writeRegister(Register.count, count);
  return nativeAddon().startNotedBatch(memory);
}

/** Sends no further message; the event still comes. */
export function cancelNotedBatch(slot: number): void {
  selectMailbox();
  writeRegister(Register.slot, slot);
  nativeAddon().cancelNotedBatch();
}

export function closeNotingSender(slot: number): void {
  selectMailbox();
  writeRegister(Register.slot, slot);
  nativeAddon().closeNotingSender();
}
