/** Checks the options of a queue: those of its handle, and those of a queue that is created. */

import { codecs } from '../codecs';
import { checkCodec } from '../codecs/check-codec';
import type { Codec } from '../codecs/codec';
import type { Message } from '../core/message';
import { checkOptions, type OptionNames, optionNames } from '../core/options';
import { checkBoolean, checkBytes, checkInteger, checkMessageType, checkMode } from '../core/validators';

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

/** The stored options of a handle. */
export interface HandleOptions<T> {
  codec: Codec<T>;
  type: number | bigint;
  spin: number;
  autoRemove: boolean;
  maxPendingSends: number;
}

interface QueueOptions<T> {
  mode: number | undefined;
  maxBytes: number | undefined;
  handle: HandleOptions<T>;
}

const DEFAULT_TYPE = 1;
const DEFAULT_SPIN_US = 100;
/** One second: more polling than any program needs. */
const MAX_SPIN_US = 1_000_000;

const ofHandle = { codec: true, type: true, spin: true, autoRemove: true, maxPendingSends: true } as const;
const ofNewQueue = { ...ofHandle, mode: true, maxBytes: true } as const;

const knownTo = {
  attach: optionNames<AttachOptions<unknown>>('MessageQueue.attach', ofHandle),
  open: optionNames<OpenOptions<unknown>>('MessageQueue.open', { ...ofHandle, mode: true }),
  create: optionNames<CreateOptions<unknown>>('MessageQueue.create', ofNewQueue),
  openOrCreate: optionNames<CreateOptions<unknown>>('MessageQueue.openOrCreate', ofNewQueue),
  createPrivate: optionNames<CreateOptions<unknown>>('MessageQueue.createPrivate', ofNewQueue),
} satisfies Record<string, OptionNames>;

/** The calls that create a handle. */
export type OpeningCall = keyof typeof knownTo;

/** The options of a handle, and of the queue if the call can create one. */
export function checkQueueOptions<T>(options: CreateOptions<T> | undefined, call: OpeningCall): QueueOptions<T> {
  const { codec, type, spin, autoRemove, maxPendingSends, mode, maxBytes } = checkOptions(options, knownTo[call]) ?? {};
  const handle = {
    codec: codec === undefined ? (codecs.buffer as unknown as Codec<T>) : checkCodec(codec),
    type: type === undefined ? DEFAULT_TYPE : checkMessageType(type, 'options.type'),
    spin: spin === undefined ? DEFAULT_SPIN_US : checkInteger(spin, 'options.spin', 0, MAX_SPIN_US),
    autoRemove: autoRemove === undefined ? false : checkBoolean(autoRemove, 'options.autoRemove'),
    maxPendingSends:
      maxPendingSends === undefined
        ? Number.POSITIVE_INFINITY
        : checkInteger(maxPendingSends, 'options.maxPendingSends', 0, Number.MAX_SAFE_INTEGER),
  };
  return {
    mode: mode === undefined ? undefined : checkMode(mode, 'options.mode'),
    maxBytes: maxBytes === undefined ? undefined : checkBytes(maxBytes, 'options.maxBytes'),
    handle,
  };
}
