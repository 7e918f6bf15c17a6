/** What a caller's `onDecodeError` makes of a message that does not decode. */

import type { OnDecodeError } from '../../types/queue';
import type { DecodeError } from '../core/errors';
import { exactMessage, type Message } from '../core/message';

/** What becomes of a message that does not decode: undefined where it is passed over. */
export function afterDecodeError<T>(error: DecodeError, onDecodeError: OnDecodeError<T>): Message<T> | undefined {
  const value = onDecodeError(error);
  if (value === 'skip' || value === undefined) return undefined;
  return exactMessage(error.messageType, value as T, error.truncated);
}
