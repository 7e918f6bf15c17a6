/** Delivers a message that has no attempt left, or does not decode. */

import { exactType, type Message } from '../core/message';
import { type Handle, openId } from '../messages/handle';
import { queueFull, trySendPayload } from '../messages/send';
import type { DeadLetterReason } from '../queue/consumers';
import { type DeadLetterTarget, ofDeadLetters, requireAnotherQueue } from './consume-options';

/**
 * Delivers the dead letter. True: it may leave its slot; false: it has no destination. After a crash in between it is
 * delivered again.
 *
 * @throws when it can't be delivered now.
 */
export async function deliverDeadLetter(
  target: DeadLetterTarget,
  message: Message<Buffer>,
  reason: DeadLetterReason,
): Promise<boolean> {
  switch (target.kind) {
    case 'none':
      return false;
    case 'queue':
      try {
        sendTo(target.handle, message, reason.queueId);
        return true;
      } catch (error) {
        throw ofDeadLetters(error, 'A dead letter could not be sent, and stays in hand');
      }
    case 'function':
      await target.call(message, reason);
      return true;
  }
}

function sendTo(handle: Handle<unknown>, message: Message<Buffer>, queueId: number): void {
  const type = exactType(message);
  const id = openId(handle);
  requireAnotherQueue(id, queueId);
  if (!trySendPayload(id, message.data, type)) throw queueFull(id, message.data, type);
}
