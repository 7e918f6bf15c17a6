/** Handles messages that do not decode, so that none hides another. */

import { DecodeError } from '../core/errors';
import type { Message } from '../core/message';
import type { Handle } from './handle';
import { afterDecodeError, type OnDecodeError } from './on-decode-error';
import { takeMessage } from './receive';
import type { Selection } from './selector';

/**
 * After this many skipped messages in a row a wait yields to the event loop, so that a flood of them does not occupy
 * it.
 */
const MAX_SKIPPED = 100;

/** Like takeMessage, but skips the messages that `onDecodeError` skips. */
export function takeDecoded<T>(
  { id, codec }: Pick<Handle<T>, 'id' | 'codec'>,
  selection: Selection,
  onDecodeError: OnDecodeError<T> | undefined,
  tries = 1,
): Message<T> | undefined {
  if (onDecodeError === undefined) return takeMessage(id, selection, codec, tries);
  for (let skipped = 0; skipped < MAX_SKIPPED; skipped++) {
    try {
      return takeMessage(id, selection, codec, tries);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      const message = afterDecodeError(error, onDecodeError);
      if (message !== undefined) return message;
    }
  }
  return undefined;
}

/** Throws the decode error of the previous call for many, which returned the messages that decoded. */
export function throwUndecoded(handle: Pick<Handle<unknown>, 'undecoded'>): void {
  const error = handle.undecoded;
  if (error === undefined) return;
  handle.undecoded = undefined;
  throw error;
}
