/** Checks the options of a queue: those of its handle, and those of a queue that is created. */

import type { AttachOptions, Codec, CreateOptions } from '../../types/queue';
import { codecs } from '../codecs';
import {
  checkBoolean,
  checkBytes,
  checkInteger,
  checkMessageType,
  checkMode,
  checkOptions,
  invalidType,
} from '../core/validators';

/** What a handle remembers. */
export interface HandleOptions<T> {
  codec: Codec<T>;
  type: number | bigint;
  spin: number;
  autoRemove: boolean;
}

export interface QueueOptions<T> {
  mode: number | undefined;
  maxBytes: number | undefined;
  handle: HandleOptions<T>;
}

const DEFAULT_TYPE = 1;
const DEFAULT_SPIN_US = 100;
/** A second of polling is more than anybody wants. */
const MAX_SPIN_US = 1_000_000;

export function checkHandleOptions<T>(options: AttachOptions<T> | undefined): HandleOptions<T> {
  const { codec, type, spin, autoRemove } = checkOptions(options) ?? {};
  return {
    codec: codec === undefined ? (codecs.buffer as unknown as Codec<T>) : checkCodec(codec),
    type: type === undefined ? DEFAULT_TYPE : checkMessageType(type, 'options.type'),
    spin: spin === undefined ? DEFAULT_SPIN_US : checkInteger(spin, 'options.spin', 0, MAX_SPIN_US),
    autoRemove: autoRemove === undefined ? false : checkBoolean(autoRemove, 'options.autoRemove'),
  };
}

export function checkQueueOptions<T>(options: CreateOptions<T> | undefined): QueueOptions<T> {
  const handle = checkHandleOptions(options);
  const { mode, maxBytes } = options ?? {};
  return {
    mode: mode === undefined ? undefined : checkMode(mode, 'options.mode'),
    maxBytes: maxBytes === undefined ? undefined : checkBytes(maxBytes, 'options.maxBytes'),
    handle,
  };
}

export function checkCodec<T>(codec: Codec<T>, name = 'options.codec'): Codec<T> {
  if (
    typeof codec !== 'object' ||
    codec === null ||
    typeof codec.encode !== 'function' ||
    typeof codec.decode !== 'function'
  ) {
    throw invalidType(name, 'an object with the functions encode and decode', codec);
  }
  return codec;
}
