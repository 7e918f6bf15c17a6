/** The error of a failed file operation. */

import { MessageQueueError, QueueAccessError } from '../core/errors';

/** The error of a failed file operation, for limits or ftok: the same classes and properties as for a queue. */
export function errorFromFile(error: unknown, needed: string): Error {
  const failure = error as NodeJS.ErrnoException;
  if (typeof failure.errno !== 'number' || failure.code === undefined) return error as Error;
  const details = { code: failure.code, errno: failure.errno, syscall: failure.syscall, cause: error };
  if (failure.code === 'EACCES' || failure.code === 'EPERM' || failure.code === 'EROFS') {
    return new QueueAccessError(`${failure.message}: this needs ${needed}.`, { ...details, needed });
  }
  return new MessageQueueError(failure.message, details);
}
