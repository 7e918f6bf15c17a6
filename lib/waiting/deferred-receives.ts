/**
 * Receives that wait for the next turn of the event loop, because this one is full (fairness.ts). Each is in line from its
 * call on: what takes a message of its queue without waiting lets those that were called before it take theirs first.
 */

import { AsyncResource } from 'node:async_hooks';
import { setImmediate } from '../core/event-loop';

const lines = new Map<number, (() => void)[]>();

/** Has `take` called on the next turn, or earlier, in the order of the calls, in this async context. It must not throw. */
export function deferReceive(queueId: number, take: () => void): void {
  const line = lines.get(queueId);
  const bound = AsyncResource.bind(take);
  if (line === undefined) lines.set(queueId, [bound]);
  else line.push(bound);
  // One for each, so that a callback that is lost leaves the others.
  setImmediate(() => serveDeferred(queueId));
}

/** Before a message of the queue is taken: those that were called before get theirs. */
export function serveDeferred(queueId: number): void {
  if (lines.size === 0) return;
  const line = lines.get(queueId);
  // A codec that runs meanwhile may come here again, and goes on where this is.
  for (let take = line?.shift(); take !== undefined; take = line?.shift()) take();
  if (line?.length === 0 && lines.get(queueId) === line) lines.delete(queueId);
}
