/**
 * Tells who wants to know what this library does, over node:diagnostics_channel.
 *
 * While nobody listens to a channel, `hasSubscribers` is all that is asked, and nothing is made. Subscribers run in a
 * microtask right after the event: in the middle of a call, one that makes calls of its own would find the slab
 * and the lines of waits half done. Node.js makes an uncaught exception of an error that a subscriber throws, as for every channel.
 */

import { type Channel, channel } from 'node:diagnostics_channel';
import type {
  ConsumeEvent,
  ErrorEvent,
  ReceiveEvent,
  RecoverEvent,
  SendEvent,
  UndeliveredEvent,
  WaitEvent,
} from '../../types/diagnostics';
import { debug, isDebugging } from './debug';
import { clockNow, queueMicrotask } from './event-loop';

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

/** A wait whose start was published, until its end is. */
export interface PublishedWait {
  event: WaitEvent;
  startedAt: number;
}

/** A wait begins. The result is for publishWaitEnd; undefined without subscribers. */
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

/** At once: at the end of a process there is no microtask left. */
export function publishUndelivered(event: UndeliveredEvent): void {
  undeliveredChannel.publish(event);
}

export function publishRecovered(event: RecoverEvent): void {
  if (isDebugging) debug('queue %d: consumer %s recovers messages: %d', event.queueId, event.name, event.count);
  if (recoverChannel.hasSubscribers) publishSoon(recoverChannel, event);
}
