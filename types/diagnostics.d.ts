/** What is published on the channels of node:diagnostics_channel. */

/** On `sysvmq:send`: a message is in a queue. */
export interface SendEvent {
  /** The queue's id (msqid). */
  queueId: number;
  /** A bigint where a number does not hold it. */
  messageType: number | bigint;
  /** Of the message's text. */
  bytes: number;
}

/** On `sysvmq:receive`: a message was taken out of a queue. */
export interface ReceiveEvent {
  /** The queue's id (msqid). */
  queueId: number;
  /** A bigint where a number does not hold it. */
  messageType: number | bigint;
  /** What was handed out, after truncation. */
  bytes: number;
}

/**
 * On `sysvmq:wait:start`: a call has to wait for a message, or for room. On `sysvmq:wait:end`, with the same object: it
 * waits no more.
 */
export interface WaitEvent {
  /** The queue's id (msqid). */
  queueId: number;
  /** What waits. */
  operation: 'send' | 'receive';
  /** Milliseconds; set at the end. */
  duration?: number;
}

/** On `sysvmq:consume`: a consumer's handler is done with a message, or it became a dead letter. */
export interface ConsumeEvent {
  /** The queue's id (msqid). */
  queueId: number;
  /** The consumer's. */
  name: string;
  /** A bigint where a number does not hold it. */
  messageType: number | bigint;
  /** Which attempt it was. */
  attempt: number;
  /** `failed`: it will be tried again. */
  outcome: 'handled' | 'failed' | 'dead-lettered';
}

/**
 * On `sysvmq:undelivered`: this process had taken a message, could neither hand it out nor give it back, and keeps it no
 * longer. It is in no queue any longer, and here are its bytes.
 */
export interface UndeliveredEvent {
  /** The queue's id (msqid). */
  queueId: number;
  /** A bigint where a number does not hold it. */
  messageType: number | bigint;
  /** The message's bytes, as they came. */
  data: Buffer;
  /** Why the queue did not take it back. */
  error: CodedError;
}

/** On `sysvmq:recover`: a consumer has found what a dead one had in hand. */
export interface RecoverEvent {
  /** The queue's id (msqid). */
  queueId: number;
  /** The consumer's. */
  name: string;
  /** Messages. */
  count: number;
}

/** An error with a code. */
export interface CodedError extends Error {
  /** Its code, such as 'EIDRM'. */
  code: string;
}

/** On `sysvmq:error`: an error of this library was made, to be thrown or to reject a promise. */
export interface ErrorEvent {
  /** The error, with its code. */
  error: CodedError;
}
