/** A check for messages that no process is left to take. */

import { listQueues, type QueueStatus } from '../../kernel/queues';
import { formatCount, formatKey } from '../output/format';
import { lastReceiver, QueueUsers } from '../queue-users';
import type { Finding } from './finding';

const MAX_NAMED = 5;

/** Finds queues with messages whose last reader has ended, and without a visible waiter. */
export function checkStuckMessages(): Finding {
  const users = new QueueUsers();
  const stuck = listQueues().filter((status) => status.messageCount > 0 && isWithoutReader(status, users));
  const data = {
    ids: stuck.map(({ id }) => id),
    messages: stuck.reduce((sum, { messageCount }) => sum + messageCount, 0),
    unseen: stuck.length === 0 ? [] : users.unseen,
  };
  if (stuck.length === 0) return { name: 'readers', state: 'ok', says: 'No messages are left without a reader.', data };
  const named = stuck.slice(0, MAX_NAMED).map(describe);
  const more = stuck.length > named.length ? `, and ${stuck.length - named.length} more` : '';
  const says = `Messages remain whose last reader has ended, and no process waits for them: ${named.join(', ')}${more}.`;
  return { name: 'readers', state: 'note', says, means: meaning(users.unseen), data };
}

function isWithoutReader(status: QueueStatus, users: QueueUsers): boolean {
  const { state } = lastReceiver(status);
  if (state !== 'gone' && state !== 'replaced') return false;
  return !users.waitersOf(status).some(({ syscall }) => syscall === 'msgrcv');
}

function describe({ id, key, messageCount, lastReceiverPid }: QueueStatus): string {
  return `queue ${id} (${formatKey(key)}, ${formatCount(messageCount, 'message')}, last read by ${lastReceiverPid})`;
}

function meaning(unseen: readonly string[]): string {
  const doubt = unseen.length === 0 ? '' : ` Not seen: ${unseen.join('; ')}.`;
  return `Start the reader again, or look with sysvmq peek and save them with sysvmq drain. A reader that polls is invisible while it does not wait.${doubt}`;
}
