/** Codecs: how values become the bytes of a message and back. */

import { isUtf8 } from 'node:buffer';
import type { PhpOptions } from '../../types/php';
import type { Bytes, Codec } from '../../types/queue';
import { lazy } from '../core/lazy';
import { invalidType } from '../core/validators';

/**
 * A codec of ours that reads text needs no copy of the message's bytes: it gets the text itself. The symbol keeps
 * objects of callers from being taken for one.
 *
 * @internal
 */
export const decodeText = Symbol('decodeText');

/** @internal */
export interface TextCodec<T> extends Codec<T> {
  [decodeText](text: string): T;
}

/** Text is read with U+FFFD in place of what is not UTF-8: only then the bytes themselves are looked at. */
const REPLACEMENT_CHARACTER = '\ufffd';

/** Throws a TypeError unless `bytes`, which were read as `text`, are UTF-8. @internal */
export function requireUtf8(text: string, bytes: () => Buffer): void {
  if (text.includes(REPLACEMENT_CHARACTER) && !isUtf8(bytes())) throw new TypeError('the bytes are not UTF-8');
}

function utf8Text(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  requireUtf8(text, () => bytes);
  return text;
}

// As it was when this module was loaded: a replaced one could receive another message while one is being read.
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
  // deserialize makes views over the memory it reads. The copy has memory of its own, so that two messages never share
  // any, and starts at an offset that suits every typed array.
  decode: (bytes) => serializer().deserialize(new Uint8Array(bytes)),
};

const php = lazy(() => require('./php') as typeof import('./php'));

/**
 * The codecs that come with the library.
 *
 * - `buffer`, the default: bytes in and out; a string is sent as UTF-8.
 * - `utf8`: strings. A message that is not UTF-8 is a DecodeError.
 * - `json<T>()`: what JSON.stringify writes.
 * - `structured<T>()`: what structured clone knows (Map, Date, BigInt, typed arrays, cycles), in V8's own format, which
 *   only Node.js and other V8 programs read.
 * - `php<T>(options?)`: what PHP's msg_send writes and msg_receive reads unless told otherwise. Arrays of PHP are arrays
 *   where their keys are 0, 1, 2 …, else plain objects; bytes (Buffer, TypedArray) are written as strings.
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
 */
export const codecs = {
  /** Bytes in and out; a string is sent as UTF-8. */
  buffer,
  /** Strings, as UTF-8. */
  utf8: utf8 as Codec<string>,
  /** What JSON.stringify writes and JSON.parse reads. */
  json: <T = unknown>(): Codec<T> => jsonCodec as Codec<T>,
  /** What structured clone knows, in V8's own format. */
  structured: <T = unknown>(): Codec<T> => structuredCodec as Codec<T>,
  /** PHP's serialisation. */
  php: <T = unknown>(options?: PhpOptions): Codec<T> => php().phpCodec(options) as Codec<T>,
};
