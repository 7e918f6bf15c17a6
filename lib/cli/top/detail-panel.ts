/** A few lines about the selected queue: its owner, its last users, its waiters, and the messages in hand. */

import type { LastUser } from '../../admin/processes';
import { formatAge, formatCount, formatGroup, formatKey, formatMode, formatUser } from '../output/format';
import { formatLastUser, formatWaiters, lastReceiver, lastSender, type UsedQueue } from '../queue-users';
import { cell, type Line } from './drawing';

/** A title, and three lines. */
export function detailLines({ status, users }: UsedQueue, width: number): Line[] {
  const { id, key, uid, gid, mode, messageCount, usedBytes, maxBytes } = status;
  const owner = `${formatUser(uid)}:${formatGroup(gid)} ${formatMode(mode)}`;
  const bytes = `${usedBytes} of ${formatCount(maxBytes, 'byte')}`;
  const title = ` queue ${id}, key ${formatKey(key)}, ${owner}: ${formatCount(messageCount, 'message')}, ${bytes}`;
  const waiters = users.waitersOf(status);
  const receivers = formatWaiters(waiters, 'msgrcv') || 'nobody';
  const senders = formatWaiters(waiters, 'msgsnd') || 'nobody';
  const inHand = users.inHandOf(status);
  const lines = [
    ` last sent ${happened(status.lastSentAt, lastSender(status))}   in hand ${inHand}`,
    ` last received ${happened(status.lastReceivedAt, lastReceiver(status))}`,
    ` waiting to receive: ${receivers}   to send: ${senders}`,
  ];
  return [[{ text: cell(title, width), inverse: true }], ...lines.map((text) => [{ text: cell(text, width) }])];
}

function happened(moment: Date | null, user: LastUser): string {
  return moment === null ? 'never' : `${formatAge(moment)} by ${formatLastUser(user)}`;
}
