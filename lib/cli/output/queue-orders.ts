/** The sort orders of list and top: largest and latest first, but ids, keys and owners ascending. */

import type { QueueSample } from '../../admin/sample';
import type { QueueStatus } from '../../kernel/queues';
import { fillOf } from './queue-json';

type Order = (a: QueueStatus, b: QueueStatus) => number;

const latest = (...moments: (Date | null)[]): number => Math.max(...moments.map(Number));

/** The time of the last send or receive, in milliseconds; 0 for never. */
export function lastUsed({ lastSentAt, lastReceivedAt }: QueueStatus): number {
  return latest(lastSentAt, lastReceivedAt);
}

export const queueOrders = {
  id: (a, b) => a.id - b.id,
  key: (a, b) => (a.key >>> 0) - (b.key >>> 0),
  owner: (a, b) => a.uid - b.uid,
  messages: (a, b) => b.messageCount - a.messageCount,
  bytes: (a, b) => b.usedBytes - a.usedBytes,
  fill: (a, b) => fillOf(b) - fillOf(a),
  sent: (a, b) => latest(b.lastSentAt) - latest(a.lastSentAt),
  received: (a, b) => latest(b.lastReceivedAt) - latest(a.lastReceivedAt),
  used: (a, b) => lastUsed(b) - lastUsed(a),
} satisfies Record<string, Order>;

function ofStatus(order: keyof typeof queueOrders): (a: QueueSample, b: QueueSample) => number {
  return (a, b) => queueOrders[order](a.status, b.status);
}

/** The orders of top, in the order in which its key goes through them. A rate takes two looks, which list does not have. */
export const sampleOrders = {
  fill: ofStatus('fill'),
  messages: ofStatus('messages'),
  bytes: ofStatus('bytes'),
  rate: (a, b) => b.messagesPerSecond - a.messagesPerSecond,
  id: ofStatus('id'),
  owner: ofStatus('owner'),
  sent: ofStatus('sent'),
  used: ofStatus('used'),
} satisfies Record<string, (a: QueueSample, b: QueueSample) => number>;
