/**
 * A message as a line of JSON: `{"type":1,"data":"text"}`, or `{"type":1,"base64":"…"}` when its bytes are not UTF-8.
 * `send --json-lines` reads what `drain`, `receive --json` and `peek --json` write, with the same type and bytes.
 */

import { isUtf8 } from 'node:buffer';
import { formatMessageLine, NotAMessageError, readMessageLine } from '../../admin/message-lines';
import type { Message } from '../../core/message';
import { printableJson } from '../../core/printable';

/** The message in a line of JSON. */
interface JsonMessage {
  /** A string of digits above 2^53, because most readers of JSON would round the number. */
  type: number | string;
  data?: string;
  base64?: string;
}

export function messageJson(message: Message<Buffer>): JsonMessage {
  return JSON.parse(formatMessageLine(message)) as JsonMessage;
}

export function messageLine(message: Message<Buffer>): string {
  return `${printableJson(formatMessageLine(message))}\n`;
}

/** A message to send. Without `type` it gets the default. */
export interface MessageRead {
  type: number | bigint | undefined;
  data: string | Buffer;
}

/** A line that is not a message; the text says why. */
class BadLineError extends Error {}

/** Reads a line. */
export function readJsonLine(line: Buffer): MessageRead {
  if (!isUtf8(line)) throw new BadLineError('It is not a message: it is not UTF-8.');
  try {
    const { type, data } = readMessageLine(line.toString('utf8'));
    return { type, data: data as string | Buffer };
  } catch (error) {
    if (error instanceof NotAMessageError) throw new BadLineError(`It is not a message: ${error.message}.`);
    throw error;
  }
}
