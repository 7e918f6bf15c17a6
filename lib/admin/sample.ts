/** The state of a queue at a moment, compared with an earlier one. */

import { fillOf, type QueueStatus } from '../kernel/queues';

/** The state of a queue at a moment, and how it changes. */
export interface QueueSample {
  /** When it was taken. */
  at: Date;
  /** The kernel's data about the queue. */
  status: QueueStatus;
  /** Messages in the queue. */
  messages: number;
  /** Bytes in the queue. */
  bytes: number;
  /** How full it is, from 0 to 1: by its bytes or by its messages, whichever comes first; above 1 after a `set` to less. */
  fill: number;
  /**
   * By how many messages a second the queue has grown since the last sample; negative: it has shrunk. The kernel counts
   * no sends and no receives, so this is their difference. 0 in the first sample.
   */
  messagesPerSecond: number;
  /** The same in bytes a second. */
  bytesPerSecond: number;
}

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
