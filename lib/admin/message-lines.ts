/** A message as a line of JSON and back: drainTo writes it, and the command reads and writes it with JSON lines. */

import { isUtf8 } from 'node:buffer';
import type { Bytes } from '../codecs/codec';
import { invalidValue } from '../core/argument-errors';
import { LONG_BITS, LONG_MAX } from '../core/constants';
import { checkPayload } from '../core/memory-validators';
import { checkMessageType, checkObject, checkString } from '../core/validators';

/** The message in a line of JSON. */
export interface MessageFromLine {
  /** Text, or bytes that are not UTF-8. */
  data: string | Buffer;
  /** Left out when the line has none. */
  type?: number | bigint;
}

const DECIMAL = /^[1-9][0-9]{0,18}$/;
// UTF-8 has no lone surrogate: it would be sent as U+FFFD.
const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * Formats a message as a line of JSON that keeps its type and its bytes exactly. The caller adds the newline.
 *
 * UTF-8 bytes become `data`, a string; other bytes become `base64`. A type above 2^53 becomes a string, because JSON
 * readers round such numbers.
 *
 * @param message - A message whose `data` is bytes, as with the default codec. A string is written as its UTF-8.
 * @throws {TypeError} `ERR_INVALID_ARG_TYPE`: its `data` is not bytes. {RangeError} `ERR_OUT_OF_RANGE`: its type.
 *
 * @example
 * assert.equal(formatMessageLine({ type: 1, data: 'hello' }), '{"type":1,"data":"hello"}');
 * const line = formatMessageLine({ type: 2n ** 62n, data: Buffer.from([0xff]) });
 * assert.equal(line, '{"type":"4611686018427387904","base64":"/w=="}');
 */
export function formatMessageLine(message: {
  type: number | bigint;
  typeBigInt?: bigint | undefined;
  data: Bytes;
}): string {
  const { type, typeBigInt, data } = checkObject(message, 'message');
  const exact = checkMessageType(typeBigInt ?? type, 'message.type');
  const rounded = Number(exact);
  const written = Number.isSafeInteger(rounded) ? rounded : String(exact);
  const payload = checkPayload(data, 'message.data');
  const bytes = typeof payload === 'string' ? Buffer.from(payload) : asBuffer(payload);
  return isUtf8(bytes)
    ? JSON.stringify({ type: written, data: bytes.toString('utf8') })
    : JSON.stringify({ type: written, base64: bytes.toString('base64') });
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/**
 * Parses a line of JSON as `formatMessageLine` writes it. You can pass the result to sendMany.
 *
 * The line is an object with `data` or `base64`, and optionally `type`, a number or a string of decimal digits. It
 * ignores `index`, which `sysvmq peek --json` writes, and refuses other properties, because a misspelled `type` would
 * change the message.
 *
 * @returns `data`, and `type` if the line has one.
 * @throws {TypeError} `ERR_INVALID_ARG_VALUE`: the line is not such an object; the error says why.
 *
 * @example
 * const queue = MessageQueue.createPrivate({ codec: codecs.utf8 });
 * queue.trySendMany([parseMessageLine('{"type":7,"data":"hello"}')]);
 * assert.equal(queue.tryReceive({ type: 7 }).data, 'hello');
 * queue.remove();
 */
export function parseMessageLine(line: string): MessageFromLine {
  try {
    return readMessageLine(checkString(line, 'line'));
  } catch (error) {
    if (error instanceof NotAMessageError) throw invalidValue('line', `is not a message: ${error.message}`);
    throw error;
  }
}

/** The reason why a line is not a message. @internal */
export class NotAMessageError extends Error {}

/** Like parseMessageLine, but throws a NotAMessageError. @internal */
export function readMessageLine(line: string): MessageFromLine {
  const { type, data, base64, index: _position, ...rest } = parseObject(line);
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) throw notAMessage(`it has the property ${JSON.stringify(unknown)}, which no message has`);
  if ((data === undefined) === (base64 === undefined)) throw notAMessage('it must have one of "data" and "base64"');
  const payload = data === undefined ? parseBase64(base64) : parseText(data);
  return type === undefined ? { data: payload } : { type: parseType(type), data: payload };
}

function notAMessage(reason: string): NotAMessageError {
  return new NotAMessageError(reason);
}

function parseObject(line: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw notAMessage(`it is not JSON (${(error as Error).message})`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw notAMessage('it is not a JSON object');
  return value as Record<string, unknown>;
}

function parseText(text: unknown): string {
  if (typeof text !== 'string') throw notAMessage('"data" must be a string');
  if (LONE_SURROGATE.test(text)) throw notAMessage('"data" has half a surrogate pair, which no UTF-8 can hold');
  return text;
}

// Buffer.from skips characters that are not base64, and would return another message.
function parseBase64(base64: unknown): Buffer {
  const bytes = typeof base64 === 'string' ? Buffer.from(base64, 'base64') : undefined;
  if (bytes?.toString('base64') !== base64) throw notAMessage('"base64" must be a string of base64, with its padding');
  return bytes as Buffer;
}

function parseType(type: unknown): number | bigint {
  if (typeof type === 'number' && Number.isSafeInteger(type) && type >= 1 && type <= LONG_MAX) return type;
  if (typeof type === 'string' && DECIMAL.test(type)) {
    const exact = BigInt(type);
    if (exact <= LONG_MAX) return exact <= Number.MAX_SAFE_INTEGER ? Number(exact) : exact;
  }
  if (LONG_BITS === 32n) {
    throw notAMessage('"type" must be a number from 1 to 2^31-1: a C long has 32 bits on this machine');
  }
  if (typeof type === 'number' && type > Number.MAX_SAFE_INTEGER) {
    throw notAMessage('"type" must be a string of digits past 2^53, where numbers of JSON are rounded');
  }
  throw notAMessage('"type" must be a number from 1 to 2^53-1, or a string of digits up to 2^63-1');
}
