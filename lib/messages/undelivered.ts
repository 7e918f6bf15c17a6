/**
 * Messages that this process has taken and whose receiver no longer waits.
 *
 * Their one owner is the store of native/core/taken_messages.h: the next matching receive of this process takes from it
 * before the queue. A message that no receive takes soon goes back to the end of the queue, as do those that remain
 * when the process ends. A message that can't go back is reported with its bytes.
 */

import { debug, isDebugging } from '../core/debug';
import { publishUndelivered } from '../core/diagnostics';
import { formatCount } from '../core/format';
import { queueName } from '../core/known-queues';
import { lazy } from '../core/lazy';
import { errorFromErrno } from '../kernel/error-from-errno';
import {
  dropHeld,
  giveBackKept,
  holdTaken,
  type KeptMessage,
  keepHeld,
  keepTaken,
  takeKept,
} from '../native/taken-calls';

const workerThreads = lazy(() => require('node:worker_threads') as typeof import('node:worker_threads'));

/** How long the end of the process waits for room for messages that must go back, in milliseconds. */
const MAX_EXIT_WAIT_MS = 250;

const UNDELIVERED_WARNING = 'SYSVMQ_UNDELIVERED';

/** Returns a taken message to the store: the next matching receive of this process gets it. */
export function returnMessage(id: number, type: number | bigint, bytes: Uint8Array): void {
  reportAtExit();
  if (isDebugging) debug('%s: a message of type %s is kept for the next receive', queueName(id), type);
  const result = keepTaken(id, type, bytes);
  if (result < 0) process.emitWarning(report(id, type, Buffer.from(bytes), result));
}

/**
 * Tries to give the kept messages back immediately. False when some remain: there is no room for them, or no
 * permission.
 */
export function giveBackNow(): boolean {
  return giveBackKept(0) === 0;
}

/** Removes the oldest kept message, for a caller that reports it in its own way. */
export function takeUndelivered(): KeptMessage | undefined {
  return takeKept();
}

/** A message that will be handed out later. It is not lost if the thread ends first. */
export class HeldMessage {
  readonly #id: number;
  readonly #type: number | bigint;
  readonly #bytes: Uint8Array;
  /** Negative: there was no memory for a copy, so only this object has the message. */
  readonly #slot: number;

  constructor(id: number, type: number | bigint, bytes: Uint8Array) {
    reportAtExit();
    this.#id = id;
    this.#type = type;
    this.#bytes = bytes;
    this.#slot = holdTaken(id, type, bytes);
  }

  /** The message was handed out. */
  drop(): void {
    if (this.#slot >= 0) dropHeld(this.#slot);
  }

  /** The message will not be handed out. */
  putBack(): void {
    if (this.#slot >= 0) keepHeld(this.#slot);
    else returnMessage(this.#id, this.#type, this.#bytes);
  }
}

/** Publishes a message that would otherwise be lost, and returns the text of the warning about it. */
function report(id: number, type: number | bigint, data: Buffer, refused: number): Error {
  const error = errorFromErrno('msgsnd', refused, { queueId: id, messageType: type, length: data.length });
  publishUndelivered({ queueId: id, messageType: type, data, error });
  const message =
    `A message that this process had taken from ${queueName(id)} was not delivered, and could not be given back: ` +
    `type ${type}, ${formatCount(data.length, 'byte')}. ${error.message}`;
  const detail = `${JSON.stringify({ type: String(type), base64: data.toString('base64') })}`;
  return Object.assign(new Error(message), { name: 'Warning', code: UNDELIVERED_WARNING, detail, cause: error });
}

let watches = false;

/** Gives back the kept messages when the process ends, and reports the rest. A worker leaves that to the process. */
export function reportAtExit(): void {
  if (watches) return;
  watches = true;
  process.once('exit', () => {
    if (!workerThreads().isMainThread) return;
    giveBackKept(MAX_EXIT_WAIT_MS);
    for (let kept = takeKept(); kept !== undefined; kept = takeKept()) {
      // process.emitWarning prints on the next tick, which never comes here.
      process.emit('warning', report(kept.id, kept.type, kept.bytes, kept.refused));
    }
  });
}
