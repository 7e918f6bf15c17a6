/** The shapes around watchQueue. */

import type { QueueStatus } from './queue';

/** How often, and until when. */
export interface WatchOptions {
  /** Milliseconds from one sample to the next, 1 … 2^31−1. Default: 1000. */
  interval?: number | undefined;
  /** Ends the iteration with an AbortError when this is aborted. */
  signal?: AbortSignal | undefined;
}

/** The state of a queue at a moment, and how it changes. */
export interface QueueSample {
  /** When it was taken. */
  at: Date;
  /** All that the kernel says of the queue. */
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
