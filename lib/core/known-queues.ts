/**
 * The keys of the queues that this thread has created, opened or attached. A failing call usually knows only the id;
 * its error names the queue by its key, as people know it.
 */

import { formatKey } from './format';

/** More than a program has handles. Above this number the oldest are forgotten, and their errors show only the id. */
const MAX_KNOWN = 4096;

const keys = new Map<number, number>();

/** Records a queue when a handle is created. */
export function rememberQueue(id: number, key: number): void {
  // The kernel eventually reuses an id for a queue with another key. The last key counts, and is the last to be
  // forgotten.
  keys.delete(id);
  keys.set(id, key);
  if (keys.size > MAX_KNOWN) keys.delete(keys.keys().next().value as number);
}

/** The queue's key; 0 for a private queue, undefined when unknown. */
export function knownKey(id: number | undefined): number | undefined {
  return id === undefined ? undefined : keys.get(id);
}

/** `queue 0x5eed0100 (id 3)`; `queue 3` without a key, or when the key is unknown. */
export function queueName(id: number | undefined, key: number | undefined = knownKey(id)): string {
  if (key === undefined || key === 0) return id === undefined ? 'a private queue' : `queue ${id}`;
  return id === undefined ? `queue ${formatKey(key)}` : `queue ${formatKey(key)} (id ${id})`;
}

/** The same at the beginning of a sentence. */
export function queueNameFirst(id: number | undefined, key?: number): string {
  const name = queueName(id, key);
  return name[0]?.toUpperCase() + name.slice(1);
}
