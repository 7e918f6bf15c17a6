/** The classes of the errors of this library, and their names. error-from-errno.ts decides which class an errno becomes. */

import { MessageQueueError } from './error-base';
import {
  LimitError,
  MessageTooLargeError,
  QueueBytesLimitError,
  QueueCountLimitError,
  QueueFullError,
} from './limit-errors';
import { BufferTooSmallError, DecodeError, DrainError, NoMessageError, RemoteError } from './message-errors';
import {
  QueueAccessError,
  QueueClosedError,
  QueueExistsError,
  QueueNotFoundError,
  QueueRemovedError,
} from './queue-errors';
import { NativeLoadError, UnsupportedError } from './system-errors';
import { AbortError, InterruptedError, TimeoutError } from './wait-errors';

export * from './error-base';
export * from './limit-errors';
export * from './message-errors';
export * from './queue-errors';
export * from './system-errors';
export * from './wait-errors';

// The names are literals because bundlers shorten class names. They live on the prototypes, like Node's own, so that
// they are not among an error's own properties.
const classes = {
  MessageQueueError,
  LimitError,
  QueueCountLimitError,
  MessageTooLargeError,
  QueueFullError,
  QueueBytesLimitError,
  QueueNotFoundError,
  QueueExistsError,
  QueueRemovedError,
  QueueAccessError,
  NoMessageError,
  BufferTooSmallError,
  InterruptedError,
  UnsupportedError,
  TimeoutError,
  AbortError,
  QueueClosedError,
  DecodeError,
  DrainError,
  RemoteError,
  NativeLoadError,
};
for (const [name, errorClass] of Object.entries(classes)) {
  Object.defineProperty(errorClass.prototype, 'name', { value: name, configurable: true, writable: true });
}
