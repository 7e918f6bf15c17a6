/** Waiting for a server that may not answer any longer. */

import { clearTimeout, setTimeout } from '../core/event-loop';

/** Resolves when the work is done, has failed, or has taken too long. */
export async function within(milliseconds: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([work.then(undefined, () => undefined), late]);
  clearTimeout(timer);
}
