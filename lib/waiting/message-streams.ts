/** The types of a queue's streams: Node.js's chunk is a message. */

import type { Readable, Writable } from 'node:stream';
import type { Sendable } from '../codecs/codec';
import type { Message } from '../core/message';

/** A loop over the messages of a stream. */
export interface MessageStreamIterator<T, M = Message<T>> extends AsyncIterator<M, undefined, undefined> {
  /** Itself. */
  [Symbol.asyncIterator](): MessageStreamIterator<T, M>;
  /** Ends the loop. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** A Readable of messages, as `readable()` returns it. */
export interface MessageReadable<T, M = Message<T>> extends Readable {
  /** `for await` takes each message when it asks for it. */
  [Symbol.asyncIterator](): MessageStreamIterator<T, M>;
  /** Node's, with the type of a message. */
  on(event: 'data', listener: (message: M) => void): this;
  /** Node's. */
  on(event: 'error', listener: (error: Error) => void): this;
  /** Node's. */
  // biome-ignore lint/suspicious/noExplicitAny: as Node's own declaration has it
  on(event: string | symbol, listener: (...args: any[]) => void): this;
  /** Node's, with the type of a message. */
  once(event: 'data', listener: (message: M) => void): this;
  /** Node's. */
  once(event: 'error', listener: (error: Error) => void): this;
  /** Node's. */
  // biome-ignore lint/suspicious/noExplicitAny: as Node's own declaration has it
  once(event: string | symbol, listener: (...args: any[]) => void): this;
}

/** A Writable that sends, as `writable()` returns it. */
export interface MessageWritable<T> extends Writable {
  /** Sends a message when there is room. */
  write(data: Sendable<T>, callback?: (error: Error | null | undefined) => void): boolean;
  write(data: Sendable<T>, encoding: BufferEncoding, callback?: (error: Error | null | undefined) => void): boolean;
  /** Sends a last message, if there is one, and ends the stream. */
  end(callback?: () => void): this;
  end(data: Sendable<T>, callback?: () => void): this;
  end(data: Sendable<T>, encoding: BufferEncoding, callback?: () => void): this;
}
