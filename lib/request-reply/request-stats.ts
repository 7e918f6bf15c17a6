/** What clients and servers of requests count. */

/** Counts of a RequestClient since its creation. */
export interface RequestClientStats {
  /** Requests that wait, for room or for their reply. */
  pending: number;
  /** Requests that got into the queue. */
  sent: number;
  /** Replies to pending requests, among them those with errors. */
  replies: number;
  /** Replies to requests that had been canceled. They are thrown away. */
  lateReplies: number;
  /** Messages among the replies that are no reply to this client. They are thrown away. */
  strayMessages: number;
}

/** Counts of a RequestServer since its creation. */
export interface RequestServerStats {
  /** Requests that are being handled. */
  active: number;
  /** Requests that have been taken and wait to be handled: none, but when requests and replies share a queue that is full. */
  backlog: number;
  /** Requests that were taken, of any kind. */
  received: number;
  /** Replies that were sent, among them those with errors. */
  replied: number;
  /** Requests whose handler threw, or that did not decode. */
  failed: number;
  /** Requests that were not handled, or replies that were not sent, because the client's time was up. */
  expired: number;
  /** Replies that could not be sent: the client's queue is gone, stays full, or may not be written. */
  undeliverable: number;
  /** Messages that are no request. They are thrown away. */
  malformed: number;
}
