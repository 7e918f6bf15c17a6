/** What a codec is, and what it reads and writes. */

import type { Message } from '../core/message';

/** Bytes to and from values. `M` is what the messages are that it reads. */
export interface Codec<T, M = Message<T>> {
  /** What to put on the wire; a string is sent as UTF-8. `type` is the message's, a bigint past 2^53. */
  encode(value: T, type?: number | bigint): Uint8Array | string;
  /** `bytes` is the codec's own: it may keep it. An exception becomes the `cause` of a DecodeError. */
  decode(bytes: Buffer, type?: number | bigint): T;
  /** For the compiler alone: `codecs.byType()` says here that the type of a message tells what its data is. */
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

/** What a codec makes of a message. */
export type CodecValue<Of> = Of extends AnyCodec ? ReturnType<Of['decode']> : never;
