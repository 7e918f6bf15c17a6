/**
 * Receives that wait: a line for each queue and selector.
 *
 * The life of a receive: it is tried at once (MessageQueue). If nothing matches it gets in line here; the line polls on
 * the next turns of the event loop for a short while, and then parks: it arms the waiter of (queue, selector), whose
 * thread takes nothing. When that says that a message is there, the line takes it, on this thread, for the first in line.
 * So a receive that is canceled, whenever that happens, has either got its message or has not touched it.
 */

import { debug, isDebugging } from '../core/debug';
import * as errno from '../core/errno';
import { clearTimeout, queueMicrotask, setTimeout } from '../core/event-loop';
import { queueName } from '../core/known-queues';
import { errorFromErrno } from '../kernel/error-from-errno';
import type { Selection } from '../messages/selector';
import { reportAtExit } from '../messages/undelivered';
import { addHandler, addIdleSweep, removeHandler } from '../native/events';
import { arm, disarm, subscribe, unsubscribe } from '../native/wait-calls';
import { PollBudget } from './poll-budget';
import { type Polling, startPolling, stopPolling } from './poller';
import { lookDelay, warnWithoutThread } from './without-thread';

/** One receive in line. */
export interface PendingReceive {
  /** Takes what it wants if that is there, for which it may look so many times, and settles, also when taking fails. False: nothing is there. */
  take(tries: number): boolean;
  /** Settles with an error of the wait. */
  fail(error: Error): void;
  /** Calls it in the async context of the receive. */
  inContext<R>(call: () => R): R;
  /** Whether it is taking a message at this moment: its codec may be running, and may do anything. */
  readonly taking: boolean;
  /** How long it is polled for before a thread is parked, in microseconds. */
  spin: number;
}

/** Lines without receives are kept, because the next receive is likely; above this many they are swept. */
const MAX_IDLE_LISTS = 64;

/**
 * Every process that is parked is woken by a message, and the sender pays for it (docs/internals.md). A process that is often
 * too slow stays away for a while, which doubles up to this many milliseconds: others are quicker anyway.
 */
const MAX_REST_MS = 8;
/** So often in a row is a message missed before that begins. */
const MISSES_BEFORE_REST = 2;

const listsByQueue = new Map<number, Map<string, ReceiverList>>();
let idleLists = 0;
/** How many lines have a receive. */
let busyLists = 0;
let stopsAtExit = false;

export class ReceiverList implements Polling {
  readonly #id: number;
  readonly #selection: Selection;
  readonly #pending = new Set<PendingReceive>();
  #slot = -1;
  #token = 0;
  #armed = false;
  /** Events of waits that were canceled since, which are still on their way. */
  #late = 0;
  #polling = false;
  readonly #budget = new PollBudget();
  /** How often in a row a message was announced that another took. */
  #misses = 0;
  #restTimer: NodeJS.Timeout | undefined;
  /** How often in a row a look found no message, because there was no thread. */
  #looks = 0;

  constructor(id: number, selection: Selection) {
    this.#id = id;
    this.#selection = selection;
  }

  get busy(): boolean {
    return this.#pending.size > 0;
  }

  /** Gets in line. The caller has tried, without success, if the line was empty. */
  add(pending: PendingReceive): void {
    this.#pending.add(pending);
    if (this.#pending.size > 1) return;
    idleLists -= 1;
    busyLists += 1;
    this.#wait(pending.spin);
  }

  /** Leaves the line: nothing was taken for it, and nothing will be. */
  remove(pending: PendingReceive): void {
    if (this.#pending.delete(pending) && this.#pending.size === 0) this.#rest();
  }

  /** For poller.ts. */
  tryOnLoop(tries: number): boolean {
    this.#takeAll(tries);
    if (this.#pending.size > 0) return true;
    this.#polling = false;
    return false;
  }

  /** For poller.ts: polling was of no use. */
  park(): void {
    this.#polling = false;
    this.#budget.giveUp();
    this.#park();
  }

  /** Ends the interest of a line in which nobody is. */
  dispose(): void {
    if (this.#slot < 0) return;
    unsubscribe(this.#slot);
    this.#slot = -1;
    removeHandler(this.#token);
  }

  /** At the end of the process: what is waited for from here on would be for nobody. */
  stop(): void {
    if (this.#armed && disarm(this.#slot) === 0) this.#late += 1;
    this.#armed = false;
    this.#endRest();
    this.#pending.clear();
  }

  #wait(spin: number): void {
    const microseconds = this.#budget.begin(spin);
    if (microseconds === 0) {
      this.#park();
      return;
    }
    this.#polling = true;
    this.#debug('polls');
    startPolling(this, microseconds);
  }

  #park(): void {
    if (this.#slot < 0) {
      this.#token = addHandler((result) => this.#onEvent(result));
      this.#slot = subscribe(this.#id, this.#selection.type, this.#selection.flags, this.#token);
    }
    // Not at once: the receive that got in line has not returned yet.
    if (this.#slot < 0) queueMicrotask(() => this.#failAll(errno.ENOMEM));
    else if (arm(this.#slot) < 0) this.#waitWithoutThread();
    else this.#waitWithThread();
  }

  #waitWithThread(): void {
    this.#armed = true;
    this.#looks = 0;
    this.#debug('parks: a thread waits');
  }

  #waitWithoutThread(): void {
    this.#armed = false;
    this.#debug('has no thread: it looks again by timers');
    warnWithoutThread(busyLists);
    this.#parkIn(lookDelay(this.#looks));
    this.#looks += 1;
  }

  // Nobody is in line: the thread must not stay where it would take an empty message from others.
  #rest(): void {
    idleLists += 1;
    busyLists -= 1;
    this.#endRest();
    if (this.#polling) stopPolling(this);
    if (this.#armed && disarm(this.#slot) === 0) this.#late += 1;
    this.#polling = false;
    this.#armed = false;
  }

  #onEvent(result: number): void {
    if (this.#late > 0) this.#late -= 1;
    else this.#armed = false;
    this.#debug('wakes', result);
    // -EAGAIN: another JavaScript thread was to start the thread for both, and could not; park() finds out.
    if (result !== errno.E2BIG && result !== errno.EAGAIN) this.#failAll(result);
    const first = this.#pending.values().next().value;
    if (first === undefined || this.#polling || this.#restTimer !== undefined) return;
    this.#takeAll();
    this.#misses = result === errno.E2BIG && this.#pending.has(first) ? this.#misses + 1 : 0;
    if (this.#pending.size === 0 || this.#armed || this.#polling) return;
    if (this.#misses > MISSES_BEFORE_REST) this.#stayAway();
    else this.#park();
  }

  #stayAway(): void {
    this.#parkIn(Math.min(2 ** (this.#misses - MISSES_BEFORE_REST - 1), MAX_REST_MS));
  }

  // The waits themselves keep the process alive, or not; this timer has no say.
  #parkIn(ms: number): void {
    this.#endRest();
    this.#restTimer = setTimeout(() => {
      this.#restTimer = undefined;
      const before = this.#pending.size;
      this.#takeAll();
      if (this.#pending.size < before) this.#misses = 0;
      if (this.#pending.size > 0 && !this.#armed && !this.#polling) this.#park();
    }, ms).unref();
  }

  #endRest(): void {
    clearTimeout(this.#restTimer);
    this.#restTimer = undefined;
  }

  #debug(what: string, result?: number): void {
    if (!isDebugging) return;
    const why = result === undefined ? '' : ` (${errno.errnoName(result)})`;
    debug('%s: the wait for %s %s%s', queueName(this.#id), this.#selection.words, what, why);
  }

  // A codec that runs meanwhile may have events told (sendSync does); this goes on where it is, then.
  #takeAll(tries = 1): void {
    const { beganAt } = this.#budget;
    for (const pending of this.#pending) {
      if (pending.taking || !pending.take(tries)) return;
      this.#budget.end(beganAt);
      this.#leave(pending);
    }
  }

  #leave(pending: PendingReceive): void {
    if (this.#pending.delete(pending) && this.#pending.size === 0) this.#rest();
  }

  #failAll(result: number): void {
    for (const pending of this.#pending) {
      this.#leave(pending);
      const context = { queueId: this.#id, selector: this.#selection.words };
      pending.fail(pending.inContext(() => errorFromErrno('msgrcv', result, context)));
    }
  }
}

/** Whether receives wait for the messages of a queue and a selector: then a later one must wait as well. */
export function receivesAreWaiting(id: number, selection: Selection): boolean {
  return busyLists > 0 && listsByQueue.get(id)?.get(listKey(selection))?.busy === true;
}

/** The line of a queue and a selector. */
export function receiverList(id: number, selection: Selection): ReceiverList {
  const key = listKey(selection);
  let lines = listsByQueue.get(id);
  if (lines === undefined) {
    lines = new Map();
    listsByQueue.set(id, lines);
  }
  let line = lines.get(key);
  if (line === undefined) {
    if (idleLists >= MAX_IDLE_LISTS) sweepLists();
    stopAtExit();
    line = new ReceiverList(id, selection);
    // The sweep may have taken the queue's map out.
    listsByQueue.set(id, lines);
    lines.set(key, line);
    idleLists += 1;
  }
  return line;
}

function listKey({ type, flags }: Selection): string {
  return `${type}/${flags}`;
}

/** Ends the lines of a queue in which nobody is. Called when a handle is closed. */
export function disposeIdleReceiverLists(id: number): void {
  const lines = listsByQueue.get(id);
  if (lines === undefined) return;
  for (const [key, line] of lines) {
    if (line.busy) continue;
    line.dispose();
    lines.delete(key);
    idleLists -= 1;
  }
  if (lines.size === 0) listsByQueue.delete(id);
}

function sweepLists(): void {
  for (const id of listsByQueue.keys()) disposeIdleReceiverLists(id);
}

addIdleSweep(sweepLists);

// process.exit() does not wait: our threads must take nothing from here on, when kept messages are given back.
function stopAtExit(): void {
  if (stopsAtExit) return;
  stopsAtExit = true;
  process.once('exit', () => {
    for (const queueLists of listsByQueue.values()) for (const line of queueLists.values()) line.stop();
  });
  reportAtExit();
}
