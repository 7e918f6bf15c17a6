/** A queue's state as the command shows it in JSON. */

import type { QueueStatus } from '../../../types/queue';
import { formatKey } from './format';

/** What `stat()` has, and the key in hex, and how full the queue is: from 0 to 1. */
export function queueJson(status: QueueStatus): object {
  const { id, key, ...rest } = status;
  return { id, key, keyHex: formatKey(key), ...rest, fill: fillOf(status) };
}

/**
 * How full a queue is, from 0 to 1: by its bytes, or by its messages, of which it takes as many as it takes bytes
 * (Linux ipc/msg.c). Above 1 when msg_qbytes was lowered; a queue that takes nothing (msg_qbytes 0) is full.
 */
export function fillOf({ usedBytes, messageCount, maxBytes }: QueueStatus): number {
  return maxBytes === 0 ? 1 : Math.max(usedBytes, messageCount) / maxBytes;
}
