/**
 * Publishes what this library does over node:diagnostics_channel.
 *
 * Without a subscriber, an event costs one check of `hasSubscribers` and creates no object. Subscribers run in a
 * microtask right after the event: within a call, a subscriber that makes its own calls would find the slab and the
 * lists of waits incomplete. Node.js turns an error that a subscriber throws into an uncaught exception, as for every
 * channel.
 */

import { type Channel, channel } from 'node:diagnostics_channel';
import { debug, isDebugging } from './debug';
import { clockNow, queueMicrotask } from './event-loop';

/** On `sysvmq:send`: a message is in a queue. */
export interface SendEvent {
  /** The queue's id (msqid). */
  queueId: number;
  /** A bigint where a number does not hold it. */
  messageType: number | bigint;
  /** The length of the message's text. */
  bytes: number;
}

/** On `sysvmq:receive`: a message was taken out of a queue. */
export interface ReceiveEvent {
  /** The queue's id (msqid). */
  queueId: number;
  /** A bigint where a number does not hold it. */
  messageType: number | bigint;
  /** The length of the received message, after truncation. */
  bytes: number;
}

/**
 * On `sysvmq:wait:start`: a call has to wait for a message, or for room. On `sysvmq:wait:end`, with the same object: it
 * waits no more.
 */
export interface WaitEvent {
  /** The queue's id (msqid). */
  queueId: number;
  /** The waiting operation. */
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

export const sendChannel: Channel = channel('sysvmq:send');
export const receiveChannel: Channel = channel('sysvmq:receive');
const waitStartChannel = channel('sysvmq:wait:start');
const waitEndChannel = channel('sysvmq:wait:end');
export const consumeChannel: Channel = channel('sysvmq:consume');
const recoverChannel = channel('sysvmq:recover');
export const errorChannel: Channel = channel('sysvmq:error');
const undeliveredChannel = channel('sysvmq:undelivered');

function publishSoon(
  to: Channel,
  event: SendEvent | ReceiveEvent | WaitEvent | ConsumeEvent | RecoverEvent | ErrorEvent,
): void {
  queueMicrotask(() => to.publish(event));
}

export function publishSent(queueId: number, messageType: number | bigint, bytes: number): void {
  publishSoon(sendChannel, { queueId, messageType, bytes });
}

export function publishReceived(queueId: number, messageType: number | bigint, bytes: number): void {
  publishSoon(receiveChannel, { queueId, messageType, bytes });
}

/** A wait whose start is published and whose end is not. */
export interface PublishedWait {
  event: WaitEvent;
  startedAt: number;
}

/** Publishes the start of a wait. The result is for publishWaitEnd; undefined without subscribers. */
export function publishWaitStart(queueId: number, operation: WaitEvent['operation']): PublishedWait | undefined {
  if (!waitStartChannel.hasSubscribers && !waitEndChannel.hasSubscribers) return undefined;
  const event = { queueId, operation };
  publishSoon(waitStartChannel, event);
  return { event, startedAt: clockNow() };
}

export function publishWaitEnd(wait: PublishedWait | undefined): void {
  if (wait === undefined) return;
  const duration = clockNow() - wait.startedAt;
  queueMicrotask(() => waitEndChannel.publish(Object.assign(wait.event, { duration })));
}

export function publishError(error: ErrorEvent['error']): void {
  publishSoon(errorChannel, { error });
}

export function publishConsumed(event: ConsumeEvent): void {
  publishSoon(consumeChannel, event);
}

/** Publishes at once, because a process that ends runs no more microtasks. */
export function publishUndelivered(event: UndeliveredEvent): void {
  undeliveredChannel.publish(event);
}

export function publishRecovered(event: RecoverEvent): void {
  if (isDebugging) debug('queue %d: consumer %s recovers messages: %d', event.queueId, event.name, event.count);
  if (recoverChannel.hasSubscribers) publishSoon(recoverChannel, event);
}
