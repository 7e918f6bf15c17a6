/**
 * The keys of the queues that this thread has made, opened or attached. A call that fails mostly knows the id alone; its
 * error names the queue as people know it, by its key.
 */

import { formatKey } from './format';

/** More than a program has handles. Beyond that the oldest are forgotten, and their errors have the id alone. */
const MAX_KNOWN = 4096;

const keys = new Map<number, number>();

/** A handle of this queue is made. */
export function rememberQueue(id: number, key: number): void {
  // An id is used again in the end, by a queue of another key: the last one counts, and is the last to be forgotten.
  keys.delete(id);
  keys.set(id, key);
  if (keys.size > MAX_KNOWN) keys.delete(keys.keys().next().value as number);
}

/** The queue's key; 0 for a private one, undefined where it is not known. */
export function knownKey(id: number | undefined): number | undefined {
  return id === undefined ? undefined : keys.get(id);
}

/** `queue 0x5eed0100 (id 3)`; `queue 3` where it has no key, or none that is known. */
export function queueName(id: number | undefined, key: number | undefined = knownKey(id)): string {
  if (key === undefined || key === 0) return id === undefined ? 'a private queue' : `queue ${id}`;
  return id === undefined ? `queue ${formatKey(key)}` : `queue ${formatKey(key)} (id ${id})`;
}

/** The same at the beginning of a sentence. */
export function queueNameFirst(id: number | undefined, key?: number): string {
  const name = queueName(id, key);
  return name[0]?.toUpperCase() + name.slice(1);
}
