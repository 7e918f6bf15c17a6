/** Errors of a limit that a call has reached. */

import { type ErrorDetails, MessageQueueError } from './error-base';
import type { LimitName } from './limit-table';

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
