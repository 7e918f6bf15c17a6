/** The contents of a queue, for tests of the messages sent to it. */

import type { MessageQueue } from '../../lib/index';

/** Takes every message: its exact type and its bytes. */
export function allOf(queue: MessageQueue): [type: bigint, data: Buffer][] {
  const messages: [bigint, Buffer][] = [];
  for (let message = queue.tryReceive(); message !== undefined; message = queue.tryReceive()) {
    messages.push([message.typeBigInt, message.data]);
  }
  return messages;
}

/** The texts of all messages, which it takes. */
export function textsOf(queue: MessageQueue): string[] {
  return allOf(queue).map(([, data]) => data.toString());
}
