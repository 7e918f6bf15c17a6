/** Lays out the fields of a struct as C does: their sizes, and how values are read and written. */

import { isUtf8 } from 'node:buffer';
import { invalidType, invalidValue, outOfRange } from '../core/argument-errors';
import { INT_MAX } from '../core/constants';
import { nearestHint } from '../core/option-habits';
import { checkInteger } from '../core/validators';
import type { StructField, StructFields } from './struct-fields';
import { fieldHint } from './struct-hints';
import {
  atStep,
  type CType,
  type Machine,
  Misfit,
  scalarNames,
  scalarType,
  wrongRange,
  wrongType,
} from './struct-scalars';

/** A struct as a type of C, which may be nested in another. */
export interface StructType extends CType {
  offsets: Record<string, number>;
}

/** How the fields of one struct are read. */
interface Reading {
  packed: boolean;
  integers: 'bigint' | 'number';
  strings: 'utf8' | 'latin1';
  machine: Machine;
}

/** The StructType of a codec that codecs.struct() has made. */
export const structTypes = new WeakMap<object, StructType>();

const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/;

const alignUp = (offset: number, alignment: number): number => Math.ceil(offset / alignment) * alignment;

export function layOut(fields: StructFields, reading: Reading, name: string): StructType {
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) {
    throw invalidType(name, 'an object of field names and types', fields);
  }
  const names = Object.keys(fields);
  if (names.length === 0) throw invalidValue(name, 'has no field');
  const offsets: Record<string, number> = {};
  const members: Member[] = [];
  let size = 0;
  let alignment = 1;
  for (const field of names) {
    // JavaScript would list numeric names in another order than the one they were written in.
    if (!IDENTIFIER.test(field) || field === '__proto__') {
      throw invalidValue(`${name}.${field}`, 'is not a name of C: letters, digits and _, and no digit first');
    }
    const type = typeOf(fields[field] as StructField, reading, `${name}.${field}`);
    const boundary = reading.packed ? 1 : type.alignment;
    const offset = alignUp(size, boundary);
    members.push({ name: field, type, offset });
    offsets[field] = offset;
    size = offset + type.size;
    alignment = Math.max(alignment, boundary);
    if (size > INT_MAX) throw outOfRange(name, `a struct of at most ${INT_MAX} bytes`, size);
  }
  return { size: alignUp(size, alignment), alignment, offsets, ...accessOf(members) };
}

interface Member {
  name: string;
  type: CType;
  offset: number;
}

function accessOf(members: readonly Member[]): Pick<CType, 'read' | 'write'> {
  const names = new Set(members.map(({ name }) => name));
  return {
    read(bytes, base) {
      const value: Record<string, unknown> = {};
      let name = '';
      return atStep(
        () => `.${name}`,
        () => {
          for (const member of members) {
            name = member.name;
            value[name] = member.type.read(bytes, base + member.offset);
          }
          return value;
        },
      );
    },
    write(bytes, base, value) {
      if (typeof value !== 'object' || value === null) throw wrongType('of type object', value);
      requireFields(value, names);
      let name = '';
      atStep(
        () => `.${name}`,
        () => {
          for (const member of members) {
            name = member.name;
            member.type.write(bytes, base + member.offset, (value as Record<string, unknown>)[name]);
          }
        },
      );
    },
  };
}

// A value that has no place in the struct would be lost silently.
function requireFields(value: object, names: ReadonlySet<string>): void {
  for (const name in value) {
    if (names.has(name) || !Object.prototype.propertyIsEnumerable.call(value, name)) continue;
    const known = [...names];
    const hint = nearestHint(name, known) ?? `Its fields are ${known.map((field) => `"${field}"`).join(', ')}.`;
    const printable = JSON.stringify(name).slice(1, -1);
    throw new Misfit((path) => invalidValue(`${path}.${printable}`, `is not a field of the struct. ${hint}`));
  }
}

function typeOf(field: StructField, reading: Reading, name: string): CType {
  if (typeof field === 'string') {
    const scalar = scalarType(field, reading.integers === 'number', reading.machine);
    if (scalar !== undefined) return scalar;
    throw invalidValue(name, `is '${field}', which is not a field type. ${fieldHint(field, scalarNames())}`);
  }
  if (Array.isArray(field)) return arrayType(field, reading, name);
  if (typeof field !== 'object' || field === null) {
    throw invalidType(name, "the name of a C type, ['type', length] or a nested struct", field);
  }
  const nested = structTypes.get(field);
  if (nested !== undefined) return nested;
  if (typeof (field as { decode?: unknown }).decode === 'function') {
    throw invalidValue(name, 'is a codec that codecs.struct() has not made: its length is unknown');
  }
  // As with gcc's attribute, only the struct itself is packed, not the structs nested in it.
  return layOut(field as StructFields, { ...reading, packed: false }, name);
}

function arrayType(field: readonly unknown[], reading: Reading, name: string): CType {
  if (field.length !== 2) throw invalidValue(name, "is not an array as ['type', length]");
  const [element, count] = field as [StructField | 'byte', unknown];
  const length = checkInteger(count, `${name}[1]`, 1, INT_MAX);
  if (element === 'char') return characters(length, reading.strings);
  if (element === 'byte') return rawBytes(length);
  const type = typeOf(element, reading, `${name}[0]`);
  const size = type.size * length;
  if (size > INT_MAX) throw outOfRange(name, `an array of at most ${INT_MAX} bytes`, size);
  return { size, alignment: type.alignment, ...elementsOf(type, length) };
}

function elementsOf(type: CType, length: number): Pick<CType, 'read' | 'write'> {
  return {
    read(bytes, base) {
      let index = 0;
      const values: unknown[] = [];
      return atStep(
        () => `[${index}]`,
        () => {
          for (; index < length; index++) values.push(type.read(bytes, base + index * type.size));
          return values;
        },
      );
    },
    write(bytes, base, value) {
      if (!Array.isArray(value) && !ArrayBuffer.isView(value)) throw wrongType('an array', value);
      const values = value as unknown as ArrayLike<unknown>;
      if (values.length !== length) throw wrongElements(length, values.length);
      let index = 0;
      atStep(
        () => `[${index}]`,
        () => {
          for (; index < length; index++) type.write(bytes, base + index * type.size, values[index]);
        },
      );
    },
  };
}

const wrongElements = (length: number, received: number): Misfit =>
  new Misfit((name) => outOfRange(`${name}.length`, `${length}, as in C`, received));

/** A char array: text up to the first NUL, or to its end. */
function characters(size: number, encoding: 'utf8' | 'latin1'): CType {
  return {
    size,
    alignment: 1,
    read(bytes, offset) {
      const end = bytes.subarray(offset, offset + size).indexOf(0);
      const text = bytes.subarray(offset, end < 0 ? offset + size : offset + end);
      if (encoding === 'latin1') return text.toString('latin1');
      if (isUtf8(text)) return text.toString('utf8');
      throw new Misfit((name) => new TypeError(`${name} is not UTF-8: strings: 'latin1' reads any bytes`));
    },
    write(bytes, offset, value) {
      if (typeof value !== 'string') throw wrongType('of type string', value);
      // C would end the text there, as read() does.
      if (value.includes('\0')) throw wrongRange("a text without '\\0', which is where C ends it", value);
      if (encoding === 'latin1' && /[^\0-\xff]/.test(value)) throw wrongRange('a text of U+0001 to U+00FF', value);
      const length = Buffer.byteLength(value, encoding);
      if (length > size) throw wrongRange(`a text of at most ${size} bytes (it has ${length})`, value);
      bytes.write(value, offset, length, encoding);
    },
  };
}

/** Plain bytes. */
function rawBytes(size: number): CType {
  return {
    size,
    alignment: 1,
    read: (bytes, offset) => bytes.subarray(offset, offset + size),
    write(bytes, offset, value) {
      if (!(value instanceof Uint8Array)) throw wrongType('an instance of Buffer or Uint8Array', value);
      if (value.length !== size) throw wrongElements(size, value.length);
      bytes.set(value, offset);
    },
  };
}
