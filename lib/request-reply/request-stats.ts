/** The counts of request clients and servers. */

/** Counts of a RequestClient since its creation. */
export interface RequestClientStats {
  /** Pending requests, which wait for room or for their reply. */
  pending: number;
  /** Requests that entered the queue. */
  sent: number;
  /** Replies to pending requests, including errors. */
  replies: number;
  /** Replies to canceled requests. They are discarded. */
  lateReplies: number;
  /** Messages in the reply queue that are not replies to this client. They are discarded. */
  strayMessages: number;
}

/** Counts of a RequestServer since its creation. */
export interface RequestServerStats {
  /** Requests that are being handled. */
  active: number;
  /** Requests that were taken and wait for a handler. Above 0 only when requests and replies share a full queue. */
  backlog: number;
  /** Requests taken, of any kind. */
  received: number;
  /** Replies sent, including errors. */
  replied: number;
  /** Requests whose handler threw, or that did not decode. */
  failed: number;
  /** Requests not handled, or replies not sent, because the client's timeout had passed. */
  expired: number;
  /** Replies that could not be sent: the client's queue is gone, stays full, or is not writable. */
  undeliverable: number;
  /** Messages that are not requests. They are discarded. */
  malformed: number;
}
