/** MessageQueue.waitForMessage: it waits in line like a receive, and takes nothing. */

import { TimeoutError } from '../core/errors';
import { type Handle, openId } from '../messages/handle';
import { isMessageThere } from '../messages/peek';
import { checkReceiveOptions, type WaitForMessageOptions } from '../messages/receive-options';
import { rejectionOf } from './caller-frames';
import { requireNotAborted } from './cancellation';
import { serveDeferred } from './deferred-receives';
import { nextTurn, spendTurn } from './fairness';
import { enqueueReceive } from './pending-receive';
import { receivesAreWaiting } from './receivers';

export function waitForMessage<T>(handle: Handle<T>, options: WaitForMessageOptions | undefined): Promise<void> {
  try {
    const plan = checkReceiveOptions(options, 'waitForMessage');
    const { selection } = plan;
    requireNotAborted(plan.signal, 'msgrcv', handle.id);
    const id = openId(handle);
    serveDeferred(id);
    // The messages in the queue are for the receives that already wait.
    if (!receivesAreWaiting(id, selection) && isMessageThere(id, selection)) {
      return spendTurn() ? nextTurn() : Promise.resolve();
    }
    if (plan.timeout === 0) throw new TimeoutError('msgrcv', id, 0);
    const wanted = { take: (): true | undefined => isMessageThere(id, selection) || undefined };
    return new Promise<void>((resolve) => {
      enqueueReceive(handle, selection, plan, wanted, {
        resolve: () => resolve(),
        reject: (error) => resolve(rejectionOf(error)),
      });
    });
  } catch (error) {
    return Promise.reject(error);
  }
}
