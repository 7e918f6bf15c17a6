/**
 * The errors of invalid arguments, worded like Node's own. The checks are in validators.ts and memory-validators.ts.
 */

import { inspect } from 'node:util';

// Reads no property of an object: that could run a caller's code.
function describe(value: unknown): string {
  if (value === null || value === undefined) return `${value}`;
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'object') return Array.isArray(value) ? 'an array' : 'an object';
  return `type ${typeof value} (${shown(value)})`;
}

const MAX_SHOWN = 128;

// Cut before it is inspected: the value may be a text of many megabytes.
function shown(value: unknown): string {
  if (typeof value !== 'string' || value.length <= MAX_SHOWN) return inspect(value);
  return `${inspect(value.slice(0, MAX_SHOWN))}... (${value.length} characters)`;
}

function withCode<E extends Error>(error: E, code: string): E {
  return Object.assign(error, { code });
}

/** `TypeError [ERR_INVALID_ARG_TYPE]`. `expected` follows "must be"; `hint` is a sentence for the likely habit. */
export function invalidType(name: string, expected: string, value: unknown, hint?: string): TypeError {
  return invalidKind(name, expected, describe(value), hint ?? absenceHint(name, value));
}

/** null, as None and NULL of other languages, for an option. */
function absenceHint(name: string, value: unknown): string | undefined {
  return value === null && /^(options|select|change)\./.test(name) ? 'Leave it out, or pass undefined.' : undefined;
}

/** The same error for a value of the right class that is not usable. `received` follows "Received". */
export function invalidKind(name: string, expected: string, received: string, hint?: string): TypeError {
  const error = new TypeError(`The "${name}" ${kindOf(name)} must be ${expected}. Received ${received}${after(hint)}`);
  return withCode(error, 'ERR_INVALID_ARG_TYPE');
}

/** `RangeError [ERR_OUT_OF_RANGE]`. `range` follows "It must be"; `hint` is a sentence for the likely habit. */
export function outOfRange(name: string, range: string, value: unknown, hint?: string): RangeError {
  const received = typeof value === 'object' ? describe(value) : shown(value);
  const error = new RangeError(
    `The value of "${name}" is out of range. It must be ${range}. Received ${received}${after(hint)}`,
  );
  return withCode(error, 'ERR_OUT_OF_RANGE');
}

const kindOf = (name: string): string => (name.includes('.') ? 'property' : 'argument');
const after = (hint: string | undefined): string => (hint === undefined ? '' : `. ${hint}`);

/** `TypeError [ERR_INVALID_ARG_VALUE]`: the right type, but an invalid value. `fault` follows the name. */
export function invalidValue(name: string, fault: string): TypeError {
  return withCode(new TypeError(`The ${kindOf(name)} "${name}" ${fault}`), 'ERR_INVALID_ARG_VALUE');
}
