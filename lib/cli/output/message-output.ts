/**
 * Messages to standard output, with a count of what is out.
 *
 * process.stdout does not say how much of a write a full pipe has taken, and goes on with the rest whatever happens. Here
 * each write(2) is our own: so it is known, at any moment, whether a message is out, and how much of one.
 */

import { closeSync, constants, fstatSync, openSync, writeSync } from 'node:fs';
import { FailureError, OutputClosedError } from '../errors';

const STDOUT = 1;
/** How often a full pipe is tried again, in milliseconds. */
const RETRY_MS = 5;
/** How long the rest of a message that is partly out is tried for after a signal, in milliseconds. */
const REST_MS = 2000;

/** A message that is not out, or not as a whole. */
export class UnfinishedWrite extends Error {
  /** Bytes that are out. */
  readonly written: number;
  /** What ended it. */
  override readonly cause: Error;

  constructor(written: number, cause: Error) {
    super(cause.message);
    this.written = written;
    this.cause = cause;
  }
}

let descriptor: number | undefined;

/**
 * Writes all of it, on the event loop's turns where a pipe is full.
 *
 * Rejects with an UnfinishedWrite: when nobody reads any longer, when it can't be written, and when `signal` is aborted. A
 * message that is partly out is finished if its reader continues within two seconds.
 */
export async function writeMessage(text: string | Uint8Array, signal: AbortSignal): Promise<void> {
  descriptor ??= openOutput();
  const bytes = typeof text === 'string' ? Buffer.from(text) : text;
  let written = 0;
  let giveUpAt = Number.POSITIVE_INFINITY;
  while (written < bytes.length) {
    try {
      written += writeSync(descriptor, bytes, written);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw new UnfinishedWrite(written, outputError(error));
      if (signal.aborted && written === 0) throw new UnfinishedWrite(0, signal.reason);
      if (signal.aborted) giveUpAt = Math.min(giveUpAt, performance.now() + REST_MS);
      if (performance.now() >= giveUpAt) throw new UnfinishedWrite(written, signal.reason);
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

// A pipe that is full would block the thread, and no signal would be heard. O_NONBLOCK belongs to the open file, which
// others share, so a pipe is opened once more. Sockets can't be: Node.js makes them non-blocking when it opens stdout.
function openOutput(): number {
  const stat = fstatSync(STDOUT);
  if (stat.isFIFO()) {
    try {
      return openSync('/proc/self/fd/1', constants.O_WRONLY | constants.O_NONBLOCK);
    } catch {
      void process.stdout;
    }
  } else if (stat.isSocket()) {
    void process.stdout;
  }
  return STDOUT;
}

/** Closes what writeMessage has opened: the reader of a pipe waits for that. */
export function closeMessageOutput(): void {
  if (descriptor !== undefined && descriptor !== STDOUT) closeSync(descriptor);
  descriptor = undefined;
}

function outputError(error: unknown): Error {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'EPIPE') return new OutputClosedError();
  return new FailureError(`Standard output cannot be written: ${message}.`);
}
