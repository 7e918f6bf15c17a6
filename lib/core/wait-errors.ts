/** Errors of a wait that ended without its message. */

import { constants } from 'node:os';
import { MessageQueueError } from './error-base';
import { formatCount } from './format';
import { queueName } from './known-queues';

/** `EINTR`: a signal handler ran while the call waited. Nothing was sent or taken. */
export class InterruptedError extends MessageQueueError {}

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
