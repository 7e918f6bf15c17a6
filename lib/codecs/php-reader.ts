/** Reads PHP's serialization: null, booleans, integers, floats, strings, arrays, references, and objects as plain ones. */

import { isUtf8 } from 'node:buffer';
import type { ReadPhp } from './php-options';
import { arrayKey, INT64_MAX, INT64_MIN, type PhpKey } from './php-values';

const COLON = 0x3a;
const SEMICOLON = 0x3b;
const QUOTE = 0x22;
const OPEN = 0x7b;
const CLOSE = 0x7d;
const ZERO = 0x30;
const ONE = 0x31;

const INTEGER = /^([+-]?)0*(\d{1,19})$/;
const FLOAT = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/;
const LENGTH = /^\d{1,10}$/;
// Longer than any number that PHP writes, so that a message without a semicolon is not searched to its end for each
// number.
const MAX_NUMBER = 1100;

/** An array or object during the read: its values so far, the key of the next one, and how many remain. */
interface Frame {
  kind: 'array' | 'object';
  slot: number;
  left: number;
  keys: PhpKey[];
  values: unknown[];
}

/** Stands for a value that a reference may name but that is not complete: JavaScript cannot have it before. */
const incomplete = Symbol('incomplete');

/**
 * Returns the value in `bytes`. Throws a SyntaxError with the offset of the first error, or a TypeError for an
 * unsupported value.
 */
export function unserialize(bytes: Buffer, options: ReadPhp): unknown {
  return new Reader(bytes, options).readAll();
}

// Not recursive, so that no message, however deep, exhausts the stack.
class Reader {
  readonly #bytes: Buffer;
  readonly #options: ReadPhp;
  #at = 0;
  // Every value except keys and R: references, in the order of their beginnings, which PHP counts from 1.
  readonly #slots: unknown[] = [undefined];
  readonly #open: Frame[] = [];

  constructor(bytes: Buffer, options: ReadPhp) {
    this.#bytes = bytes;
    this.#options = options;
  }

  readAll(): unknown {
    for (;;) {
      let value = this.#readValue();
      // A value that completes an array may complete the one around it, and so on.
      while (value !== incomplete) {
        const frame = this.#open.at(-1);
        if (frame === undefined) return this.#requireEnd(value);
        frame.values.push(value);
        frame.left -= 1;
        value = this.#nextOf(frame);
      }
    }
  }

  #requireEnd(value: unknown): unknown {
    if (this.#at !== this.#bytes.length) throw this.#wrong('the value ends here, but the message does not');
    return value;
  }

  /** Reads the key of a frame's next value, or the frame's end, which completes its own value. */
  #nextOf(frame: Frame): unknown {
    if (frame.left > 0) {
      frame.keys.push(this.#readKey(frame.kind));
      return incomplete;
    }
    this.#expect(CLOSE);
    this.#open.pop();
    const value = this.#complete(frame);
    this.#slots[frame.slot] = value;
    return value;
  }

  /** Reads a value; `incomplete` when it is an array or object that has just begun, or lies inside one. */
  #readValue(): unknown {
    const type = String.fromCharCode(this.#bytes[this.#at] ?? 0);
    if (type === 'R' || type === 'r') return this.#readReference(type);
    const slot = this.#slots.push(incomplete) - 1;
    if (type === 'a' || type === 'O') return this.#nextOf(this.#openFrame(type, slot));
    const value = this.#readScalar(type);
    this.#slots[slot] = value;
    return value;
  }

  #readScalar(type: string): unknown {
    if (type === 'N') {
      this.#at += 1;
      this.#expect(SEMICOLON);
      return null;
    }
    if (type === 's') return this.#stringValue(this.#readString());
    if (type === 'b') return this.#readBoolean();
    if (type === 'i') return this.#integerValue(this.#readInteger());
    if (type === 'd') return this.#readFloat();
    if (type === 'C' || type === 'E') {
      throw new TypeError(`an object with its own serialization, or an enum, at byte ${this.#at}: these are not read`);
    }
    throw this.#wrong('no type of PHP begins here');
  }

  #openFrame(type: 'a' | 'O', slot: number): Frame {
    const start = this.#at;
    this.#begin();
    if (type === 'O') {
      const name = this.#quoted().toString('latin1');
      this.#expect(COLON);
      if (this.#options.objects === 'refuse') {
        throw new TypeError(
          `an object of the class ${JSON.stringify(name)} at byte ${start}: the codec refuses objects`,
        );
      }
    }
    const left = this.#readLength();
    this.#expect(OPEN);
    if (this.#open.length >= this.#options.maxDepth) {
      throw this.#wrong(`arrays are nested deeper than ${this.#options.maxDepth} (maxDepth)`, start);
    }
    const frame: Frame = { kind: type === 'a' ? 'array' : 'object', slot, left, keys: [], values: [] };
    this.#open.push(frame);
    return frame;
  }

  #complete({ kind, keys, values }: Frame): unknown {
    if (kind === 'array') {
      if (keys.every((key, index) => key === index)) return values;
      if (this.#options.associative === 'map') return new Map(keys.map((key, index) => [key, values[index]]));
    }
    const object: Record<string, unknown> = {};
    for (const [index, key] of keys.entries()) {
      // Assigning to __proto__ would change the object's prototype.
      if (key !== '__proto__') object[String(key)] = values[index];
      else Object.defineProperty(object, key, own(values[index]));
    }
    if (kind === 'object' && Object.keys(object).length < keys.length) {
      throw this.#wrong('two properties of this object have the same name, once as a private one');
    }
    return object;
  }

  #readKey(kind: Frame['kind']): PhpKey {
    const start = this.#at;
    const type = this.#bytes[start];
    if (type === 0x69 /* i */) return arrayKey(this.#readInteger());
    if (type !== 0x73 /* s */) throw this.#wrong('a key must be an integer or a string');
    const bytes = this.#readString();
    const key = this.#options.strings === 'latin1' ? bytes.toString('latin1') : this.#utf8(bytes, start);
    // A private property's name comes with its class, a protected one's with a star: "\0Class\0name".
    return kind === 'array' ? arrayKey(key) : key.replace(/^\0[^\0]+\0/, '');
  }

  #readReference(type: 'R' | 'r'): unknown {
    const start = this.#at;
    const value = this.#slots[Number(this.#readInteger())];
    if (value === undefined) throw this.#wrong('a reference to a value that is not there', start);
    if (value === incomplete)
      throw new TypeError(`a reference at byte ${start} to a value around it: these are not read`);
    if (type === 'r') this.#slots.push(value); // Only R: has no number of its own.
    return value;
  }

  #readString(): Buffer {
    this.#begin();
    const bytes = this.#quoted();
    this.#expect(SEMICOLON);
    return bytes;
  }

  /** `LENGTH:"bytes"`: whatever the bytes are, quotes too. */
  #quoted(): Buffer {
    const length = this.#readLength();
    this.#expect(QUOTE);
    const start = this.#at;
    this.#at += length;
    this.#expect(QUOTE);
    return this.#bytes.subarray(start, start + length);
  }

  #readBoolean(): boolean {
    this.#begin();
    const digit = this.#bytes[this.#at];
    if (digit !== ZERO && digit !== ONE) throw this.#wrong('a boolean must be 0 or 1');
    this.#at += 1;
    this.#expect(SEMICOLON);
    return digit === ONE;
  }

  #readInteger(): bigint | number {
    const start = this.#at;
    this.#begin();
    const [, sign, digits] = INTEGER.exec(this.#textUntil(SEMICOLON)) ?? [];
    if (digits === undefined) throw this.#wrong('this is not an integer of 64 bits', start);
    if (digits.length < 16) return Number(`${sign}${digits}`) + 0; // -0 is 0.
    const value = BigInt(digits) * (sign === '-' ? -1n : 1n);
    if (value < INT64_MIN || value > INT64_MAX) throw this.#wrong('this is not an integer of 64 bits', start);
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  }

  #readFloat(): number {
    const start = this.#at;
    this.#begin();
    const text = this.#textUntil(SEMICOLON);
    if (FLOAT.test(text)) return Number(text);
    if (text === 'NAN') return Number.NaN;
    if (text === 'INF') return Number.POSITIVE_INFINITY;
    if (text === '-INF') return Number.NEGATIVE_INFINITY;
    throw this.#wrong('this is not a float', start);
  }

  #readLength(): number {
    const start = this.#at;
    const text = this.#textUntil(COLON);
    const length = Number(text);
    // An array cannot have more values than bytes are left: each value takes bytes.
    if (!LENGTH.test(text) || length > this.#bytes.length - this.#at) {
      throw this.#wrong('this is not a length, or longer than the message', start);
    }
    return length;
  }

  /** The text up to a byte, which is skipped. */
  #textUntil(end: number): string {
    const start = this.#at;
    const limit = Math.min(this.#bytes.length, start + MAX_NUMBER);
    let at = start;
    while (at < limit && this.#bytes[at] !== end) at += 1;
    if (at === limit) throw this.#wrong(`"${String.fromCharCode(end)}" is missing`);
    this.#at = at + 1;
    return this.#bytes.toString('latin1', start, at);
  }

  /** Skips the letter of a type and its colon. */
  #begin(): void {
    this.#at += 1;
    this.#expect(COLON);
  }

  #expect(byte: number): void {
    if (this.#bytes[this.#at] !== byte) throw this.#wrong(`"${String.fromCharCode(byte)}" is missing`);
    this.#at += 1;
  }

  #stringValue(bytes: Buffer): string | Buffer {
    if (this.#options.strings === 'latin1') return bytes.toString('latin1');
    // A copy: the values of a message share no memory with it, or with each other.
    if (this.#options.strings === 'buffer') return Buffer.from(bytes);
    return this.#utf8(bytes, this.#at - bytes.length - 2);
  }

  #utf8(bytes: Buffer, start: number): string {
    if (isUtf8(bytes)) return bytes.toString('utf8');
    throw new TypeError(
      `the string at byte ${start} is not UTF-8: codecs.php({ strings: 'buffer' }) and 'latin1' read any bytes`,
    );
  }

  #integerValue(value: bigint | number): bigint | number {
    return this.#options.integers === 'bigint' ? BigInt(value) : value;
  }

  #wrong(why: string, at = this.#at): SyntaxError {
    return new SyntaxError(`at byte ${Math.min(at, this.#bytes.length)} of ${this.#bytes.length}: ${why}`);
  }
}

function own(value: unknown): PropertyDescriptor {
  return { value, writable: true, enumerable: true, configurable: true };
}
