/** Errors of a queue: absent, there already, removed, closed or refused. */

import { type ErrorDetails, MessageQueueError } from './error-base';
import { queueName } from './known-queues';

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

/** `ERR_QUEUE_CLOSED`: the handle was closed. The queue itself still exists. */
export class QueueClosedError extends MessageQueueError {
  constructor(queueId: number) {
    super(`The handle of ${queueName(queueId)} is closed. Open the queue again to use it.`, {
      code: 'ERR_QUEUE_CLOSED',
      queueId,
    });
  }
}
