/**
 * Pending sends: a line for each queue, first in, first out.
 *
 * The life of a send: MessageQueue tries at once. If the queue is full, a copy of the message joins the line here. The
 * line polls on the next turns of the event loop for a short time. Then the thread of the queue's sender waits in
 * msgsnd with the first message, and reports the outcome; the line then sends as many more as it can without waiting.
 * So a canceled send settles only when it is known whether its message is in the queue.
 */

import { constants } from 'node:os';
import { IPC_NOWAIT } from '../core/constants';
import { debug, isDebugging } from '../core/debug';
import { publishSent, sendChannel } from '../core/diagnostics';
import * as errno from '../core/errno';
import { clearTimeout, setTimeout } from '../core/event-loop';
import { queueName } from '../core/known-queues';
import { errorFromErrno } from '../kernel/error-from-errno';
import { statusOf } from '../kernel/status-of';
import { sendPayloadSync, stagePayload } from '../messages/send';
import { msgsnd, WAIT_FOREVER } from '../native/calls';
import { addHandler, addIdleSweep, dispatchOnLoop, removeHandler } from '../native/events';
import { trimSlab } from '../native/slab';
import { cancelSend, closeSender, openSender, startSend } from '../native/wait-calls';
import { PollBudget } from './poll-budget';
import { type Polling, startPolling, stopPolling } from './poller';
import { lookDelay, warnWithoutThread } from './without-thread';

const ECANCELED = -constants.errno.ECANCELED;
const EMSGSIZE = -constants.errno.EMSGSIZE;
/** How often sendSync checks for the answer of a sending thread, in milliseconds. */
const LOOK_MS = 1;
const BYTES_OF_PAUSE = 4;
/** An empty line is kept, because it is likely to fill again; above this many they are swept. */
const MAX_IDLE_LISTS = 64;

/** A message in line. The payload is a copy of its own. */
interface PendingSend {
  type: number | bigint;
  payload: Uint8Array;
  /** How long to poll on the event loop before a thread waits, in microseconds. */
  spin: number;
  /** Settles: undefined when the message is in the queue, otherwise the error. */
  settle(error: Error | undefined): void;
  /** Calls the function in the async context of the send: the event loop's current context belongs to other code. */
  inContext<R>(call: () => R): R;
}

const lines = new Map<number, SenderList>();
/** The number of messages in all lines. */
let waiting = 0;

class SenderList implements Polling {
  readonly #id: number;
  readonly #pending = new Set<PendingSend>();
  #underWay: PendingSend | undefined;
  /** The reason for canceling the message in the thread; undefined while it is wanted. */
  #reason: Error | undefined;
  /** sendSync has taken over the line: a message that comes back unsent keeps its place. */
  #takenOver = false;
  #polling = false;
  readonly #budget = new PollBudget();
  #lookTimer: NodeJS.Timeout | undefined;
  /** The number of consecutive polls without room, while there was no thread. */
  #looks = 0;
  #slot = -1;
  #token = 0;

  constructor(id: number) {
    this.#id = id;
  }

  get busy(): boolean {
    return this.#pending.size > 0;
  }

  add(pending: PendingSend): void {
    this.#pending.add(pending);
    waiting += 1;
    this.#debug('waits for room');
    const waits = this.#underWay !== undefined || this.#polling || this.#lookTimer !== undefined;
    if (!waits) this.#sendOnLoop();
  }

  /** For poller.ts. */
  tryOnLoop(): boolean {
    const before = this.#pending.size;
    const { beganAt } = this.#budget;
    this.#sendOnLoop();
    if (this.#pending.size < before) this.#budget.end(beganAt);
    return this.#polling;
  }

  /** For poller.ts: polling was of no use. */
  park(): void {
    this.#polling = false;
    this.#budget.giveUp();
    this.#sendOnLoop(false);
  }

  /** Cancels a message, once. It settles when its outcome is known. */
  cancel(pending: PendingSend, reason: Error): void {
    if (pending === this.#underWay) {
      this.#reason = reason;
      cancelSend(this.#slot);
    } else if (this.#leave(pending)) {
      pending.settle(reason);
    }
  }

  /**
   * Sends the whole line and blocks the thread, so that a later message does not overtake it. False at the deadline:
   * the remaining messages stay in line.
   */
  sendAllSync(deadline: number): boolean {
    this.#callBack();
    for (const pending of this.#pending) {
      let outcome: Error | undefined;
      try {
        const { payload, type } = pending;
        if (!pending.inContext(() => sendPayloadSync(this.#id, payload, type, deadline))) {
          this.#sendOnLoop();
          return false;
        }
      } catch (error) {
        outcome = error as Error;
      }
      this.#leave(pending);
      pending.settle(outcome);
    }
    return true;
  }

  // Takes the message back from the thread. If it is not sent at that moment, it keeps its place in line.
  #callBack(): void {
    this.#stopPolling();
    if (this.#underWay === undefined) return;
    this.#takenOver = true;
    cancelSend(this.#slot);
    const pause = new Int32Array(new SharedArrayBuffer(BYTES_OF_PAUSE));
    for (dispatchOnLoop(); this.#underWay !== undefined; dispatchOnLoop()) Atomics.wait(pause, 0, 0, LOOK_MS);
    this.#takenOver = false;
  }

  // Sends without waiting while there is room; then the next one waits.
  #sendOnLoop(mayPoll = true): void {
    let isFirst = true;
    for (const pending of this.#pending) {
      let outcome: Error | undefined;
      try {
        if (!this.#sendOrWait(pending, isFirst, mayPoll)) return;
        isFirst = false;
      } catch (error) {
        outcome = error as Error;
      } finally {
        trimSlab();
      }
      this.#leave(pending);
      pending.settle(outcome);
    }
  }

  #leave(pending: PendingSend): boolean {
    const left = this.#pending.delete(pending);
    if (left) waiting -= 1;
    if (this.#pending.size === 0) this.#stopPolling();
    return left;
  }

  #stopPolling(): void {
    if (this.#polling) stopPolling(this);
    this.#polling = false;
    clearTimeout(this.#lookTimer);
    this.#lookTimer = undefined;
  }

  // True: the message was sent. False: it waits.
  #sendOrWait(pending: PendingSend, isFirst: boolean, mayPoll: boolean): boolean {
    const length = stagePayload(this.#id, pending.type, pending.payload);
    const result = msgsnd(this.#id, pending.type, length, IPC_NOWAIT, WAIT_FOREVER);
    if (result >= 0) this.#publishSent(pending);
    if (result >= 0) return true;
    if (this.#polling && isFirst && result === errno.EAGAIN) return false;
    if (result !== errno.EAGAIN || this.#neverFits(length)) throw this.#error(result, pending);
    const microseconds = mayPoll ? this.#budget.begin(pending.spin) : 0;
    this.#polling = microseconds > 0;
    if (this.#polling) startPolling(this, microseconds);
    else this.#handOver(pending, length);
    return false;
  }

  // The message is still in the slab.
  #handOver(pending: PendingSend, length: number): void {
    if (this.#slot < 0) {
      this.#token = addHandler((result) => this.#onEvent(result));
      this.#slot = openSender(this.#id, this.#token);
    }
    if (this.#slot < 0) throw this.#error(errno.ENOMEM, pending);
    if (startSend(this.#slot, pending.type, length) < 0) {
      this.#waitWithoutThread();
      return;
    }
    this.#looks = 0;
    this.#underWay = pending;
    this.#debug('parks: a thread waits for room');
  }

  // There is no thread, or no memory for another copy. The waits themselves decide whether the process stays alive;
  // this timer does not.
  #waitWithoutThread(): void {
    this.#debug('has no thread: it looks again by timers');
    warnWithoutThread(lines.size);
    this.#lookTimer = setTimeout(() => {
      this.#lookTimer = undefined;
      this.#sendOnLoop(false);
    }, lookDelay(this.#looks)).unref();
    this.#looks += 1;
  }

  #onEvent(result: number): void {
    const pending = this.#underWay;
    const reason = this.#reason;
    this.#underWay = undefined;
    this.#reason = undefined;
    if (pending === undefined) return;
    this.#debug(result === 0 ? 'was sent' : `wakes (${errno.errnoName(result)})`);
    if (result === 0) this.#budget.end(this.#budget.beganAt);
    if (result === ECANCELED && reason === undefined) return; // sendAllSync has taken it back, and it stays in line.
    // -EMSGSIZE: msg_qbytes was below its length a moment ago. If it is no longer, the message continues.
    if (result !== EMSGSIZE || reason !== undefined || this.#neverFits(pending.payload.length)) {
      this.#leave(pending);
      if (result === 0) this.#publishSent(pending);
      if (result === 0) pending.settle(undefined);
      else pending.settle(reason ?? this.#error(result === EMSGSIZE ? errno.EAGAIN : result, pending));
    }
    if (!this.#takenOver && this.#underWay === undefined) this.#sendOnLoop();
  }

  #debug(what: string): void {
    if (isDebugging) debug('%s: a send %s; %d in line', queueName(this.#id), what, this.#pending.size);
  }

  #neverFits(length: number): boolean {
    const status = statusOf(this.#id);
    return status !== undefined && length > status.msg_qbytes;
  }

  #publishSent({ type, payload, inContext }: PendingSend): void {
    if (sendChannel.hasSubscribers) inContext(() => publishSent(this.#id, type, payload.length));
  }

  #error(result: number, { type, payload, inContext }: PendingSend): Error {
    const context = { queueId: this.#id, messageType: type, length: payload.length };
    return inContext(() => errorFromErrno('msgsnd', result, context));
  }

  /** Ends the sender of an empty line. */
  dispose(): void {
    if (this.#slot < 0) return;
    closeSender(this.#slot);
    removeHandler(this.#token);
    this.#slot = -1;
  }
}

/** Whether sends to this queue are pending: a later one must then wait as well. */
export function sendsAreWaiting(id: number): boolean {
  return waiting > 0 && lines.get(id)?.busy === true;
}

/** Ends the empty line of a queue. Called when a handle is closed. */
export function disposeIdleSenderList(id: number): void {
  const line = lines.get(id);
  if (line === undefined || line.busy) return;
  line.dispose();
  lines.delete(id);
}

function sweepLists(): void {
  for (const id of lines.keys()) disposeIdleSenderList(id);
}

addIdleSweep(sweepLists);

/** Puts a message in line, and returns a function that cancels it. */
export function enqueueSend(id: number, pending: PendingSend): (reason: Error) => void {
  let line = lines.get(id);
  if (line === undefined) {
    if (lines.size >= MAX_IDLE_LISTS) sweepLists();
    line = new SenderList(id);
    lines.set(id, line);
  }
  line.add(pending);
  const joined = line;
  return (reason) => joined.cancel(pending, reason);
}

/** Sends the pending messages before a send that blocks the thread. False if that is not done at the deadline. */
export function sendWaitingSync(id: number, deadline: number): boolean {
  return lines.get(id)?.sendAllSync(deadline) ?? true;
}
