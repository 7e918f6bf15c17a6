/**
 * A message as a line of JSON: `{"type":1,"data":"text"}`, or `{"type":1,"base64":"…"}` when its bytes are not UTF-8.
 * What `drain`, `receive --json` and `peek --json` write, `send --json-lines` reads, and type and bytes stay the same.
 */

import { isUtf8 } from 'node:buffer';
import type { Message } from '../message';
import { messageType } from './arguments';
import { jsonLine } from './output';

/** What a line of JSON has of a message. */
export interface JsonMessage {
  /** A string of digits past 2^53, which most readers of JSON would round. */
  type: number | string;
  data?: string;
  base64?: string;
}

/** The type exactly: a number where that holds it. */
export function exactType({ type, typeBigInt }: Message<Buffer>): number | bigint {
  return Number.isSafeInteger(type) ? type : typeBigInt;
}

export function messageJson(message: Message<Buffer>): JsonMessage {
  const type = exactType(message);
  const { data } = message;
  const payload = isUtf8(data) ? { data: data.toString('utf8') } : { base64: data.toString('base64') };
  return { type: typeof type === 'bigint' ? String(type) : type, ...payload };
}

export function messageLine(message: Message<Buffer>): string {
  return `${jsonLine(messageJson(message))}\n`;
}

/** A message to send; without a type it has the default. */
export interface MessageRead {
  type: number | bigint | undefined;
  data: string | Buffer;
}

/** A line that is no message: the words say why. */
export class BadLineError extends Error {}

const KNOWN = new Set(['type', 'data', 'base64', 'index']);

/** Reads a line. `index`, which `peek --json` writes, is read over. */
export function readMessageLine(line: Buffer): MessageRead {
  const value = parseObject(line);
  const unknown = Object.keys(value).find((name) => !KNOWN.has(name));
  if (unknown !== undefined) {
    throw new BadLineError(`"${unknown}" is not a property of a message; type, data and base64 are.`);
  }
  return { type: readType(value['type']), data: readData(value['data'], value['base64']) };
}

function parseObject(line: Buffer): Record<string, unknown> {
  if (!isUtf8(line)) throw new BadLineError('It is not UTF-8, and so no JSON.');
  let value: unknown;
  try {
    value = JSON.parse(line.toString('utf8'));
  } catch (error) {
    throw new BadLineError(`It is no JSON: ${(error as Error).message}.`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new BadLineError('It is to be an object: {"type":1,"data":"text"}, or "base64" in place of "data".');
  }
  return value as Record<string, unknown>;
}

function readType(type: unknown): number | bigint | undefined {
  if (type === undefined) return undefined;
  if (typeof type === 'number' && Number.isSafeInteger(type) && type >= 1) return type;
  if (typeof type === 'number' && type > Number.MAX_SAFE_INTEGER) {
    throw new BadLineError('"type" is past 2^53, where JSON numbers are rounded: write it as a string of digits.');
  }
  try {
    if (typeof type === 'string') return messageType(type);
  } catch {
    // The same as for other values.
  }
  throw new BadLineError('"type" is to be a whole number from 1 to 2^63-1; past 2^53 as a string of digits.');
}

function readData(data: unknown, base64: unknown): string | Buffer {
  if ((data === undefined) === (base64 === undefined)) {
    throw new BadLineError('It is to have either "data" or "base64".');
  }
  if (base64 === undefined) {
    if (typeof data !== 'string') throw new BadLineError('"data" is to be a string.');
    const bytes = Buffer.from(data, 'utf8');
    // Half of a surrogate pair has no UTF-8; it would be sent as U+FFFD without a word.
    if (bytes.toString('utf8') !== data) throw new BadLineError('"data" has half of a surrogate pair: use "base64".');
    return bytes;
  }
  // Buffer.from reads over what is not base64.
  const bytes = Buffer.from(typeof base64 === 'string' ? base64 : '', 'base64');
  if (typeof base64 !== 'string' || bytes.toString('base64') !== base64) {
    throw new BadLineError('"base64" is to be a string of base64 with its padding.');
  }
  return bytes;
}
