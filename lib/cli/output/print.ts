/** Writes to standard output. The caller awaits the write, so it can handle a failure. */

import { printableJson, printableText } from '../../core/printable';
import { FailureError, OutputClosedError } from '../errors';
import { wrap } from './wrap';

let listening = false;

/**
 * Writes text with terminal control characters escaped. Rejects with an OutputClosedError when the reader has closed
 * the pipe.
 */
export function print(text: string): Promise<void> {
  return printBytes(printableText(text, true));
}

/** Writes all of it, unchanged. */
export function printBytes(text: string | Uint8Array): Promise<void> {
  if (!listening) {
    // The callback of each write receives the error; without a listener Node.js would throw it as well.
    process.stdout.on('error', () => undefined);
    listening = true;
  }
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => (error ? reject(outputError(error)) : resolve()));
  });
}

function outputError(error: NodeJS.ErrnoException): Error {
  if (error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED') return new OutputClosedError();
  return new FailureError(`Standard output cannot be written: ${error.message}.`);
}

/**
 * Writes text to standard error, with terminal control characters escaped. On a terminal it wraps lines between words;
 * into a file or a pipe each line stays whole, because programs search them.
 */
export function printError(words: string): void {
  const { isTTY, columns } = process.stderr;
  const text = printableText(words, true);
  process.stderr.write(
    isTTY && columns
      ? text
          .split('\n')
          .map((line) => fitted(line, columns))
          .join('')
      : `${text}\n`,
  );
}

// Indented lines belong to a stack trace, and a line of JSON is for programs.
function fitted(line: string, columns: number): string {
  return /^[\s{]/.test(line) ? `${line}\n` : wrap(line, { columns });
}

/**
 * One JSON document. Numbers are numbers; a bigint that a double cannot hold exactly is a string of its digits, because
 * most readers of JSON would round it.
 */
export function printJson(value: unknown): Promise<void> {
  return printBytes(`${printableJson(JSON.stringify(value, exactly, 2))}\n`);
}

/** The same in one line, without the newline. */
export function jsonLine(value: unknown): string {
  return printableJson(JSON.stringify(value, exactly));
}

function exactly(_name: string, value: unknown): unknown {
  if (typeof value !== 'bigint') return value;
  return value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER)
    ? Number(value)
    : `${value}`;
}
