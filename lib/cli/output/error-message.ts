/** The library's errors in the command's words: a remedy that the user can type, and the code. */

import { LimitError, type MessageQueueError, QueueExistsError, QueueNotFoundError } from '../../core/errors';
import { formatKey } from './format';

/** The command's message for an error: the cause, the remedy, and the code. */
export function formatError(error: MessageQueueError): string {
  const call = error.syscall === undefined ? '' : ` from ${error.syscall}`;
  return `${messageOf(error)} (${error.code}${call})`;
}

// The library's text names its functions.
function messageOf(error: MessageQueueError): string {
  const key = formatKey(error.key ?? 0);
  if (error instanceof LimitError) return error.message.replace(error.remedy, wayOut(error) ?? error.remedy);
  if (error instanceof QueueNotFoundError) {
    return `No queue of this IPC namespace has the key ${key}. sysvmq list shows those that exist, sysvmq create --key ${key} makes it.`;
  }
  if (error instanceof QueueExistsError) {
    return `A queue has the key ${key} already. Pass --existing to use it, or remove it first: sysvmq remove --key ${key}.`;
  }
  return error.message;
}

function wayOut({ limit, queueId, code, requested }: LimitError): string | undefined {
  const queue = `--id ${queueId ?? 'ID'}`;
  switch (limit) {
    case 'MSGMNI':
      return 'Remove stale queues (sysvmq prune finds them, sysvmq remove --id ID removes one), or raise the limit: sysvmq limits set msgmni=N.';
    case 'MSGMAX':
      return `Send less at once, or raise the limit: sysvmq limits set msgmax=${requested}.`;
    case 'MSGMNB':
      return `Ask for less, or raise the limit: sysvmq limits set msgmnb=${requested}.`;
    case 'msg_qbytes':
      // EINVAL: the message could never fit.
      return code === 'EINVAL'
        ? `Send less at once, or enlarge the queue: sysvmq set ${queue} --max-bytes ${requested}.`
        : `Wait (without --nowait), receive from it, or enlarge it: sysvmq set ${queue} --max-bytes N.`;
    default:
      return undefined;
  }
}
