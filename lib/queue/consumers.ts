/** How MessageQueue.consume() comes to what is in lib/consume/, which is built on MessageQueue. */

import type { ConsumeHandler, ConsumeOptions, Consumer } from '../../types/consume';
import type { Handle } from '../messages/handle';

export type StartConsumer = <T>(
  handle: Handle<T>,
  handler: ConsumeHandler<T>,
  options: ConsumeOptions | undefined,
) => Consumer<T>;

let start: StartConsumer | undefined;

/** Called once, by lib/index.ts. */
export function provideConsumers(startConsumer: StartConsumer): void {
  start = startConsumer;
}

export const startConsumer: StartConsumer = (handle, handler, options) => {
  if (start === undefined) throw new Error('sysvmq: consume() comes with the entry point "sysvmq"');
  return start(handle, handler, options);
};
