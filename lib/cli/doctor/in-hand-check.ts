/** A check for messages in hand that no running consumer takes over. */

import { type AirlockInfo, listConsumers } from '../../consume/inspect';
import { formatCount, formatKey } from '../output/format';
import type { Finding } from './finding';

const MAX_NAMED = 5;

/** Finds consumers that ended with messages in hand, and whose name no running consumer of the queue has. */
export function checkInHand(): Finding {
  const all = listConsumers();
  const served = new Set(all.filter(({ alive }) => alive).map(groupOf));
  const left = all.filter((info) => !info.alive && info.messages.length > 0 && !served.has(groupOf(info)));
  const messages = left.reduce((sum, info) => sum + info.messages.length, 0);
  const data = { consumers: left.map(({ file }) => file), messages };
  if (left.length === 0) {
    return { name: 'consumers', state: 'ok', says: 'No consumer has ended and left messages in hand.', data };
  }
  const named = left.slice(0, MAX_NAMED).map(describe);
  const more = left.length > named.length ? `, and ${left.length - named.length} more` : '';
  return {
    name: 'consumers',
    state: 'note',
    says: `Consumers have ended with messages in hand, and none of their names runs: ${named.join(', ')}${more}.`,
    means:
      'Start a consumer of the name again, or put the messages back with sysvmq recover. sysvmq consumers lists them.',
    data,
  };
}

function groupOf({ queueKey, queueId, name }: AirlockInfo): string {
  return `${queueKey === 0 ? `id ${queueId}` : queueKey} ${name}`;
}

function describe({ name, queueKey, queueId, messages }: AirlockInfo): string {
  const queue = queueKey === 0 ? `queue ${queueId}` : `queue ${formatKey(queueKey)}`;
  return `${name} (${queue}, ${formatCount(messages.length, 'message')})`;
}
