/** Waiting for a server that may not answer any longer. */

import { clearTimeout, setTimeout } from '../core/event-loop';

/** What the work comes to. @throws An error with these words when that takes too long; the work's own outcome is then ignored. */
export async function answeredWithin<T>(milliseconds: number, work: Promise<T>, words: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(words)), milliseconds);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Resolves when the work is done, has failed, or has taken too long. */
export async function within(milliseconds: number, work: Promise<unknown>): Promise<void> {
  await answeredWithin(milliseconds, work, 'too long').catch(() => undefined);
}
