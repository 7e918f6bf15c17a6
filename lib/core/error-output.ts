/** How errors are shown: as JSON for logs, and with readable numbers for console.log. */

import { type InspectOptionsStylized, inspect } from 'node:util';
import { formatKey, formatMode } from './format';

/** The depth of nested causes that are shown. */
const MAX_DEPTH = 4;

/**
 * Converts an error for JSON.stringify: bigints as decimal digits, bytes as base64. An error may carry any value, so
 * nothing here throws.
 */
export function errorToJson(error: Error): Record<string, unknown> {
  return plainError(error, 0);
}

function plainError(error: Error, depth: number): Record<string, unknown> {
  const { name, message, stack, cause } = error;
  const plain: Record<string, unknown> = { name: String(name), message: String(message) };
  for (const [property, value] of Object.entries(error)) {
    if (property !== 'cause') plain[property] = plainValue(value, depth + 1);
  }
  if (cause !== undefined) plain['cause'] = plainValue(cause, depth + 1);
  if (typeof stack === 'string') plain['stack'] = stack;
  return plain;
}

function plainValue(value: unknown, depth: number): unknown {
  try {
    if (typeof value === 'bigint') return String(value);
    if (typeof value === 'function' || typeof value === 'symbol') return inspect(value);
    if (typeof value !== 'object' || value === null) return value;
    if (value instanceof Uint8Array) {
      return { base64: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64') };
    }
    if (depth > MAX_DEPTH) return inspect(value, { depth: 0 });
    if (isError(value)) return plainError(value, depth);
    if (value instanceof Date) return value.toJSON();
    if (Array.isArray(value)) return value.map((element) => plainValue(element, depth + 1));
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, plainValue(each, depth + 1)]));
  } catch {
    return '(cannot be shown)'; // A getter or a proxy that throws.
  }
}

function isError(value: object): value is Error {
  return value instanceof Error || Object.prototype.toString.call(value) === '[object Error]';
}

/** Replaces a number in the output of console.log. */
class Written {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  [inspect.custom](_depth: number, options: InspectOptionsStylized): string {
    return options.stylize(this.#text, 'number');
  }
}

/** A key in hexadecimal, for inspect. */
const inspectedKey = (key: number): object => new Written(formatKey(key));

/** An error's text in console.log: Node.js's own, with the key in hexadecimal and modes in octal. */
export function inspectError(error: Error, options: InspectOptionsStylized): string {
  // inspect must see an error without this function, which it would call again.
  const shown = new Error();
  Object.setPrototypeOf(shown, Object.getPrototypeOf(error));
  for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(error))) {
    Object.defineProperty(shown, name, { ...plainDescriptor(error, name, property), configurable: true });
  }
  Object.defineProperty(shown, inspect.custom, { value: undefined });
  return inspect(shown, options);
}

function plainDescriptor(error: Error, name: string, property: PropertyDescriptor): PropertyDescriptor {
  const value = (error as unknown as Record<string, unknown>)[name];
  return { value: written(name, value), enumerable: property.enumerable === true, writable: true };
}

function written(name: string, value: unknown): unknown {
  if (name === 'key' && typeof value === 'number') return inspectedKey(value);
  if (name === 'owner' && typeof value === 'object' && value !== null && 'mode' in value) {
    return { ...value, mode: new Written(formatMode(value.mode as number)) };
  }
  return value;
}
