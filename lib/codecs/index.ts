/** Codecs: how values become the bytes of a message and back. */

import { isUtf8 } from 'node:buffer';
import { invalidType } from '../core/argument-errors';
import { lazy } from '../core/lazy';
import type { CodecsByType, MessageByType, TypesOnly, ValueByType } from './by-type';
import type { AnyCodec, Bytes, Codec } from './codec';
import type { PhpOptions } from './php-options';
import type { JsonOptions, SchemaOutput, StandardSchema } from './schema';
import type { StructCodec, StructFields, StructOptions, StructValue } from './struct-fields';

/**
 * The library's text codecs need no copy of the message's bytes: they receive the text itself. The symbol keeps
 * callers' objects from being mistaken for one.
 *
 * @internal
 */
export const decodeText = Symbol('decodeText');

/** @internal */
export interface TextCodec<T> extends Codec<T> {
  [decodeText](text: string): T;
}

/** Decoding puts U+FFFD in place of bytes that are not UTF-8; only then are the bytes themselves checked. */
const REPLACEMENT_CHARACTER = '\ufffd';

/** Whether `text` may stand for bytes that are not UTF-8. @internal */
export function isDoubtful(text: string): boolean {
  return text.includes(REPLACEMENT_CHARACTER);
}

/** Throws a TypeError unless the bytes of a doubtful text are UTF-8. @internal */
export function requireUtf8(bytes: Uint8Array): void {
  if (!isUtf8(bytes)) throw new TypeError('the bytes are not UTF-8');
}

function utf8Text(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  if (isDoubtful(text)) requireUtf8(bytes);
  return text;
}

// The function as it was when this module was loaded: a replacement could receive another message during a read.
const { parse } = JSON;

const buffer: Codec<Buffer> = {
  encode: (value: Bytes) => value as string | Uint8Array,
  decode: (bytes) => bytes,
};

const utf8: TextCodec<string> = {
  encode: (value) => value,
  decode: utf8Text,
  [decodeText]: (text) => text,
};

const jsonCodec: TextCodec<unknown> = {
  encode(value) {
    const text = JSON.stringify(value) as string | undefined;
    if (text === undefined) throw invalidType('data', 'something that JSON can write', value);
    return text;
  },
  decode: (bytes) => parse(utf8Text(bytes)),
  [decodeText]: (text) => parse(text),
};

const serializer = lazy(() => require('node:v8') as typeof import('node:v8'));

const structuredCodec: Codec<unknown> = {
  encode: (value) => serializer().serialize(value),
  // deserialize creates views over the memory that it reads. The copy has its own memory, so that two messages never
  // share any, and starts at an offset that suits every typed array.
  decode: (bytes) => serializer().deserialize(new Uint8Array(bytes)),
};

const php = lazy(() => require('./php') as typeof import('./php'));
const struct = lazy(() => require('./struct') as typeof import('./struct'));
const byType = lazy(() => require('./by-type') as typeof import('./by-type'));
const schema = lazy(() => require('./schema') as typeof import('./schema'));

/** Sends are not checked: a schema describes messages that arrive, and may transform their values. */
function checkedJson(options: JsonOptions<StandardSchema>): Codec<unknown> {
  const accept = schema().checkJsonOptions(options);
  if (accept === undefined) return jsonCodec;
  const checked: TextCodec<unknown> = {
    encode: jsonCodec.encode,
    decode: (bytes) => accept(parse(utf8Text(bytes))),
    [decodeText]: (text) => accept(parse(text)),
  };
  return checked;
}

function json<T = unknown>(): Codec<T>;
function json<const Schema extends StandardSchema>(options: JsonOptions<Schema>): Codec<SchemaOutput<Schema>>;
function json(options?: JsonOptions<StandardSchema>): Codec<unknown> {
  return options === undefined ? jsonCodec : checkedJson(options);
}

/**
 * The codecs that come with the library.
 *
 * - `buffer`, the default: bytes in and out; a string is sent as UTF-8.
 * - `utf8`: strings. A message that is not UTF-8 is a DecodeError.
 * - `json<T>()`: what JSON.stringify writes.
 * - `structured<T>()`: every type of structured clone (Map, Date, BigInt, typed arrays, cycles), in V8's own format,
 *   which only Node.js and other V8 programs read.
 * - `json({ schema })`: the same, checked by a schema of Zod, Valibot, ArkType or any other library with [Standard
 *   Schema](https://standardschema.dev). A message that it refuses is a DecodeError with its `issues`. The codec does
 *   not check what you send.
 * - `struct(fields, options?)`: a C struct, in the layout that C gives it on this machine, with padding and in its byte
 *   order. `['char', 16]` is text up to the first NUL; `['byte', 16]` is a Buffer.
 * - `byType({ 1: codec, 2: codec }, otherwise?)`: a codec for each type. `message.type` then says what `message.data` is. Without
 *   `otherwise` a message of another type is a DecodeError.
 * - `php<T>(options?)`: the format of PHP's msg_send and msg_receive by default. A PHP array becomes an array if its
 *   keys are 0, 1, 2 …, otherwise a plain object; bytes (Buffer, TypedArray) are written as strings.
 *
 * @example
 * const queue = MessageQueue.createPrivate({ codec: codecs.json() });
 * queue.trySend({ job: 'resize', width: 640 });
 * assert.deepEqual(queue.tryReceive().data, { job: 'resize', width: 640 });
 * queue.remove();
 *
 * @example
 * // A program in PHP sends: msg_send($queue, 1, ['user' => 7, 'tags' => ['a', 'b']]);
 * const queue = MessageQueue.createPrivate({ codec: codecs.php() });
 * queue.trySend({ user: 7, tags: ['a', 'b'] });
 * assert.deepEqual(queue.tryReceive().data, { user: 7, tags: ['a', 'b'] });
 * queue.remove();
 *
 * @example
 * // struct order { int id; double price; char customer[16]; } of a program in C.
 * const order = codecs.struct({ id: 'int', price: 'double', customer: ['char', 16] });
 * const queue = MessageQueue.createPrivate({ codec: codecs.byType({ 1: order, 2: codecs.json() }, codecs.buffer) });
 * queue.trySend({ id: 7, price: 1.5, customer: 'Ada' }, { type: 1 });
 * assert.deepEqual(queue.tryReceive().data, { id: 7, price: 1.5, customer: 'Ada' });
 * assert.deepEqual([order.size, order.offsets.price], [32, 8]);
 * queue.remove();
 */
export const codecs = {
  /** Bytes in and out; a string is sent as UTF-8. */
  buffer,
  /** Strings, as UTF-8. */
  utf8: utf8 as Codec<string>,
  /** JSON, optionally checked by a schema on arrival. */
  json,
  /** Every type of structured clone, in V8's own format. */
  structured: <T = unknown>(): Codec<T> => structuredCodec as Codec<T>,
  /** PHP's serialization. */
  php: <T = unknown>(options?: PhpOptions): Codec<T> => php().phpCodec(options) as Codec<T>,
  /** A C struct, in the layout that C gives it on this machine. */
  struct: <const Fields extends StructFields, const Options extends StructOptions | undefined = undefined>(
    fields: Fields,
    options?: Options,
  ): StructCodec<StructValue<Fields, Options>> =>
    struct().structCodec(fields, options) as StructCodec<StructValue<Fields, Options>>,
  /** A codec for each type of message, and `otherwise` for the other types. */
  byType: <const Codecs extends CodecsByType, const Otherwise extends AnyCodec | undefined = undefined>(
    codecs: Codecs & TypesOnly<Codecs>,
    otherwise?: Otherwise,
  ): Codec<ValueByType<Codecs, Otherwise>, MessageByType<Codecs, Otherwise>> =>
    byType().codecByType(codecs, otherwise) as never,
};
