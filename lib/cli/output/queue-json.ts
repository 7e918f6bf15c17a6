/** A queue's state as the command shows it in JSON. */

import { fillOf, type QueueStatus } from '../../kernel/queues';
import { formatKey } from './format';

export { fillOf };

/** The result of `stat()`, the key in hexadecimal, and the queue's fill from 0 to 1. */
export function queueJson(status: QueueStatus): object {
  const { id, key, ...rest } = status;
  return { id, key, keyHex: formatKey(key), ...rest, fill: fillOf(status) };
}
