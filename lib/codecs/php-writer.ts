/** Writes PHP's serialization: null, booleans, integers, floats, strings and arrays. */

import { types } from 'node:util';
import { invalidType, outOfRange } from '../core/argument-errors';
import { checkPayload } from '../core/memory-validators';
import { copyBytes } from '../core/primordials';
import type { ReadPhp } from './php-options';
import { arrayKey, INT64_MAX, INT64_MIN, type PhpKey } from './php-values';

const EXPECTED =
  'null, a boolean, a number, a bigint, a string, bytes, or an array, Map or plain object of these, for PHP to read';
const INT64_RANGE = 'an integer >= -(2n ** 63n) and <= 2n ** 63n - 1n, as PHP has them';
const MAX_NAME_LENGTH = 200;

/** An array or object during the write: its contents, and the next one. */
interface Frame {
  container: object;
  /** The keys; undefined for 0, 1, 2 … */
  keys: PhpKey[] | undefined;
  values: unknown[];
  next: number;
}

/** Returns PHP's serialization of `value`: a string if all of it is text, otherwise bytes. */
export function serialize(value: unknown, options: ReadPhp): string | Uint8Array {
  const writer = new Writer(options);
  writer.writeAll(value);
  return writer.result();
}

// Not recursive, so that no value, however deep, exhausts the stack.
class Writer {
  readonly #latin1: boolean;
  readonly #maxDepth: number;
  readonly #open: Frame[] = [];
  readonly #containers = new Set<object>();
  // Bytes between pieces of text. #text collects the text until the next bytes come.
  readonly #parts: Uint8Array[] = [];
  #text = '';

  constructor(options: ReadPhp) {
    this.#latin1 = options.strings === 'latin1';
    this.#maxDepth = options.maxDepth;
  }

  result(): string | Uint8Array {
    if (this.#parts.length === 0 && !this.#latin1) return this.#text;
    this.#flush();
    return this.#parts.length === 1 ? (this.#parts[0] as Uint8Array) : Buffer.concat(this.#parts);
  }

  writeAll(value: unknown): void {
    this.#write(value);
    for (let frame = this.#open.at(-1); frame !== undefined; frame = this.#open.at(-1)) {
      const index = frame.next;
      frame.next += 1;
      if (index === frame.values.length) {
        this.#text += '}';
        this.#open.pop();
        this.#containers.delete(frame.container);
      } else {
        this.#writeKey(frame.keys === undefined ? index : (frame.keys[index] as PhpKey));
        this.#write(frame.values[index]);
      }
    }
  }

  #writeKey(key: PhpKey): void {
    if (typeof key === 'string') this.#writeString(key);
    else this.#text += `i:${key};`;
  }

  #write(value: unknown): void {
    if (value === null) this.#text += 'N;';
    else if (typeof value === 'boolean') this.#text += value ? 'b:1;' : 'b:0;';
    else if (typeof value === 'number') this.#text += numberText(value);
    else if (typeof value === 'bigint') this.#text += `i:${checkInt64(value, this.#name())};`;
    else if (typeof value === 'string') this.#writeString(value);
    else if (typeof value !== 'object') throw invalidType(this.#name(), EXPECTED, value);
    else if (ArrayBuffer.isView(value) || types.isAnyArrayBuffer(value)) this.#writeBytes(value);
    else this.#openFrame(value);
  }

  #writeString(value: string): void {
    // latin1 would silently drop the upper half of a wider UTF-16 character.
    if (this.#latin1 && /[^\0-\xff]/.test(value)) {
      throw outOfRange(this.#name(), "of characters up to U+00FF, with strings: 'latin1'", value);
    }
    const length = this.#latin1 ? value.length : Buffer.byteLength(value, 'utf8');
    this.#text += `s:${length}:"${value}";`;
  }

  #writeBytes(value: object): void {
    // A copy, because writing the next value may call the caller's getter, which could change the bytes.
    const bytes = copyBytes(checkPayload(value, this.#name()) as Uint8Array);
    this.#text += `s:${bytes.length}:"`;
    this.#flush();
    this.#parts.push(bytes);
    this.#text = '";';
  }

  #flush(): void {
    this.#parts.push(Buffer.from(this.#text, this.#latin1 ? 'latin1' : 'utf8'));
    this.#text = '';
  }

  #openFrame(container: object): void {
    if (this.#containers.has(container)) throw invalidType(this.#name(), 'without circles', container);
    if (this.#open.length >= this.#maxDepth) {
      throw outOfRange('data', `nested at most ${this.#maxDepth} deep (maxDepth)`, container);
    }
    const frame = frameOf(container, () => this.#name());
    this.#text += `a:${frame.values.length}:{`;
    this.#open.push(frame);
    this.#containers.add(container);
  }

  /** The path of the current value in errors: data.items[3], for example. */
  #name(): string {
    const name = this.#open.map(stepOf).join('');
    return `data${name.length > MAX_NAME_LENGTH ? `${name.slice(0, MAX_NAME_LENGTH)}…` : name}`;
  }
}

function stepOf({ container, keys, next }: Frame): string {
  const key = keys === undefined ? next - 1 : keys[next - 1];
  if (!types.isMap(container) && keys !== undefined) return `.${key}`;
  return `[${typeof key === 'string' ? JSON.stringify(key) : key}]`;
}

function frameOf(container: object, name: () => string): Frame {
  if (Array.isArray(container)) {
    return { container, keys: undefined, values: Array.from(container, nullFor), next: 0 };
  }
  if (types.isMap(container)) {
    return { container, keys: mapKeys(container, name), values: Array.from(container.values(), nullFor), next: 0 };
  }
  if (!isPlain(container)) throw invalidType(name(), EXPECTED, container);
  const entries = Object.entries(container).filter(([, value]) => value !== undefined);
  const keys = entries.map(([key]) => arrayKey(key));
  return { container, keys, values: entries.map(([, value]) => value), next: 0 };
}

// Like JSON.stringify: undefined becomes null in a list, and a property that is undefined is omitted.
function nullFor(value: unknown): unknown {
  return value ?? null;
}

function mapKeys(map: Map<unknown, unknown>, name: () => string): PhpKey[] {
  const keys = Array.from(map.keys(), (key) => checkKey(key, name));
  if (new Set(keys).size < keys.length) {
    throw outOfRange(name(), 'a Map whose keys PHP can tell apart (5, 5n and "5" are one key to it)', map);
  }
  return keys;
}

function checkKey(key: unknown, name: () => string): PhpKey {
  if (typeof key === 'string') return arrayKey(key);
  if (typeof key === 'bigint') return arrayKey(checkInt64(key, name()));
  if (typeof key !== 'number') throw invalidType(name(), 'a Map whose keys are strings, numbers or bigints', key);
  if (!Number.isSafeInteger(key)) throw outOfRange(name(), 'a Map whose number keys are safe integers', key);
  return key + 0; // -0 is 0.
}

function checkInt64(value: bigint, name: string): bigint {
  if (value < INT64_MIN || value > INT64_MAX) throw outOfRange(name, INT64_RANGE, value);
  return value;
}

// An exact integer becomes PHP's int; larger numbers and -0 become floats, as they are in JavaScript.
function numberText(value: number): string {
  if (Number.isSafeInteger(value) && !Object.is(value, -0)) return `i:${value};`;
  if (Number.isNaN(value)) return 'd:NAN;';
  if (value === Number.POSITIVE_INFINITY) return 'd:INF;';
  if (value === Number.NEGATIVE_INFINITY) return 'd:-INF;';
  return `d:${Object.is(value, -0) ? '-0' : value};`;
}

// Plain objects of any realm: their prototype is null, or has none itself.
function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null;
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
