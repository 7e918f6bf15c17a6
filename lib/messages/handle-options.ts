/** Checks the options of a queue: those of its handle, and those of a queue that is created. */

import type { AttachOptions, Codec, CreateOptions, OpenOptions } from '../../types/queue';
import { codecs } from '../codecs';
import { checkCodec } from '../codecs/check-codec';
import { checkOptions, type OptionNames, optionNames } from '../core/options';
import { checkBoolean, checkBytes, checkInteger, checkMessageType, checkMode } from '../core/validators';

/** What a handle remembers. */
export interface HandleOptions<T> {
  codec: Codec<T>;
  type: number | bigint;
  spin: number;
  autoRemove: boolean;
  maxPendingSends: number;
}

export interface QueueOptions<T> {
  mode: number | undefined;
  maxBytes: number | undefined;
  handle: HandleOptions<T>;
}

const DEFAULT_TYPE = 1;
const DEFAULT_SPIN_US = 100;
/** A second of polling is more than any program wants. */
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

/** The calls that make a handle. */
export type OpeningCall = keyof typeof knownTo;

/** The options of a handle, and of the queue behind it where the call can make one. */
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
