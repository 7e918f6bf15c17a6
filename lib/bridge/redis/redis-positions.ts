/** Ids of entries, `milliseconds-sequence`, as positions: 64 bits each. */

import type { StreamPosition } from '../engine';

const LOW = 0xffff_ffff_ffff_ffffn;

export function positionOf(id: string): bigint {
  const dash = id.indexOf('-');
  return (BigInt(id.slice(0, dash)) << 64n) | BigInt(id.slice(dash + 1));
}

export function idOf(position: StreamPosition): string {
  const whole = BigInt(position);
  return `${whole >> 64n}-${whole & LOW}`;
}

export function millisecondsOf(id: string): number {
  return Number(id.slice(0, id.indexOf('-')));
}
