/**
 * Receives that wait for the next turn of the event loop, because this one is full (fairness.ts). Each is in line from
 * its call on: code that takes a message of its queue without waiting first lets earlier receives take theirs.
 */

import { AsyncResource } from 'node:async_hooks';
import { setImmediate } from '../core/event-loop';

const lines = new Map<number, (() => void)[]>();

/**
 * Calls `take` on the next turn, or earlier, in the order of the calls and in this async context. `take` must not
 * throw.
 */
export function deferReceive(queueId: number, take: () => void): void {
  const line = lines.get(queueId);
  // AsyncResource.bind also defines properties of the function, which takes longer than the rest.
  const context = new AsyncResource('SYSVMQ_RECEIVE');
  const bound = (): void => context.runInAsyncScope(take);
  if (line === undefined) lines.set(queueId, [bound]);
  else line.push(bound);
  // One callback for each, so that losing one does not affect the others.
  setImmediate(() => serveDeferred(queueId));
}

/** Call it before taking a message of the queue: earlier receives get theirs first. */
export function serveDeferred(queueId: number): void {
  const line = lines.get(queueId);
  if (line === undefined) return;
  // A codec may call this again meanwhile; it then continues from here.
  for (let take = line.shift(); take !== undefined; take = line.shift()) take();
  // By then that call has removed this line, and later receives may have begun another.
  if (lines.get(queueId) === line) lines.delete(queueId);
}
