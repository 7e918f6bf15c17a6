/** receive and its neighbours: tried at once, and put in line when nothing is there. */

import type { ReceiveManyOptions, ReceiveOptions, SelectMany } from '../../types/queue';
import * as errno from '../errno';
import { TimeoutError } from '../error-classes';
import { type AnyHandle, type Handle, openId } from '../handle';
import type { Message } from '../message';
import { checkInteger, checkNowait, checkOptions } from '../options';
import { checkSelect, type Selection } from '../selector';
import { emptyMessage, receiveError, takeMessage } from '../transfer';
import { takeMessages } from '../transfer-many';
import { checkPatience, type Patience } from './give-up';
import { type Wanted, waitInLine } from './pending-receive';
import { findReceiveLine } from './receive-line';
import { nextTurn, turnIsFull } from './turns';

const DEFAULT_MAX = 100;
const LARGEST_MAX = 0x7fffffff;
const endless: Patience = { timeout: undefined, signal: undefined };

/** What a receive of one message wants. */
export function oneMessage<T>({ id, codec }: Handle<T>, selection: Selection): Wanted<Message<T>> {
  return {
    take: () => takeMessage(id, selection, codec),
    accept: (type) => emptyMessage(id, type, codec),
  };
}

function someMessages<T>({ id, codec }: Handle<T>, selection: Selection, max: number): Wanted<Message<T>[]> {
  return {
    take: () => takeMessages(id, selection, max, codec),
    accept: (type) => [emptyMessage(id, type, codec)],
  };
}

/** MessageQueue.receive. */
export async function receiveOne<T>(handle: Handle<T>, options: ReceiveOptions | undefined): Promise<Message<T>> {
  const selection = checkSelect(options);
  const nowait = checkNowait(options?.nowait);
  const patience =
    options === undefined ? endless : checkPatience(options.timeout, options.signal, 'msgrcv', handle.id);
  if (turnIsFull()) await leaveTurn(handle, patience);
  return takeOrWait(handle, selection, patience, nowait, oneMessage(handle, selection));
}

/** MessageQueue.receiveMany. */
export async function receiveSome<T>(
  handle: Handle<T>,
  options: ReceiveManyOptions | undefined,
): Promise<Message<T>[]> {
  const { timeout, signal } = checkOptions(options) ?? {};
  const selection = checkSelect(options);
  const max = checkMax(options?.max);
  const patience = checkPatience(timeout, signal, 'msgrcv', handle.id);
  if (turnIsFull()) await leaveTurn(handle, patience);
  return takeOrWait(handle, selection, patience, false, someMessages(handle, selection, max));
}

/** MessageQueue.tryReceiveMany. */
export function takeManyNow<T>(handle: Handle<T>, select: SelectMany | undefined): Message<T>[] {
  const selection = checkSelect(select);
  const max = checkMax(select?.max);
  return takeMessages(openId(handle), selection, max, handle.codec) ?? [];
}

function checkMax(max: unknown): number {
  return max === undefined ? DEFAULT_MAX : checkInteger(max, 'select.max', 1, LARGEST_MAX);
}

// What has happened meanwhile counts: nothing is tried for a signal that is aborted.
async function leaveTurn(handle: AnyHandle, patience: Patience): Promise<void> {
  openId(handle);
  await nextTurn();
  if (patience.signal?.aborted) checkPatience(undefined, patience.signal, 'msgrcv', handle.id);
}

/** What is there, unless others are in line for it already. */
export function takeIfFirst<R>(id: number, selection: Selection, wanted: Wanted<R>): R | undefined {
  return findReceiveLine(id, selection)?.busy === true ? undefined : wanted.take();
}

function takeOrWait<T, R>(
  handle: Handle<T>,
  selection: Selection,
  patience: Patience,
  nowait: boolean,
  wanted: Wanted<R>,
): R | Promise<R> {
  const id = openId(handle);
  // A receive that does not wait takes what it finds.
  const taken = nowait ? wanted.take() : takeIfFirst(id, selection, wanted);
  if (taken !== undefined) return taken;
  if (nowait) throw receiveError(id, errno.ENOMSG, selection);
  if (patience.timeout === 0) throw new TimeoutError('msgrcv', id, 0);
  return new Promise<R>((resolve, reject) => {
    waitInLine(handle, selection, patience, wanted, { resolve, reject });
  });
}
