/** The shapes around MessageQueue. */

import type { DecodeError } from '../lib/core/errors';
import type { Message } from '../lib/core/message';

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

/** Options of every handle. */
export interface AttachOptions<T = Buffer, M = Message<T>> {
  /** Remove the queue when this handle is closed, and when the process exits (not when a signal kills it). Default: false. */
  autoRemove?: boolean | undefined;
  /**
   * The most microseconds for which a receive that waits is tried again on every turn of the event loop before a thread
   * is parked for it. How many are used adapts to what comes of them. 0 turns it off. Default: 100.
   */
  spin?: number | undefined;
  /** How values become bytes and back. Default: `codecs.buffer`. */
  codec?: Codec<T, M> | undefined;
  /** The type that sends use when they name none. Default: 1. */
  type?: number | bigint | undefined;
  /**
   * The most messages of this handle that wait for room at a time. A `send` or `sendMany` beyond that is a QueueFullError.
   * Default: any number, which take memory.
   */
  maxPendingSends?: number | undefined;
}

/** Options of `open`. */
export interface OpenOptions<T = Buffer, M = Message<T>> extends AttachOptions<T, M> {
  /** Permissions to ask for at once, as msgget's low nine bits. Default: none; each call is then checked by itself. */
  mode?: number | undefined;
}

/** Options of the calls that may create a queue. */
export interface CreateOptions<T = Buffer, M = Message<T>> extends AttachOptions<T, M> {
  /** Permission bits of a queue that this call creates, without execute bits. Default: 0o600. */
  mode?: number | undefined;
  /** msg_qbytes of a queue that this call creates, in bytes. Default: the kernel's, MSGMNB. */
  maxBytes?: number | undefined;
}

/** The oldest message of one type, or, without `type`, of any type. */
export interface SelectType {
  /** The oldest message of this type, 1 … 2^63−1. */
  type?: number | bigint | undefined;
  /** Not together with `type`. */
  except?: undefined;
  /** Not together with `type`. */
  upTo?: undefined;
}

/** The oldest message of any type but one. */
export interface SelectExcept {
  /** The oldest message of any other type (MSG_EXCEPT). */
  except?: number | bigint | undefined;
  /** Not together with `except`. */
  type?: undefined;
  /** Not together with `except`. */
  upTo?: undefined;
}

/** The oldest message of the lowest type. */
export interface SelectUpTo {
  /** The oldest message of the lowest type that is not above this. */
  upTo?: number | bigint | undefined;
  /** Not together with `upTo`. */
  type?: undefined;
  /** Not together with `upTo`. */
  except?: undefined;
}

/** How much of a message to take. */
export interface SelectLength {
  /** The most bytes to take. A longer message is a BufferTooSmallError and stays, unless `truncate` is set. */
  maxLength?: number | undefined;
  /** Cut a longer message at `maxLength`; the rest is lost, and the message says so (MSG_NOERROR). */
  truncate?: boolean | undefined;
}

/** Which message to take: one of `type`, `except` and `upTo`; with none of them the oldest. */
export type Select = SelectLength & (SelectType | SelectExcept | SelectUpTo);

/** Where the bytes of a message go. */
export interface ReceiveInto {
  /**
   * The bytes are written here, from the start, and no memory is made for them. `data` is a Buffer over them, or what the
   * codec makes of that. A message for which there is no room is a BufferTooSmallError and stays, unless `truncate` is set.
   */
  into?: Uint8Array | undefined;
}

/** Options of `tryReceive`. */
export type TryReceiveOptions = Select & ReceiveInto;

/** Options of `trySend`. */
export interface SendOptions {
  /** The message's type, 1 … 2^63−1. Default: the queue's. */
  type?: number | bigint | undefined;
}

/** Options of `sendSync`. */
export interface SendSyncOptions extends SendOptions {
  /** Throw QueueFullError instead of waiting for room (IPC_NOWAIT). */
  nowait?: boolean | undefined;
  /** Give up after this many milliseconds: TimeoutError. Default: never. */
  timeout?: number | undefined;
}

/** Whether `receiveSync` waits, and how long. */
export interface ReceiveSyncWait {
  /** Throw NoMessageError instead of waiting for a message (IPC_NOWAIT). */
  nowait?: boolean | undefined;
  /** Give up after this many milliseconds: TimeoutError. Default: never. */
  timeout?: number | undefined;
}

/** Options of `receiveSync`. */
export type ReceiveSyncOptions = TryReceiveOptions & ReceiveSyncWait;

/** The ways to cancel a wait on the event loop. */
export interface WaitOptions {
  /** Give up after this many milliseconds, 0 … 2^31−1: TimeoutError. Default: never. */
  timeout?: number | undefined;
  /** Give up when this is aborted: AbortError. */
  signal?: AbortSignal | undefined;
}

/** Options of `send`. */
export interface SendAsyncOptions extends SendSyncOptions, WaitOptions {}

/** Options of `waitForMessage`. */
export type WaitForMessageOptions = Select & WaitOptions;

/** Options of `receive`. */
export type ReceiveOptions = ReceiveSyncOptions & WaitOptions;

/** One of many messages to send. */
export interface MessageToSend<T = Buffer> {
  /** What to send. */
  data: Sendable<T>;
  /** Its type, 1 … 2^63−1. Default: the queue's. */
  type?: number | bigint | undefined;
}

/** What a line of JSON says of a message. */
export interface MessageFromLine {
  /** Text, or bytes that are not UTF-8. */
  data: string | Buffer;
  /** Left out when the line has none. */
  type?: number | bigint;
}

/**
 * Is given the error of each message that does not decode, with its bytes in `error.raw`. 'skip', or nothing, passes it
 * over; any other value becomes the message's data.
 */
// biome-ignore lint/suspicious/noConfusingVoidType: so that a function that only logs is accepted.
export type OnDecodeError<T> = (error: DecodeError) => T | 'skip' | undefined | void;

/** What becomes of messages that do not decode. */
export interface OnUndecodable<T> {
  /** Default: their error, after the messages that do decode. */
  onDecodeError?: OnDecodeError<T> | undefined;
}

/** Which messages to take, and how many at most. */
export type SelectMany<T = never> = Select &
  OnUndecodable<T> & {
    /** The most messages to take. Default: 100. */
    max?: number | undefined;
  };

/** Options of `receiveMany`. */
export type ReceiveManyOptions<T = never> = SelectMany<T> & WaitOptions;

/** Options of `messages` and `readable`. */
export type MessagesOptions<T = never> = Select &
  OnUndecodable<T> & {
    /** Ends the iteration or the stream with an AbortError when this is aborted. */
    signal?: AbortSignal | undefined;
  };

/** Options of `writable`. */
export interface WritableQueueOptions extends SendOptions {
  /** Destroys the stream with an AbortError when this is aborted. */
  signal?: AbortSignal | undefined;
}

/** Which messages drainTo moves. */
export type DrainOptions = (SelectType | SelectExcept | SelectUpTo) & {
  /** The most messages to move. Default: until none is left that matches. */
  max?: number | undefined;
  /** Stops before the next message, with an AbortError. */
  signal?: AbortSignal | undefined;
};

/** What drainTo has moved. */
export interface Drained {
  /** How many messages. */
  messages: number;
  /** Of the messages, as they were in the queue. */
  bytes: number;
}

/** What `set` changes; what is left out stays. */
export interface QueueChange {
  /** msg_qbytes, in bytes: 0 … 2^31−1. Above MSGMNB it takes CAP_SYS_RESOURCE. */
  maxBytes?: number | undefined;
  /** The new owner's user id. */
  uid?: number | undefined;
  /** The new owner's group id. */
  gid?: number | undefined;
  /** Permission bits, without execute bits. */
  mode?: number | undefined;
}

/** The state of a queue: `struct msqid_ds` in JavaScript's terms. */
export interface QueueStatus {
  /** The id, as other processes use it, too. */
  id: number;
  /** As `key_t` has it, a signed 32-bit integer; 0 for a private queue. */
  key: number;
  /** Effective user id of the owner. */
  uid: number;
  /** Effective group id of the owner. */
  gid: number;
  /** Effective user id of the creator, which keeps the owner's rights forever. */
  creatorUid: number;
  /** Effective group id of the creator. */
  creatorGid: number;
  /** The nine permission bits. */
  mode: number;
  /** Sequence number: the high part of the id. */
  sequence: number;
  /** Messages in the queue. */
  messageCount: number;
  /** Bytes of the messages in the queue. */
  usedBytes: number;
  /** msg_qbytes: the most bytes the queue takes, and the most messages. */
  maxBytes: number;
  /** Process id of the last sender. 0: none yet, or not visible in this pid namespace. */
  lastSenderPid: number;
  /** As `lastSenderPid`; after a receive that had blocked, Linux stores the thread's id. */
  lastReceiverPid: number;
  /** When a message was last sent, in whole seconds; null: never. */
  lastSentAt: Date | null;
  /** When a message was last received, in whole seconds; null: never. */
  lastReceivedAt: Date | null;
  /** Creation or last `set`. */
  changedAt: Date | null;
}
