/** The types of `codecs.struct()`: the fields of a struct, and what they are in JavaScript. */

import type { AnyCodec, Codec, CodecValue } from './codec';

/** C types whose values are numbers here. `char` has the sign that C's has on this machine. */
export type StructNumber =
  | 'char'
  | 'signed char'
  | 'unsigned char'
  | 'short'
  | 'unsigned short'
  | 'int'
  | 'unsigned int'
  | 'float'
  | 'double'
  | 'int8'
  | 'uint8'
  | 'int16'
  | 'uint16'
  | 'int32'
  | 'uint32'
  | 'int8_t'
  | 'uint8_t'
  | 'int16_t'
  | 'uint16_t'
  | 'int32_t'
  | 'uint32_t';

/** C types whose values are bigints here, or numbers with `integers: 'number'`: those that have 64 bits on most machines. */
export type StructWideInteger =
  | 'long'
  | 'unsigned long'
  | 'long long'
  | 'unsigned long long'
  | 'size_t'
  | 'ssize_t'
  | 'int64'
  | 'uint64'
  | 'int64_t'
  | 'uint64_t';

/** The type of a field of a C struct: a C type, `[type, length]` for an array, or a nested struct. */
export type StructField =
  | StructNumber
  | StructWideInteger
  | 'bool'
  | readonly ['char' | 'byte', number]
  | readonly [StructField, number]
  | StructFields
  | AnyStruct;

/** The codec of any struct. */
export interface AnyStruct extends AnyCodec {
  /** As {@link StructCodec} has it. */
  readonly size: number;
  /** As {@link StructCodec} has it. */
  readonly alignment: number;
  /** As {@link StructCodec} has it. */
  readonly offsets: Readonly<Record<string, number>>;
}

/** The fields of a C struct, in the order in which C declares them. */
export interface StructFields {
  /** A field's name, which is an identifier of C, and its type. */
  readonly [name: string]: StructField;
}

/** Options of `codecs.struct()`. */
export interface StructOptions {
  /** No padding, as with `__attribute__((packed))`. A nested struct keeps its own layout. Default: false. */
  packed?: boolean | undefined;
  /**
   * The value for integers of 64 bits, and for C's `long`, `size_t` and `ssize_t` on every machine. Default:
   * `'bigint'`.
   *
   * - `'bigint'`: always a bigint.
   * - `'number'`: always a number. A value above 2^53, which a number cannot hold, is a DecodeError.
   */
  integers?: 'bigint' | 'number' | undefined;
  /**
   * The encoding of a `char` array: UTF-8, where invalid bytes are a DecodeError, or one byte for each character.
   * Default: `'utf8'`.
   */
  strings?: 'utf8' | 'latin1' | undefined;
}

/** The JavaScript type of a field. `Wide` is the type of its wide integers. */
export type StructFieldValue<Field, Wide = bigint> = Field extends StructNumber
  ? number
  : Field extends StructWideInteger
    ? Wide
    : Field extends 'bool'
      ? boolean
      : Field extends AnyStruct
        ? CodecValue<Field>
        : Field extends readonly ['char', number]
          ? string
          : Field extends readonly ['byte', number]
            ? Buffer
            : Field extends readonly [infer Element, number]
              ? StructFieldValue<Element, Wide>[]
              : { -readonly [Name in keyof Field]: StructFieldValue<Field[Name], Wide> };

/** The JavaScript type of a struct with these fields. */
export type StructValue<Fields, Options = undefined> = StructFieldValue<
  Fields,
  Options extends StructOptions ? (Options['integers'] extends 'number' ? number : bigint) : bigint
>;

/** The codec of a C struct, with the struct's layout. */
export interface StructCodec<Value> extends Codec<Value> {
  /** `sizeof`: how many bytes a message has. */
  readonly size: number;
  /** `alignof`: what C aligns it to where it is nested. */
  readonly alignment: number;
  /** `offsetof` each field. */
  readonly offsets: Readonly<Record<string, number>>;
}
