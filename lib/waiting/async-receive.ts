/** receive, receiveMany and tryReceiveMany: they try at once, and join the line when no message matches. */

import * as errno from '../core/errno';
import { TimeoutError } from '../core/errors';
import type { Message } from '../core/message';
import { takeDecoded, throwUndecoded } from '../messages/decode-errors';
import { type Handle, openId } from '../messages/handle';
import type { OnDecodeError } from '../messages/on-decode-error';
import { receiveError, takeMessage, takeMessages } from '../messages/receive';
import {
  checkReceiveOptions,
  type ReceiveManyOptions,
  type ReceiveOptions,
  type ReceivePlan,
  type SelectMany,
} from '../messages/receive-options';
import type { Selection } from '../messages/selector';
import { rejectionOf } from './caller-frames';
import { type Cancellation, requireNotAborted } from './cancellation';
import { deferReceive, serveDeferred } from './deferred-receives';
import { spendTurn } from './fairness';
import { enqueueReceive, type Wanted } from './pending-receive';
import { receivesAreWaiting } from './receivers';

/** The wish of a receive of one message. */
export function oneMessage<T>(
  handle: Handle<T>,
  selection: Selection,
  onDecodeError?: OnDecodeError<T>,
): Wanted<Message<T>> {
  return { take: (tries) => takeDecoded(handle, selection, onDecodeError, tries) };
}

function someMessages<T>(handle: Handle<T>, { selection, max, onDecodeError }: ReceivePlan): Wanted<Message<T>[]> {
  return { take: () => takeMessages(handle, selection, max, onDecodeError) };
}

// Not async functions, which would add a third to the cost of a receive that finds its message: the code creates the
// promises itself.

/** MessageQueue.receive. */
export function receiveOne<T>(handle: Handle<T>, options: ReceiveOptions | undefined): Promise<Message<T>> {
  try {
    const plan = checkReceiveOptions(options, 'receive');
    const { selection, nowait } = plan;
    requireNotAborted(plan.signal, 'msgrcv', handle.id);
    const id = openId(handle);
    if (spendTurn()) return receiveNextTurn(handle, selection, plan, nowait, oneMessage(handle, selection));
    serveDeferred(id);
    if (nowait || !receivesAreWaiting(id, selection)) {
      const message = takeMessage(id, selection, handle.codec);
      if (message !== undefined) return Promise.resolve(message);
    }
    return waitUnless(nowait, handle, selection, plan, oneMessage(handle, selection));
  } catch (error) {
    return Promise.reject(error);
  }
}

/** MessageQueue.receiveMany. */
export function receiveSome<T>(handle: Handle<T>, options: ReceiveManyOptions<T> | undefined): Promise<Message<T>[]> {
  try {
    const plan = checkReceiveOptions(options as ReceiveManyOptions<never>, 'receiveMany');
    const { selection } = plan;
    requireNotAborted(plan.signal, 'msgrcv', handle.id);
    const id = openId(handle);
    throwUndecoded(handle);
    const wanted = someMessages(handle, plan);
    if (spendTurn()) return receiveNextTurn(handle, selection, plan, false, wanted);
    serveDeferred(id);
    const messages = takeIfFirst(id, selection, wanted);
    if (messages !== undefined) return Promise.resolve(messages);
    return waitUnless(false, handle, selection, plan, wanted);
  } catch (error) {
    return Promise.reject(error);
  }
}

/** MessageQueue.tryReceiveMany. */
export function takeManyNow<T>(handle: Handle<T>, select: SelectMany<T> | undefined): Message<T>[] {
  const { selection, max, onDecodeError } = checkReceiveOptions(select as SelectMany<never>, 'tryReceiveMany');
  serveDeferred(openId(handle));
  throwUndecoded(handle);
  return takeMessages(handle, selection, max, onDecodeError) ?? [];
}

/** Takes a message that is already there, unless other receives are in line for it. */
export function takeIfFirst<R>(id: number, selection: Selection, wanted: Wanted<R>): R | undefined {
  return receivesAreWaiting(id, selection) ? undefined : wanted.take();
}

// Checks the latest state: no attempt for an aborted signal or a closed handle.
function receiveNextTurn<T, R>(
  handle: Handle<T>,
  selection: Selection,
  cancellation: Cancellation,
  nowait: boolean,
  wanted: Wanted<R>,
): Promise<R> {
  return new Promise<R>((resolve) => {
    deferReceive(handle.id, () => {
      try {
        const id = openId(handle);
        requireNotAborted(cancellation.signal, 'msgrcv', id);
        // A receive without a wait takes any message that it finds.
        const taken = nowait ? wanted.take() : takeIfFirst(id, selection, wanted);
        resolve(taken === undefined ? waitUnless(nowait, handle, selection, cancellation, wanted) : taken);
      } catch (error) {
        resolve(rejectionOf(error));
      }
    });
  });
}

// No message matches.
function waitUnless<T, R>(
  nowait: boolean,
  handle: Handle<T>,
  selection: Selection,
  cancellation: Cancellation,
  wanted: Wanted<R>,
): Promise<R> {
  if (nowait) throw receiveError(handle.id, errno.ENOMSG, selection);
  if (cancellation.timeout === 0) throw new TimeoutError('msgrcv', handle.id, 0);
  return new Promise<R>((resolve) => {
    const reject = (error: unknown): void => resolve(rejectionOf(error));
    enqueueReceive(handle, selection, cancellation, wanted, { resolve, reject });
  });
}
