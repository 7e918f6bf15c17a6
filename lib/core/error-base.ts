/** The base class of the errors of this library. */

import { type InspectOptionsStylized, inspect } from 'node:util';
import { errorChannel, publishError } from './diagnostics';
import { errorToJson, inspectError } from './error-output';
import { knownKey } from './known-queues';

const brand = Symbol.for('sysvmq.MessageQueueError');

/** Details of a failed call. */
export interface ErrorDetails {
  code: string;
  /** Negative, as in Node.js. */
  errno?: number | undefined;
  syscall?: string | undefined;
  queueId?: number | undefined;
  key?: number | undefined;
  messageType?: number | bigint | undefined;
  cause?: unknown;
}

/**
 * Base of every error of this library but the TypeError and RangeError of bad arguments.
 *
 * `code` is the errno's name ('EAGAIN'), `errno` its negative number and `syscall` the call that failed ('msgsnd'), as
 * in Node's own errors. The known details of the queue are properties, too.
 */
export class MessageQueueError extends Error {
  /** The errno's name ('EAGAIN'), or a name like Node's own ('ERR_QUEUE_CLOSED'). */
  readonly code: string;
  // Declared only, so that an unknown detail is not a property of the error.
  /** The errno, negative. Missing when no system call failed. */
  declare readonly errno?: number;
  /** The system call that failed ('msgsnd'). Missing when none did. */
  declare readonly syscall?: string;
  /** The queue's id, if known. */
  declare readonly queueId?: number;
  /** The queue's key as a `key_t`: a signed 32-bit integer. */
  declare readonly key?: number;
  /** The type of the message in question; a bigint above 2^53. */
  declare readonly messageType?: number | bigint;
  /** For RequestClient's `request`: whether the request reached the queue, so that a server may have handled it. */
  declare readonly requestSent?: boolean;

  constructor(message: string, details: ErrorDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = details.code;
    if (details.errno !== undefined) this.errno = details.errno;
    if (details.syscall !== undefined) this.syscall = details.syscall;
    if (details.queueId !== undefined) this.queueId = details.queueId;
    const key = details.key ?? knownKey(details.queueId);
    if (key !== undefined) this.key = key;
    if (details.messageType !== undefined) this.messageType = details.messageType;
    if (errorChannel.hasSubscribers) publishError(this);
  }

  /**
   * Returns the error for JSON.stringify, and so for logs: name, message, all details of the call, the cause and the
   * stack. Bigints become their digits, bytes `{ base64 }`.
   *
   * @example
   * const queue = MessageQueue.createPrivate({ codec: codecs.json() });
   * MessageQueue.attach(queue.id).trySend('{', { type: 2n ** 62n });
   * try {
   *   queue.tryReceive();
   * } catch (error) {
   *   const { code, messageType, raw } = JSON.parse(JSON.stringify(error));
   *   assert.deepEqual([code, messageType, raw], ['ERR_MESSAGE_DECODE', '4611686018427387904', { base64: 'ew==' }]);
   * }
   * queue.remove();
   */
  toJSON(): Record<string, unknown> {
    return errorToJson(this);
  }

  /** @internal */
  [inspect.custom](_depth: number, options: InspectOptionsStylized): string {
    return inspectError(this, options);
  }
}

Object.defineProperty(MessageQueueError.prototype, brand, { value: true });

/** Whether this is an error of this library, including another copy of it and another realm. */
export function isMessageQueueError(error: unknown): error is MessageQueueError {
  try {
    return typeof error === 'object' && error !== null && (error as Record<symbol, unknown>)[brand] === true;
  } catch {
    return false; // A proxy may refuse to be asked.
  }
}
