/**
 * Writes messages to standard output, and counts the bytes written.
 *
 * process.stdout does not report how much of a write a full pipe has accepted, and continues with the rest in any case.
 * This module calls write(2) itself, so it always knows how much of a message is written.
 */

import { closeSync, constants, fstatSync, openSync, writeSync } from 'node:fs';
import { FailureError, OutputClosedError } from '../errors';

const STDOUT = 1;
/** The interval, in milliseconds, for retries on a full pipe. */
const RETRY_MS = 5;
/** How long, in milliseconds, the rest of a partly written message is retried after a signal. */
const REST_MS = 2000;

/** A message that is not written, or only in part. */
export class UnfinishedWrite extends Error {
  /** The bytes written. */
  readonly written: number;
  /** The reason. */
  override readonly cause: Error;

  constructor(written: number, cause: Error) {
    super(cause.message);
    this.written = written;
    this.cause = cause;
  }
}

let descriptor: number | undefined;

/**
 * Writes all of the message. When a pipe is full, it continues in later turns of the event loop.
 *
 * Rejects with an UnfinishedWrite when the reader has closed the pipe, when the write fails, and when `signal` is
 * aborted. A partly written message is completed if its reader continues within two seconds.
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

// A full pipe would block the thread, and no signal would be handled. O_NONBLOCK belongs to the open file, which other
// processes share, so the code opens a pipe once more. It can't reopen sockets, but Node.js makes those non-blocking
// when it opens stdout.
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

/** Closes the descriptor that writeMessage has opened: the reader of a pipe waits for that. */
export function closeMessageOutput(): void {
  if (descriptor !== undefined && descriptor !== STDOUT) closeSync(descriptor);
  descriptor = undefined;
}

function outputError(error: unknown): Error {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'EPIPE') return new OutputClosedError();
  return new FailureError(`Standard output cannot be written: ${message}.`);
}
