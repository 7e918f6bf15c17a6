/** Reads the values of options. commander reports an invalid value, because it knows the option's name. */

import { readdirSync } from 'node:fs';
import { InvalidArgumentError } from 'commander';
import { LONG_MAX } from '../../core/constants';
import { CONSUMER_NAME, CONSUMER_NAME_RULE } from '../../queue/consumers';

const INT_MAX = 0x7fffffff;
const UINT32_MAX = 0xffffffff;
const INT32_MIN = -0x80000000;

/** A parser of whole numbers from `min` to `max`, in decimal, 0x… or 0o…. */
export function integer(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^(-?\d+|0[xX][0-9a-fA-F]+|0o[0-7]+)$/.test(text) ? Number(text) : Number.NaN;
    if (!Number.isSafeInteger(value) || value < min || value > max) {
      throw new InvalidArgumentError(`Expected a whole number from ${min} to ${max}.`);
    }
    return value;
  };
}

export const queueId = integer(0, INT_MAX);
export const count = integer(1, Number.MAX_SAFE_INTEGER);

/** A number of bytes that fits the kernel's int: 4096, 64K, 1M. */
export function bytes(text: string): number {
  const [, digits, unit = ''] = /^(\d+)([KMG]?)$/i.exec(text) ?? [];
  const value = Number(digits) * 1024 ** ' KMG'.indexOf(unit.toUpperCase() || ' ');
  if (!(value <= INT_MAX)) {
    throw new InvalidArgumentError(`Expected a number of bytes from 0 to ${INT_MAX}, such as 65536 or 64K.`);
  }
  return value;
}

/** A key, as key_t has it; 0 (IPC_PRIVATE) names no queue. */
export function key(text: string): number {
  const value = integer(INT32_MIN, UINT32_MAX)(text) | 0;
  if (value === 0) throw new InvalidArgumentError('0 is IPC_PRIVATE, which is not the key of any queue.');
  return value;
}

/** A message type: a number if that is exact, otherwise a bigint. */
export function messageType(text: string): number | bigint {
  const value = /^\d{1,19}$/.test(text) ? BigInt(text) : 0n;
  if (value < 1n || value > LONG_MAX) throw new InvalidArgumentError(`Expected a whole number from 1 to ${LONG_MAX}.`);
  return value > BigInt(Number.MAX_SAFE_INTEGER) ? value : Number(value);
}

/** The type that a receive selects, with the options for msgrcv's 0 and negative types. */
export function selectedType(text: string): number | bigint {
  if (/^0+$/.test(text)) throw new InvalidArgumentError('Leave --type out to take messages of any type.');
  if (/^-[1-9]\d*$/.test(text)) {
    throw new InvalidArgumentError(`Write --up-to ${text.slice(1)} for the lowest type up to ${text.slice(1)}.`);
  }
  return messageType(text);
}

/** Permission bits in octal: 660, 0660 or 0o660. */
export function mode(text: string): number {
  const value = /^(0o)?[0-7]{1,4}$/.test(text) ? Number.parseInt(text.replace(/^0o/, ''), 8) : -1;
  if (value < 0 || value > 0o777 || (value & 0o111) !== 0) {
    throw new InvalidArgumentError('Expected permission bits in octal without execute bits, from 000 to 666.');
  }
  return value;
}

const UNITS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A duration in milliseconds: 0, 500ms, 2s, 1.5m, 3h, 7d. The unit is required, because a bare 7 is ambiguous. */
export function duration(text: string): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)?$/.exec(text) ?? [];
  if (unit === undefined && Number(amount) > 0) {
    throw new InvalidArgumentError(
      `Write it with its unit: ${amount}ms, ${amount}s, ${amount}m, ${amount}h or ${amount}d?`,
    );
  }
  const value = Math.round(Number(amount) * (UNITS[unit ?? 'ms'] as number));
  if (!Number.isSafeInteger(value)) {
    throw new InvalidArgumentError('Expected a duration: 500ms, 2s, 1.5m, 3h, 7d.');
  }
  return value;
}

/** The longest delay of setTimeout: some 24 days. */
const MAX_TIMEOUT_MS = INT_MAX;

export function timeout(text: string): number {
  const value = duration(text);
  if (value > MAX_TIMEOUT_MS) throw new InvalidArgumentError('Expected 24 days at most.');
  return value;
}

/** A folder to look into. Without this check, a mistyped one would look like an empty one. */
export function readableFolder(path: string): string {
  try {
    readdirSync(path);
  } catch (error) {
    throw new InvalidArgumentError(`The folder can't be read (${(error as NodeJS.ErrnoException).code}).`);
  }
  return path;
}

/** The name of consumers that recover each other's messages. */
export function consumerName(text: string): string {
  if (!CONSUMER_NAME.test(text)) throw new InvalidArgumentError(`Expected ${CONSUMER_NAME_RULE}.`);
  return text;
}
