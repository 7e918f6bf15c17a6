/** The classes of everything this library throws. Which one an errno becomes is decided in errors.ts. */

import { constants } from 'node:os';
import { type InspectOptionsStylized, inspect } from 'node:util';
import { errorChannel, publishError } from './diagnostics';
import { errorToJson, inspectError } from './error-output';
import { formatCount } from './format';
import { knownKey, queueName } from './known-queues';
import type { LimitName } from './limit-table';
import type { Message } from './message';

/** Where an issue is, as some schemas write it. */
export interface SchemaPathSegment {
  /** The name of a property, or an index. */
  readonly key: PropertyKey;
}

/** What a schema finds wrong. */
export interface SchemaIssue {
  /** What is wrong, in the words of the schema. */
  readonly message: string;
  /** Where: keys from the outside in, each by itself or as the `key` of an object. */
  readonly path?: ReadonlyArray<PropertyKey | SchemaPathSegment> | undefined;
}

const brand = Symbol.for('sysvmq.MessageQueueError');

/** What is known of a failed call. */
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
 * in Node's own errors; all that is known of the queue comes with it.
 */
export class MessageQueueError extends Error {
  /** The errno's name ('EAGAIN'), or a name as Node's own errors have it ('ERR_QUEUE_CLOSED'). */
  readonly code: string;
  // Declared only: what is not known of a call is not a property of its error.
  /** The errno, negative. Missing where no system call failed. */
  declare readonly errno?: number;
  /** The system call that failed ('msgsnd'). Missing where none did. */
  declare readonly syscall?: string;
  /** The queue's id, where it is known. */
  declare readonly queueId?: number;
  /** As `key_t` has it: a signed 32-bit integer. */
  declare readonly key?: number;
  /** The type of the message that the call was about; a bigint past 2^53. */
  declare readonly messageType?: number | bigint;
  /** Of RequestClient's `request`: whether the request got into the queue, so that it may have been handled. */
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
   * For JSON.stringify, and so for logs: name, message, all that is known of the call, the cause and the stack. Bigints
   * become their digits, bytes `{ base64 }`.
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

/** Whether this is an error of this library, also of another copy of it or from another realm. */
export function isMessageQueueError(error: unknown): error is MessageQueueError {
  try {
    return typeof error === 'object' && error !== null && (error as Record<symbol, unknown>)[brand] === true;
  } catch {
    return false; // A proxy may refuse to be asked.
  }
}

/** A limit that a call has reached: one of the kernel's, the queue's own, or the handle's. */
export type ReachedLimit = LimitName | 'msg_qbytes' | 'maxPendingSends';

export interface LimitErrorDetails extends ErrorDetails {
  limit: ReachedLimit;
  limitValue: number | undefined;
  requested: number;
  procPath: string;
  remedy: string;
}

/** A limit of the kernel was reached: which one, its value now, what was asked for, and the remedy. */
export class LimitError extends MessageQueueError {
  /** Which limit. */
  readonly limit: ReachedLimit;
  /** The limit's value when the error was made; undefined when the kernel would not say. */
  readonly limitValue: number | undefined;
  /** What the call would have needed, in the limit's unit. */
  readonly requested: number;
  /** The file that shows the limit, or the one behind it. */
  readonly procPath: string;
  /** What to do. */
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
  /** Bytes in the queue; undefined when the kernel would not say. */
  readonly usedBytes: number | undefined;
  /** Messages in the queue; undefined when the kernel would not say. */
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
  /** The capability that the call would have needed. */
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
  /** What was asked for, such as 'read permission'. */
  readonly needed: string;
  /** The queue's owner; undefined when no queue is involved or the kernel would not say. */
  readonly owner: QueueOwner | undefined;

  constructor(message: string, details: ErrorDetails & { needed: string; owner?: QueueOwner | undefined }) {
    super(message, details);
    this.needed = details.needed;
    this.owner = details.owner;
  }
}

/** `ENOMSG` from msgrcv: no message matches now. */
export class NoMessageError extends MessageQueueError {
  /** What was looked for, such as 'any type' or 'type 5'. */
  readonly selector: string;

  constructor(message: string, details: ErrorDetails & { selector: string }) {
    super(message, details);
    this.selector = details.selector;
  }
}

/** `E2BIG` from msgrcv: the message is longer than asked for. It is still in the queue. */
export class BufferTooSmallError extends MessageQueueError {
  /** The most bytes that were asked for. */
  readonly maxLength: number;

  constructor(message: string, details: ErrorDetails & { maxLength: number }) {
    super(message, details);
    this.maxLength = details.maxLength;
  }
}

/** `EINTR`: a signal handler ran while the call waited. Nothing was sent or taken. */
export class InterruptedError extends MessageQueueError {}

/** `ENOSYS`: this kernel does not have the call, or was built without it. */
export class UnsupportedError extends MessageQueueError {}

// An empty message may have been taken by the wait itself: then the next receive of this process has it.
const NOT_SENT = 'The message was not sent.';
const NOT_RECEIVED = 'It handed out no message.';

const outcomeOf = (syscall: string): string => (syscall === 'msgsnd' ? NOT_SENT : NOT_RECEIVED);

/**
 * `ETIMEDOUT`: the time given was up. The message was not sent, or none was handed out; of many, `sent` says how many were.
 * Whether a request was sent, its `requestSent` says.
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

/** `ABORT_ERR`: the AbortSignal was aborted. Otherwise as TimeoutError. `cause` is the signal's reason. */
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

/** Says on the error of a call for many messages how many were sent: `sent`, and in its message. */
export function withSentCount(error: Error, sent: number, wanted: number): Error {
  if (sent > 0 && error.message.includes(NOT_SENT)) {
    const words = `${sent} of ${formatCount(wanted, 'message')} ${sent === 1 ? 'was' : 'were'} sent.`;
    const { stack } = error;
    error.message = error.message.replace(NOT_SENT, words);
    if (typeof stack === 'string') error.stack = stack.replace(NOT_SENT, words);
  }
  return Object.assign(error, { sent });
}

/** `ERR_QUEUE_CLOSED`: the handle was closed. The queue itself lives on. */
export class QueueClosedError extends MessageQueueError {
  constructor(queueId: number) {
    super(`The handle of ${queueName(queueId)} is closed. Open the queue again to use it.`, {
      code: 'ERR_QUEUE_CLOSED',
      queueId,
    });
  }
}

// A codec may throw anything, also what has no words, or throws when asked for them.
function why(cause: unknown): string {
  try {
    if (cause instanceof Error) return `: ${cause.message}`;
    return `: ${typeof cause === 'string' ? cause : inspect(cause)}`;
  } catch {
    return '.';
  }
}

/** What a schema refuses. Becomes the `cause` of a DecodeError. @internal */
export class SchemaError extends TypeError {
  readonly issues: readonly SchemaIssue[];

  constructor(issues: readonly SchemaIssue[], message: string) {
    super(message);
    this.issues = issues;
  }
}

/** `ERR_MESSAGE_DECODE`: the codec could not read a message. It was taken from the queue, and is here whole. */
export class DecodeError extends MessageQueueError {
  /** The message's bytes. */
  readonly raw: Buffer;
  /** Whether the message was cut at `maxLength`, which may be why it does not decode. */
  readonly truncated: boolean;
  /** @deprecated Always empty: a call for many hands out what does decode. */
  readonly messages: Message<unknown>[] = [];
  /** Of a call for many messages: the errors of further ones that do not decode. */
  readonly others: DecodeError[] = [];
  /** What the schema of `codecs.json({ schema })` found wrong; undefined when it was not a schema that refused. */
  readonly issues: readonly SchemaIssue[] | undefined;
  /** The message's type; a bigint past 2^53. */
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
 * `ERR_QUEUE_DRAIN`: drainTo could not write a message. The next matching receive of this process gets it; if there is none
 * soon, it goes back to the end of its queue. `cause` is what the destination said.
 */
export class DrainError extends MessageQueueError {
  /** How many messages were written before. They have left the queue. */
  readonly drained: number;
  /** The message, if it could not go back because the queue is gone: it is nowhere else. */
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

/** What a server says of a request that failed. */
export interface RemoteFailure {
  name?: string | undefined;
  message: string;
  code?: string | undefined;
}

/** `ERR_REMOTE`: the server answered a request with an error: its handler threw, or could not be called. */
export class RemoteError extends MessageQueueError {
  /** The name of the error there, such as 'TypeError'; undefined when the server named none. */
  readonly remoteName: string | undefined;
  /** The `code` of the error there, such as 'ENOENT'; undefined when it had none. */
  readonly remoteCode: string | undefined;

  constructor(queueId: number, failure: RemoteFailure) {
    super(failure.message, { code: 'ERR_REMOTE', queueId });
    this.remoteName = failure.name;
    this.remoteCode = failure.code;
  }
}

/** `ERR_NATIVE_LOAD`: the addon could not be loaded. The message says what was tried and what to run. */
export class NativeLoadError extends MessageQueueError {
  constructor(message: string, options: { cause: unknown }) {
    super(message, { code: 'ERR_NATIVE_LOAD', cause: options.cause });
  }
}

// The names are written out because bundlers shorten those of classes, and they live on the prototypes, where Node
// has them too, so that they are not listed among an error's own properties.
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
