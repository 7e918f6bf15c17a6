/** Messages that do not decode: none hides another. */

import { DecodeError } from '../core/errors';
import type { Message } from '../core/message';
import type { Handle } from './handle';
import { afterDecodeError, type OnDecodeError } from './on-decode-error';
import { takeMessage } from './receive';
import type { Selection } from './selector';

/** After so many skipped ones in a row a wait goes on, so that the event loop is not kept by a flood of them. */
const MAX_SKIPPED = 100;

/** takeMessage, which passes over what `onDecodeError` skips. */
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

/** Throws the error of the call for many before, which has handed out what did decode. */
export function throwUndecoded(handle: Pick<Handle<unknown>, 'undecoded'>): void {
  const error = handle.undecoded;
  if (error === undefined) return;
  handle.undecoded = undefined;
  throw error;
}
