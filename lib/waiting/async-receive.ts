/** receive and its neighbours: tried at once, and put in line when nothing is there. */

import type { ReceiveManyOptions, ReceiveOptions, SelectMany } from '../../types/queue';
import * as errno from '../core/errno';
import { TimeoutError } from '../core/errors';
import type { Message } from '../core/message';
import { checkInteger, checkNowait, checkOptions } from '../core/validators';
import { type Handle, openId } from '../messages/handle';
import { emptyMessage, receiveError, takeMessage, takeMessages } from '../messages/receive';
import { checkSelect, type Selection } from '../messages/selector';
import { type Cancellation, checkCancellation, endless } from './cancellation';
import { nextTurn, spendTurn } from './fairness';
import { enqueueReceive, type Wanted } from './pending-receive';
import { receivesAreWaiting } from './receivers';

const DEFAULT_MAX = 100;
const MAX_BATCH_MESSAGES = 0x7fffffff;

/** What a receive of one message wants. */
export function oneMessage<T>({ id, codec }: Handle<T>, selection: Selection): Wanted<Message<T>> {
  return {
    take: (tries) => takeMessage(id, selection, codec, tries),
    accept: (type) => emptyMessage(id, type, codec),
  };
}

function someMessages<T>({ id, codec }: Handle<T>, selection: Selection, max: number): Wanted<Message<T>[]> {
  return {
    take: () => takeMessages(id, selection, max, codec),
    accept: (type) => [emptyMessage(id, type, codec)],
  };
}

// Not async functions, which cost a third of a receive that finds its message: the promises are made by hand.

/** MessageQueue.receive. */
export function receiveOne<T>(handle: Handle<T>, options: ReceiveOptions | undefined): Promise<Message<T>> {
  try {
    const selection = checkSelect(options);
    const nowait = options !== undefined && checkNowait(options.nowait);
    const cancellation =
      options === undefined ? endless : checkCancellation(options.timeout, options.signal, 'msgrcv', handle.id);
    const id = openId(handle);
    if (spendTurn()) return receiveNextTurn(handle, selection, cancellation, nowait, oneMessage(handle, selection));
    if (nowait || !receivesAreWaiting(id, selection)) {
      const message = takeMessage(id, selection, handle.codec);
      if (message !== undefined) return Promise.resolve(message);
    }
    return waitUnless(nowait, handle, selection, cancellation, oneMessage(handle, selection));
  } catch (error) {
    return Promise.reject(error);
  }
}

/** MessageQueue.receiveMany. */
export function receiveSome<T>(handle: Handle<T>, options: ReceiveManyOptions | undefined): Promise<Message<T>[]> {
  try {
    const { timeout, signal } = checkOptions(options) ?? endless;
    const selection = checkSelect(options);
    const max = checkMax(options?.max);
    const cancellation = checkCancellation(timeout, signal, 'msgrcv', handle.id);
    const id = openId(handle);
    const wanted = someMessages(handle, selection, max);
    if (spendTurn()) return receiveNextTurn(handle, selection, cancellation, false, wanted);
    const messages = takeIfFirst(id, selection, wanted);
    if (messages !== undefined) return Promise.resolve(messages);
    return waitUnless(false, handle, selection, cancellation, wanted);
  } catch (error) {
    return Promise.reject(error);
  }
}

/** MessageQueue.tryReceiveMany. */
export function takeManyNow<T>(handle: Handle<T>, select: SelectMany | undefined): Message<T>[] {
  const selection = checkSelect(select);
  const max = checkMax(select?.max);
  return takeMessages(openId(handle), selection, max, handle.codec) ?? [];
}

function checkMax(max: unknown): number {
  return max === undefined ? DEFAULT_MAX : checkInteger(max, 'select.max', 1, MAX_BATCH_MESSAGES);
}

/** What is there, unless others are in line for it already. */
export function takeIfFirst<R>(id: number, selection: Selection, wanted: Wanted<R>): R | undefined {
  return receivesAreWaiting(id, selection) ? undefined : wanted.take();
}

// What has happened meanwhile counts: nothing is tried for a signal that is aborted, or a handle that is closed.
async function receiveNextTurn<T, R>(
  handle: Handle<T>,
  selection: Selection,
  cancellation: Cancellation,
  nowait: boolean,
  wanted: Wanted<R>,
): Promise<R> {
  await nextTurn();
  const id = openId(handle);
  if (cancellation.signal?.aborted) checkCancellation(undefined, cancellation.signal, 'msgrcv', id);
  // A receive that does not wait takes what it finds.
  const taken = nowait ? wanted.take() : takeIfFirst(id, selection, wanted);
  return taken === undefined ? waitUnless(nowait, handle, selection, cancellation, wanted) : taken;
}

// Nothing is there.
function waitUnless<T, R>(
  nowait: boolean,
  handle: Handle<T>,
  selection: Selection,
  cancellation: Cancellation,
  wanted: Wanted<R>,
): Promise<R> {
  if (nowait) throw receiveError(handle.id, errno.ENOMSG, selection);
  if (cancellation.timeout === 0) throw new TimeoutError('msgrcv', handle.id, 0);
  return new Promise<R>((resolve, reject) => {
    enqueueReceive(handle, selection, cancellation, wanted, { resolve, reject });
  });
}
