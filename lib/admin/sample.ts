/** The state of a queue at a moment, compared with an earlier one. */

import type { QueueStatus } from '../../types/queue';
import type { QueueSample } from '../../types/watch-queue';
import { fillOf } from '../kernel/queues';

/** A sample of a queue that was `status` at `at`; `previous` is an earlier one of the same queue. */
export function sampleOf(status: QueueStatus, at: Date, previous: QueueSample | undefined): QueueSample {
  const { messageCount: messages, usedBytes: bytes } = status;
  const seconds = previous === undefined ? 0 : (at.getTime() - previous.at.getTime()) / 1000;
  const rate = (now: number, before: number): number => (seconds > 0 ? (now - before) / seconds : 0);
  return {
    at,
    status,
    messages,
    bytes,
    fill: fillOf(status),
    messagesPerSecond: rate(messages, previous?.messages ?? messages),
    bytesPerSecond: rate(bytes, previous?.bytes ?? bytes),
  };
}
