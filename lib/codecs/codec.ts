/** The interface of a codec, and the types of its values. */

import type { Message } from '../core/message';

/** Converts between values and bytes. `M` is the type of the messages that it decodes. */
export interface Codec<T, M = Message<T>> {
  /** Returns the message's bytes; a string is sent as UTF-8. `type` is the message's, a bigint above 2^53. */
  encode(value: T, type?: number | bigint): Uint8Array | string;
  /** `bytes` is the codec's own: it may keep it. An exception becomes the `cause` of a DecodeError. */
  decode(bytes: Buffer, type?: number | bigint): T;
  /** For the compiler only: for `codecs.byType()` the type of a message determines the type of its data. */
  readonly '~message'?: M | undefined;
}

/** Raw bytes, or text that is sent as UTF-8. */
export type Bytes = string | ArrayBufferView | ArrayBuffer;

/** The values that a queue of messages of type `T` accepts: without a codec, anything that is bytes. */
export type Sendable<T> = [T] extends [Buffer] ? Bytes : T;

/** A codec of any values. */
export interface AnyCodec {
  /** As {@link Codec} has it. */
  encode(value: never, type?: number | bigint): Uint8Array | string;
  /** As {@link Codec} has it. */
  decode(bytes: Buffer, type?: number | bigint): unknown;
}

/** The type of the value that a codec decodes. */
export type CodecValue<Of> = Of extends AnyCodec ? ReturnType<Of['decode']> : never;
