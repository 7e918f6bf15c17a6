/** Applies a caller's `onDecodeError` to a message that does not decode. */

import type { DecodeError } from '../core/errors';
import { exactMessage, type Message } from '../core/message';
import { refusePromise } from '../core/validators';

/**
 * Is given the error of each message that does not decode, with its bytes in `error.raw`. 'skip', or nothing, passes it
 * over; any other value becomes the message's data.
 */
// biome-ignore lint/suspicious/noConfusingVoidType: so that a function that only logs is accepted.
export type OnDecodeError<T> = (error: DecodeError) => T | 'skip' | undefined | void;

/** The handling of messages that do not decode. */
export interface OnUndecodable<T> {
  /** Default: their error, after the messages that do decode. */
  onDecodeError?: OnDecodeError<T> | undefined;
}

/** The replacement for a message that does not decode; undefined when it is skipped. */
export function afterDecodeError<T>(error: DecodeError, onDecodeError: OnDecodeError<T>): Message<T> | undefined {
  const value = onDecodeError(error);
  requireAtOnce(value, error);
  if (value === 'skip' || value === undefined) return undefined;
  return exactMessage(error.messageType, value as T, error.truncated);
}

// The message is in the error, which must not be lost with the promise.
function requireAtOnce(value: unknown, error: DecodeError): void {
  try {
    refusePromise(value, 'options.onDecodeError');
  } catch (refusal) {
    (refusal as Error).cause = error;
    throw refusal;
  }
}
