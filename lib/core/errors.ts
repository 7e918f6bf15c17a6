/** The classes of the errors of this library. error-from-errno.ts decides which class an errno becomes. */

import { constants } from 'node:os';
import { type InspectOptionsStylized, inspect } from 'node:util';
import { errorChannel, publishError } from './diagnostics';
import { errorToJson, inspectError } from './error-output';
import { formatCount } from './format';
import { knownKey, queueName } from './known-queues';
import type { LimitName } from './limit-table';
import type { Message } from './message';

/** A step of an issue's path, as some schemas write it. */
export interface SchemaPathSegment {
  /** The name of a property, or an index. */
  readonly key: PropertyKey;
}

/** An issue that a schema found. */
export interface SchemaIssue {
  /** The schema's description of the issue. */
  readonly message: string;
  /** Its place: keys from the outside in, each plain or as the `key` of an object. */
  readonly path?: ReadonlyArray<PropertyKey | SchemaPathSegment> | undefined;
}

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

/** A limit that a call has reached: the kernel's, the queue's, or the handle's. */
export type ReachedLimit = LimitName | 'msg_qbytes' | 'maxPendingSends';

export interface LimitErrorDetails extends ErrorDetails {
  limit: ReachedLimit;
  limitValue: number | undefined;
  requested: number;
  procPath: string;
  remedy: string;
}

/** A limit was reached. The error names the limit, its current value, the requested value, and the remedy. */
export class LimitError extends MessageQueueError {
  /** The limit's name. */
  readonly limit: ReachedLimit;
  /** The limit's value when the error was created; undefined when the kernel did not report it. */
  readonly limitValue: number | undefined;
  /** The value that the call needed, in the limit's unit. */
  readonly requested: number;
  /** The file that shows the limit, or the limit that bounds it. */
  readonly procPath: string;
  /** The remedy. */
  readonly remedy: string;

  constructor(message: string, details: LimitErrorDetails) {
    super(message, details);
    this.limit = details.limit;
    this.limitValue = details.limitValue;
    this.requested = details.requested;
    this.procPath = details.procPath;
    this.remedy = details.remedy;
  }
}

/** `ENOSPC` from msgget: MSGMNI queues exist already. */
export class QueueCountLimitError extends LimitError {
  /** How many queues exist. */
  readonly queueCount: number;

  constructor(message: string, details: LimitErrorDetails & { queueCount: number }) {
    super(message, details);
    this.queueCount = details.queueCount;
  }
}

/** `EINVAL` from msgsnd: longer than MSGMAX, or than this queue's msg_qbytes, so that it could never be sent. */
export class MessageTooLargeError extends LimitError {}

/** `EAGAIN` from msgsnd: the queue has no room now. */
export class QueueFullError extends LimitError {
  /** Bytes in the queue; undefined when the kernel did not report them. */
  readonly usedBytes: number | undefined;
  /** Messages in the queue; undefined when the kernel did not report them. */
  readonly messageCount: number | undefined;

  constructor(
    message: string,
    details: LimitErrorDetails & { usedBytes: number | undefined; messageCount: number | undefined },
  ) {
    super(message, details);
    this.usedBytes = details.usedBytes;
    this.messageCount = details.messageCount;
  }
}

/** `EPERM` from msgctl(IPC_SET): msg_qbytes above MSGMNB without the capability for it. */
export class QueueBytesLimitError extends LimitError {
  /** The capability that the call needed. */
  readonly capability = 'CAP_SYS_RESOURCE';
}

/** `ENOENT` from msgget: no queue has this key. */
export class QueueNotFoundError extends MessageQueueError {}

/** `EEXIST` from msgget: a queue has this key already. */
export class QueueExistsError extends MessageQueueError {}

/**
 * `EIDRM`: the queue was removed during the call. `EINVAL`: it was removed before, or no queue of this IPC namespace has
 * the id.
 */
export class QueueRemovedError extends MessageQueueError {}

/** The owner of a queue, and the permissions that its mode grants. */
export interface QueueOwner {
  /** User id of the owner. */
  uid: number;
  /** Group id of the owner. */
  gid: number;
  /** User id of the creator, which keeps the owner's rights forever. */
  creatorUid: number;
  /** Group id of the creator. */
  creatorGid: number;
  /** The nine permission bits. */
  mode: number;
}

/** `EACCES` or `EPERM`: not allowed. */
export class QueueAccessError extends MessageQueueError {
  /** The missing permission, such as 'read permission'. */
  readonly needed: string;
  /** The queue's owner; undefined when no queue is involved or the kernel did not report it. */
  readonly owner: QueueOwner | undefined;

  constructor(message: string, details: ErrorDetails & { needed: string; owner?: QueueOwner | undefined }) {
    super(message, details);
    this.needed = details.needed;
    this.owner = details.owner;
  }
}

/** `ENOMSG` from msgrcv: no message matches now. */
export class NoMessageError extends MessageQueueError {
  /** The selector, such as 'any type' or 'type 5'. */
  readonly selector: string;

  constructor(message: string, details: ErrorDetails & { selector: string }) {
    super(message, details);
    this.selector = details.selector;
  }
}

/** `E2BIG` from msgrcv: the message is longer than `maxLength`. It is still in the queue. */
export class BufferTooSmallError extends MessageQueueError {
  /** The requested maximum, in bytes. */
  readonly maxLength: number;

  constructor(message: string, details: ErrorDetails & { maxLength: number }) {
    super(message, details);
    this.maxLength = details.maxLength;
  }
}

/** `EINTR`: a signal handler ran while the call waited. Nothing was sent or taken. */
export class InterruptedError extends MessageQueueError {}

/** `ENOSYS`: this kernel lacks the call, or was built without it. */
export class UnsupportedError extends MessageQueueError {}

// The wait itself may have taken an empty message: the next receive of this process then gets it.
const NOT_SENT = 'The message was not sent.';
const NOT_RECEIVED = 'No message was received.';

const outcomeOf = (syscall: string): string => (syscall === 'msgsnd' ? NOT_SENT : NOT_RECEIVED);

/**
 * `ETIMEDOUT`: the timeout has passed. The message was not sent, or none was received. For many messages, `sent` counts
 * those sent; for a request, `requestSent` says whether it was sent.
 */
export class TimeoutError extends MessageQueueError {
  constructor(syscall: string, queueId: number, timeout: number, outcome = outcomeOf(syscall)) {
    super(`${syscall} on ${queueName(queueId)} timed out after ${timeout} ms. ${outcome}`, {
      code: 'ETIMEDOUT',
      errno: -constants.errno.ETIMEDOUT,
      syscall,
      queueId,
    });
  }
}

/** `ABORT_ERR`: the AbortSignal was aborted. The rest is as for TimeoutError. `cause` is the signal's reason. */
export class AbortError extends MessageQueueError {
  constructor(syscall: string, queueId: number, cause: unknown, outcome = outcomeOf(syscall)) {
    super(`${syscall} on ${queueName(queueId)} was aborted. ${outcome}`, {
      code: 'ABORT_ERR',
      syscall,
      queueId,
      cause,
    });
  }
}

/** Adds to the error of a call for many messages how many were sent: `sent`, and in its text. */
export function withSentCount(error: Error, sent: number, wanted: number): Error {
  if (sent > 0 && error.message.includes(NOT_SENT)) {
    const words = `${sent} of ${formatCount(wanted, 'message')} ${sent === 1 ? 'was' : 'were'} sent.`;
    const { stack } = error;
    error.message = error.message.replace(NOT_SENT, words);
    if (typeof stack === 'string') error.stack = stack.replace(NOT_SENT, words);
  }
  return Object.assign(error, { sent });
}

/** `ERR_QUEUE_CLOSED`: the handle was closed. The queue itself still exists. */
export class QueueClosedError extends MessageQueueError {
  constructor(queueId: number) {
    super(`The handle of ${queueName(queueId)} is closed. Open the queue again to use it.`, {
      code: 'ERR_QUEUE_CLOSED',
      queueId,
    });
  }
}

// A codec may throw any value, even one that has no text, or throws when converted to text.
function why(cause: unknown): string {
  try {
    if (cause instanceof Error) return `: ${cause.message}`;
    return `: ${typeof cause === 'string' ? cause : inspect(cause)}`;
  } catch {
    return '.';
  }
}

/** A value that a schema refuses. Becomes the `cause` of a DecodeError. @internal */
export class SchemaError extends TypeError {
  declare readonly issues: readonly SchemaIssue[];

  constructor(issues: readonly SchemaIssue[], message: string) {
    super(message);
    // The DecodeError shows them.
    Object.defineProperty(this, 'issues', { value: issues });
  }
}

/**
 * `ERR_MESSAGE_DECODE`: the codec could not decode a message. The message has left the queue; `raw` holds all its
 * bytes.
 */
export class DecodeError extends MessageQueueError {
  /** The message's bytes. */
  readonly raw: Buffer;
  /** Whether the message was truncated at `maxLength`, which may be why it does not decode. */
  readonly truncated: boolean;
  /** @deprecated Always empty: a call for many returns the messages that decode. */
  readonly messages: Message<unknown>[] = [];
  /** For a call for many messages: the errors of further messages that do not decode. */
  readonly others: DecodeError[] = [];
  /** The issues that the schema of `codecs.json({ schema })` found; undefined when no schema refused the message. */
  readonly issues: readonly SchemaIssue[] | undefined;
  /** The message's type; a bigint above 2^53. */
  declare readonly messageType: number | bigint;

  constructor(queueId: number, messageType: number | bigint, raw: Buffer, cause: unknown, truncated = false) {
    const length = formatCount(raw.length, 'byte');
    const what = truncated
      ? `from ${queueName(queueId)} was cut to ${length} (truncate) and`
      : `(${length}) from ${queueName(queueId)}`;
    super(`A message of type ${messageType} ${what} does not decode${why(cause)}`, {
      code: 'ERR_MESSAGE_DECODE',
      queueId,
      messageType,
      cause,
    });
    this.raw = raw;
    this.truncated = truncated;
    this.issues = cause instanceof SchemaError ? cause.issues : undefined;
  }
}

/**
 * `ERR_QUEUE_DRAIN`: drainTo could not write a message. The next matching receive of this process gets it; without one
 * it soon goes back to the end of its queue. `cause` is the destination's error.
 */
export class DrainError extends MessageQueueError {
  /** The number of messages written before. They have left the queue. */
  readonly drained: number;
  /** The message, if it could not go back because the queue is gone. No other copy exists. */
  readonly undelivered: Message<Buffer> | undefined;

  constructor(
    queueId: number,
    drained: number,
    undelivered: Message<Buffer> | undefined,
    cause: unknown,
    wasReturned = false,
  ) {
    let fate = 'No message was taken for it.';
    if (wasReturned) {
      fate =
        'The message that could not be written is kept: the next matching receive of this process gets it, or else it goes back to the end of the queue.';
    } else if (undelivered !== undefined) {
      fate = 'The message that could not be written could not go back either: error.undelivered has it.';
    }
    super(`Draining ${queueName(queueId)} failed after ${formatCount(drained, 'message')}${why(cause)}. ${fate}`, {
      code: 'ERR_QUEUE_DRAIN',
      queueId,
      cause,
    });
    this.drained = drained;
    this.undelivered = undelivered;
  }
}

/** A server's answer to a request that failed. */
export interface RemoteFailure {
  name?: string | undefined;
  message: string;
  code?: string | undefined;
}

/** `ERR_REMOTE`: the server answered a request with an error: its handler threw, or was not callable. */
export class RemoteError extends MessageQueueError {
  /** The error's name on the server, such as 'TypeError'; undefined when the server sent none. */
  readonly remoteName: string | undefined;
  /** The error's `code` on the server, such as 'ENOENT'; undefined when it had none. */
  readonly remoteCode: string | undefined;

  constructor(queueId: number, failure: RemoteFailure) {
    super(failure.message, { code: 'ERR_REMOTE', queueId });
    this.remoteName = failure.name;
    this.remoteCode = failure.code;
  }
}

/** `ERR_NATIVE_LOAD`: the addon could not be loaded. The message lists the places tried and the remedy. */
export class NativeLoadError extends MessageQueueError {
  constructor(message: string, options: { cause: unknown }) {
    super(message, { code: 'ERR_NATIVE_LOAD', cause: options.cause });
  }
}

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
