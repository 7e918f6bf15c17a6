/** What the kernel says of the IPC namespace that the tests run in, read without the library under test. */

import { readFileSync, writeFileSync } from 'node:fs';

/** The ids of all queues, from /proc/sysvipc/msg. */
export function remainingQueues(): number[] {
  const [, ...lines] = readFileSync('/proc/sysvipc/msg', 'latin1').trim().split('\n');
  return lines.map((line) => Number(line.trim().split(/\s+/)[1]));
}

export type LimitFile = 'msgmni' | 'msgmax' | 'msgmnb';

const DEFAULTS: Record<LimitFile, number> = { msgmni: 32000, msgmax: 8192, msgmnb: 16384 };

export function readLimit(name: LimitFile): number {
  return Number(readFileSync(`/proc/sys/kernel/${name}`, 'latin1'));
}

/** Sets a limit for the rest of a test; it is put back afterwards (each-test.ts). */
export function setLimit(name: LimitFile, value: number): void {
  writeFileSync(`/proc/sys/kernel/${name}`, String(value));
}

/** Puts the limits back to what a new namespace has. */
export function restoreLimits(): void {
  for (const [name, value] of Object.entries(DEFAULTS)) {
    if (readLimit(name as LimitFile) !== value) setLimit(name as LimitFile, value);
  }
}
