/**
 * Pending receives: a line for each queue and selector.
 *
 * The life of a receive: MessageQueue tries at once. If no message matches, the receive joins the line here. The line
 * polls on the next turns of the event loop for a short time, and then parks: it arms the waiter of (queue, selector),
 * whose thread takes nothing. When the waiter reports a message, the line takes it, on this thread, for the first in
 * line. So a canceled receive, at any time, has either its message or has not touched it.
 */

import { debug, isDebugging } from '../core/debug';
import * as errno from '../core/errno';
import { clearTimeout, queueMicrotask, setTimeout } from '../core/event-loop';
import { queueName } from '../core/known-queues';
import { errorFromErrno } from '../kernel/error-from-errno';
import { type Selection, selectorWords } from '../messages/selector';
import { reportAtExit } from '../messages/undelivered';
import { addHandler, addIdleSweep, removeHandler } from '../native/events';
import { arm, disarm, subscribe, unsubscribe } from '../native/wait-calls';
import { PollBudget } from './poll-budget';
import { type Polling, startPolling, stopPolling } from './poller';
import { lookDelay, warnWithoutThread } from './without-thread';

/** One receive in line. */
export interface PendingReceive {
  /**
   * Takes its message if there is one, in up to this many tries, and settles, also when taking fails. False: no message
   * matches.
   */
  take(tries: number): boolean;
  /** Settles with an error of the wait. */
  fail(error: Error): void;
  /** Calls the function in the async context of the receive. */
  inContext<R>(call: () => R): R;
  /** Whether it is taking a message now: its codec may be running, and may do anything. */
  readonly taking: boolean;
  /** How long to poll before a thread waits, in microseconds. */
  spin: number;
}

/** Lines without receives are kept, because the next receive is likely; above this many they are swept. */
const MAX_IDLE_LISTS = 64;

/**
 * A message wakes every parked process, and the sender pays for it (docs/internals.md). A process that is often late
 * stays away for a time that doubles up to this many milliseconds: other receivers are faster anyway.
 */
const MAX_REST_MS = 8;
/** The number of consecutive misses before that begins. */
const MISSES_BEFORE_REST = 2;

const listsByQueue = new Map<number, Map<string, ReceiverList>>();
let idleLists = 0;
/** The number of lines with a receive. */
let busyLists = 0;
let stopsAtExit = false;

export class ReceiverList implements Polling {
  readonly #id: number;
  readonly #selection: Selection;
  readonly #pending = new Set<PendingReceive>();
  #slot = -1;
  #token = 0;
  #armed = false;
  /** Events of canceled waits that are still pending. */
  #late = 0;
  #polling = false;
  readonly #budget = new PollBudget();
  /** The number of consecutive announced messages that another receiver took. */
  #misses = 0;
  #restTimer: NodeJS.Timeout | undefined;
  /** The number of consecutive polls without a message, while there was no thread. */
  #looks = 0;

  constructor(id: number, selection: Selection) {
    this.#id = id;
    this.#selection = selection;
  }

  get busy(): boolean {
    return this.#pending.size > 0;
  }

  /** Joins the line. If the line was empty, the caller has tried without success. */
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

  /** Ends the subscription of an empty line. */
  dispose(): void {
    if (this.#slot < 0) return;
    unsubscribe(this.#slot);
    this.#slot = -1;
    removeHandler(this.#token);
  }

  /** Stops at the end of the process, when no code is left to receive a message. */
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
    if (this.#slot < 0) this.#subscribe();
    // Not at once: the call of the receive that joined the line has not returned yet.
    if (this.#slot < 0) queueMicrotask(() => this.#failAll(errno.ENOMEM));
    else if (arm(this.#slot) < 0) this.#waitWithoutThread();
    else this.#waitWithThread();
  }

  // Without memory for it the slot stays negative. The poller and the timers call this: nobody could catch an error.
  #subscribe(): void {
    try {
      this.#token = addHandler((result) => this.#onEvent(result));
    } catch {
      return;
    }
    this.#slot = subscribe(this.#id, this.#selection.type, this.#selection.flags, this.#token);
    if (this.#slot < 0) removeHandler(this.#token);
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

  // The line is empty: the thread must not stay in the kernel, where it would take an empty message from other
  // receivers.
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
    // -EAGAIN: another JavaScript thread tried to start the thread for both and failed; park() finds out.
    if (result !== errno.E2BIG && result !== errno.EAGAIN) this.#failAll(result);
    const first = this.#pending.values().next().value;
    if (first === undefined || this.#polling) return;
    this.#takeAll();
    this.#misses = result === errno.E2BIG && this.#pending.has(first) ? this.#misses + 1 : 0;
    if (this.#pending.size === 0 || this.#armed || this.#polling) return;
    if (this.#misses > MISSES_BEFORE_REST) this.#stayAway();
    else this.#park();
  }

  #stayAway(): void {
    this.#parkIn(Math.min(2 ** (this.#misses - MISSES_BEFORE_REST - 1), MAX_REST_MS));
  }

  // The waits themselves decide whether the process stays alive; this timer does not.
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

  #words(): string {
    return selectorWords(this.#selection.type, this.#selection.flags);
  }

  #debug(what: string, result?: number): void {
    if (!isDebugging) return;
    const why = result === undefined ? '' : ` (${errno.errnoName(result)})`;
    debug('%s: the wait for %s %s%s', queueName(this.#id), this.#words(), what, why);
  }

  // A codec may dispatch events meanwhile (sendSync does); this then continues from here.
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
      const context = { queueId: this.#id, selector: this.#words() };
      pending.fail(pending.inContext(() => errorFromErrno('msgrcv', result, context)));
    }
  }
}

/** Whether receives wait for the messages of a queue and a selector: a later one must then wait as well. */
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
    // The sweep may have removed the queue's map.
    listsByQueue.set(id, lines);
    lines.set(key, line);
    idleLists += 1;
  }
  return line;
}

function listKey({ type, flags }: Selection): string {
  return `${type}/${flags}`;
}

/** Ends the empty lines of a queue. Called when a handle is closed. */
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

// process.exit() does not wait: from here on our threads must take nothing, because the kept messages are given back.
function stopAtExit(): void {
  if (stopsAtExit) return;
  stopsAtExit = true;
  process.once('exit', () => {
    for (const queueLists of listsByQueue.values()) for (const line of queueLists.values()) line.stop();
  });
  reportAtExit();
}
