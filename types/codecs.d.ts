/** The types of `codecs.struct()`, `codecs.byType()` and `codecs.json({ schema })`. */

import type { Message } from '../lib/core/message';
import type { Codec } from './queue';

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

/** A codec of any values. */
export interface AnyCodec {
  /** As {@link Codec} has it. */
  encode(value: never, type?: number | bigint): Uint8Array | string;
  /** As {@link Codec} has it. */
  decode(bytes: Buffer, type?: number | bigint): unknown;
}

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
   * What integers of 64 bits are, and C's `long`, `size_t` and `ssize_t` on every machine. Default `'bigint'`.
   *
   * - `'bigint'`: always a bigint.
   * - `'number'`: always a number. One that a number cannot hold (past 2^53) is refused: a DecodeError.
   */
  integers?: 'bigint' | 'number' | undefined;
  /** The bytes of a `char` array: UTF-8, where others are a DecodeError, or one byte for a character. Default `'utf8'`. */
  strings?: 'utf8' | 'latin1' | undefined;
}

/** What a field's type is in JavaScript. `Wide` is the type of its wide integers. */
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

/** What a struct of these fields is in JavaScript. */
export type StructValue<Fields, Options = undefined> = StructFieldValue<
  Fields,
  Options extends StructOptions ? (Options['integers'] extends 'number' ? number : bigint) : bigint
>;

/** The codec of a C struct, which tells the struct's layout, too. */
export interface StructCodec<Value> extends Codec<Value> {
  /** `sizeof`: how many bytes a message has. */
  readonly size: number;
  /** `alignof`: what C aligns it to where it is nested. */
  readonly alignment: number;
  /** `offsetof` each field. */
  readonly offsets: Readonly<Record<string, number>>;
}

/** Codecs by the type of message that each is for. */
export interface CodecsByType {
  /** The codec of the messages of this type. */
  readonly [type: number]: AnyCodec;
}

/** Literals, unlike a branded number, tell the members of a union apart. No message has the type 0. */
declare enum NoCodec {
  otherwise = 0,
}

/** Any type that `codecs.byType()` has no codec for, and that `otherwise` reads. A number; the compiler takes it for one literal. */
export type OtherType = NoCodec.otherwise;

/** A message whose type says what its data is. */
export type TypedMessage<Type extends number, Value> = Message<Value> & {
  /** The type. */
  readonly type: Type;
};

/** Refuses keys that are not types. */
export type TypesOnly<Codecs> = { [Key in keyof Codecs]: Key extends number | `${number}` ? AnyCodec : never };

/** The type of a message that a key of `codecs.byType()` is. */
export type TypeOfKey<Key> = Key extends number ? Key : Key extends `${infer Type extends number}` ? Type : never;

/** What a codec makes of a message. */
export type CodecValue<Of> = Of extends AnyCodec ? ReturnType<Of['decode']> : never;

/** The messages of `codecs.byType()`: a union that is discriminated by `type`. */
export type MessageByType<Codecs extends CodecsByType, Otherwise = undefined> =
  | { [Key in keyof Codecs]: TypedMessage<TypeOfKey<Key>, CodecValue<Codecs[Key]>> }[keyof Codecs]
  | (Otherwise extends AnyCodec ? TypedMessage<OtherType, CodecValue<Otherwise>> : never);

/** What `codecs.byType()` reads and writes: what any of its codecs does. */
export type ValueByType<Codecs extends CodecsByType, Otherwise = undefined> =
  | CodecValue<Codecs[keyof Codecs]>
  | (Otherwise extends AnyCodec ? CodecValue<Otherwise> : never);

/** Where an issue is, as some schemas write it. */
export interface SchemaPathSegment {
  /** The name of a property, or an index. */
  readonly key: PropertyKey;
}

/** What a schema finds wrong. */
export interface SchemaIssue {
  /** What is wrong, in the words of the schema. */
  readonly message: string;
  /** Where: keys from the outside in, each by itself or as the `key` of an object. */
  readonly path?: ReadonlyArray<PropertyKey | SchemaPathSegment> | undefined;
}

/** A value that a schema accepts. */
export interface SchemaSuccess<Output> {
  /** What the schema makes of it. */
  readonly value: Output;
  /** None. */
  readonly issues?: undefined;
}

/** A value that a schema refuses. */
export interface SchemaFailure {
  /** What is wrong with it. */
  readonly issues: readonly SchemaIssue[];
}

/** What a schema says of a value. */
export type SchemaResult<Output> = SchemaSuccess<Output> | SchemaFailure;

/** For the compiler alone. */
export interface SchemaTypes<Input, Output> {
  /** What the schema accepts. */
  readonly input: Input;
  /** What it makes of that. */
  readonly output: Output;
}

/** What Standard Schema specifies. */
export interface StandardSchemaProperties<Input, Output> {
  /** Of the specification. */
  readonly version: 1;
  /** The library. */
  readonly vendor: string;
  /** Checks a value. */
  readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
  /** For the compiler alone. */
  readonly types?: SchemaTypes<Input, Output> | undefined;
}

/** A schema as [Standard Schema](https://standardschema.dev) has it: Zod 3.24, Valibot 1, ArkType 2 and later, among others. */
export interface StandardSchema<Input = unknown, Output = Input> {
  /** Where other libraries find it. */
  readonly '~standard': StandardSchemaProperties<Input, Output>;
}

/** What a schema makes of a value that it accepts. */
export type SchemaOutput<Schema extends StandardSchema> = NonNullable<Schema['~standard']['types']>['output'];

/** Options of `codecs.json()`. */
export interface JsonOptions<Schema extends StandardSchema> {
  /** The schema that checks received messages, and makes their values. It must answer at once. */
  schema: Schema;
}
