/** Errors of the library in the words of the command: a way out that can be typed, and the code. */

import { LimitError, type MessageQueueError } from '../error-classes';

/** What the command says of an error: what happened, what to do, and the code. */
export function spellError(error: MessageQueueError): string {
  const way = wayOut(error);
  const message =
    error instanceof LimitError && way !== undefined ? error.message.replace(error.remedy, way) : error.message;
  const call = error.syscall === undefined ? '' : ` from ${error.syscall}`;
  return `${message} (${error.code}${call})`;
}

// The library speaks of its functions.
function wayOut(error: MessageQueueError): string | undefined {
  if (!(error instanceof LimitError)) return undefined;
  const queue = error.queueId === undefined ? '--id ID' : `--id ${error.queueId}`;
  switch (error.limit) {
    case 'MSGMNI':
      return 'Remove queues that nobody uses (sysvmq list, sysvmq remove --id ID), or raise the limit: sysvmq limits set msgmni=N.';
    case 'MSGMAX':
      return `Send less at once, or raise the limit: sysvmq limits set msgmax=${error.requested}.`;
    case 'MSGMNB':
      return `Ask for less, or raise the limit: sysvmq limits set msgmnb=${error.requested}.`;
    case 'msg_qbytes':
      return `Receive from it, or enlarge it: sysvmq set ${queue} --max-bytes N.`;
    default:
      return undefined;
  }
}
