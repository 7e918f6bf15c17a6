/** Errors of a message: none there, too long, undecodable, not written, or refused by a server. */

import { inspect } from 'node:util';
import { type ErrorDetails, MessageQueueError } from './error-base';
import { formatCount } from './format';
import { queueName } from './known-queues';
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

/** `ENOMSG` from msgrcv: no message matches now. */
export class NoMessageError extends MessageQueueError {
  /** The selector, such as 'any type' or 'type 5'. */
  readonly selector: string;

  constructor(message: string, details: ErrorDetails & { selector: string }) {
    super(message, details);
    this.selector = details.selector;
  }
}

/** `E2BIG` from msgrcv: the message is longer than `maxLength`, or than the room in `into`. It is still in the queue. */
export class BufferTooSmallError extends MessageQueueError {
  /** The maximum, in bytes: the requested one, or the room in `into`. */
  readonly maxLength: number;

  constructor(message: string, details: ErrorDetails & { maxLength: number }) {
    super(message, details);
    this.maxLength = details.maxLength;
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
