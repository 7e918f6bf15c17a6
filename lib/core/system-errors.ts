/** Errors of a system without queues, or without an addon for it. */

import { MessageQueueError } from './error-base';

/** `ENOSYS`: this kernel lacks the call, or was built without it. */
export class UnsupportedError extends MessageQueueError {}

/** `ERR_NATIVE_LOAD`: the addon could not be loaded. The message lists the places tried and the remedy. */
export class NativeLoadError extends MessageQueueError {
  constructor(message: string, options: { cause: unknown }) {
    super(message, { code: 'ERR_NATIVE_LOAD', cause: options.cause });
  }
}
