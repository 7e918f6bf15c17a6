/** Where a message goes that has no attempt left, or does not decode. */

import { exactType, type Message } from '../core/message';
import { openId } from '../messages/handle';
import { queueFull, trySendPayload } from '../messages/send';
import type { DeadLetterReason } from '../queue/consumers';
import type { DeadLetterTarget } from './consume-options';

/**
 * Delivers it: true when it may leave its slot, false when there is nowhere for it to go. A crash in between delivers it
 * again.
 *
 * @throws where it can't be delivered now.
 */
export async function deliverDeadLetter(
  target: DeadLetterTarget,
  message: Message<Buffer>,
  reason: DeadLetterReason,
): Promise<boolean> {
  switch (target.kind) {
    case 'none':
      return false;
    case 'queue': {
      const type = exactType(message);
      const id = openId(target.handle);
      if (!trySendPayload(id, message.data, type)) throw queueFull(id, message.data, type);
      return true;
    }
    case 'function':
      await target.call(message, reason);
      return true;
  }
}
