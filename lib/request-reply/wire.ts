/** Requests and replies as bytes. docs/request-reply.md describes them to programs in other languages. */

import { statSync } from 'node:fs';
import { endianness } from 'node:os';
import type { RemoteFailure } from '../core/errors';
import { lazy } from '../core/lazy';

/** Requests have types from 1 to this, replies types above it: so both can share a queue. */
export const LAST_REQUEST_TYPE = 0xffff;
export const FIRST_REPLY_TYPE = LAST_REQUEST_TYPE + 1;
/** 32-bit programs see only these bits of a type. */
export const LAST_REPLY_TYPE = 0x7fffffff;

const REQUEST_HEADER_BYTES = 32;
const REPLY_HEADER_BYTES = 24;
export const ID_BYTES = 8;
/** Replaces the id of the reply queue: the server's configured reply queue, or else the queue of the request. */
export const AGREED_QUEUE = -1;
/** Replaces a time: never. */
export const NEVER = 0;

/** How a request ended. */
export const Status = { value: 0, error: 1, nothing: 2 } as const;
export type Status = (typeof Status)[keyof typeof Status];

const VERSION = 1;
const MAGIC_REQUEST = 'RQ';
const MAGIC_REPLY = 'RP';
// Queues do not leave the machine, so numbers have C's native format.
const LITTLE_ENDIAN = endianness() === 'LE';

// An error's text must fit in a message.
const MAX_WORDS = 2000;
const MAX_NAME = 100;

export interface RequestFrame {
  /** The queue for the reply, and its type there. */
  replyQueue: number;
  replyType: number;
  /** The reply repeats it. */
  id: Buffer;
  /** The deadline of the client: a time of `monotonicNow`, or NEVER, also when it is unknown. */
  expiresAt: number;
  payload: Buffer;
}

export interface ReplyFrame {
  id: Buffer;
  status: number;
  /**
   * The time after which the unread reply may be discarded: a time of `monotonicNow`, or NEVER, also when it is
   * unknown.
   */
  expiresAt: number;
  payload: Buffer;
}

/** CLOCK_MONOTONIC in milliseconds: the same in every process of a time namespace, and never set. */
export function monotonicNow(): number {
  return Number(process.hrtime.bigint() / 1_000_000n);
}

const UINT32_MAX = 0xffffffff;

/** The number of this process's time namespace (time_namespaces(7)); 0 when the kernel does not report it. */
const ourClock = lazy((): number => {
  try {
    const { ino } = statSync('/proc/self/ns/time');
    return ino <= UINT32_MAX ? ino : 0;
  } catch {
    return 0;
  }
});

// A time of another time namespace has no meaning here. A header without a clock counts as this one's.
function momentOf(view: DataView, clockOffset: number, momentOffset: number): number {
  const clock = view.getUint32(clockOffset, LITTLE_ENDIAN);
  if (clock !== 0 && ourClock() !== 0 && clock !== ourClock()) return NEVER;
  return Number(view.getBigUint64(momentOffset, LITTLE_ENDIAN));
}

export function encodeRequest(frame: Omit<RequestFrame, 'payload'>, payload: string | Uint8Array): Buffer {
  const { bytes, view } = frameOf(MAGIC_REQUEST, 0, REQUEST_HEADER_BYTES, payload);
  view.setInt32(4, frame.replyQueue, LITTLE_ENDIAN);
  view.setInt32(8, frame.replyType, LITTLE_ENDIAN);
  view.setUint32(12, ourClock(), LITTLE_ENDIAN);
  bytes.set(frame.id, 16);
  view.setBigUint64(24, BigInt(frame.expiresAt), LITTLE_ENDIAN);
  return bytes;
}

export function encodeReply(frame: Omit<ReplyFrame, 'payload'>, payload: string | Uint8Array): Buffer {
  const { bytes, view } = frameOf(MAGIC_REPLY, frame.status, REPLY_HEADER_BYTES, payload);
  view.setUint32(4, ourClock(), LITTLE_ENDIAN);
  bytes.set(frame.id, 8);
  view.setBigUint64(16, BigInt(frame.expiresAt), LITTLE_ENDIAN);
  return bytes;
}

/** Changes the expiry of a reply that was not sent yet. */
export function setReplyExpiry(reply: Buffer, expiresAt: number): void {
  viewOf(reply).setBigUint64(16, BigInt(expiresAt), LITTLE_ENDIAN);
}

/** The request in a message; undefined when the message is not a request. */
export function decodeRequest(bytes: Buffer): RequestFrame | undefined {
  if (!isFrame(bytes, MAGIC_REQUEST, REQUEST_HEADER_BYTES)) return undefined;
  const view = viewOf(bytes);
  const replyQueue = view.getInt32(4, LITTLE_ENDIAN);
  const replyType = view.getInt32(8, LITTLE_ENDIAN);
  if (replyQueue < AGREED_QUEUE || replyType < 1) return undefined;
  return {
    replyQueue,
    replyType,
    id: bytes.subarray(16, 16 + ID_BYTES),
    expiresAt: momentOf(view, 12, 24),
    payload: bytes.subarray(REQUEST_HEADER_BYTES),
  };
}

/** The reply in a message; undefined when the message is not a reply. */
export function decodeReply(bytes: Buffer): ReplyFrame | undefined {
  if (!isFrame(bytes, MAGIC_REPLY, REPLY_HEADER_BYTES)) return undefined;
  return {
    id: bytes.subarray(8, 8 + ID_BYTES),
    status: bytes[3] as number,
    expiresAt: momentOf(viewOf(bytes), 4, 16),
    payload: bytes.subarray(REPLY_HEADER_BYTES),
  };
}

function frameOf(
  magic: string,
  status: number,
  headerBytes: number,
  payload: string | Uint8Array,
): { bytes: Buffer; view: DataView } {
  const data = typeof payload === 'string' ? Buffer.from(payload) : payload;
  const bytes = Buffer.alloc(headerBytes + data.length);
  bytes.write(magic, 'latin1');
  bytes[2] = VERSION;
  bytes[3] = status;
  bytes.set(data, headerBytes);
  return { bytes, view: viewOf(bytes) };
}

function isFrame(bytes: Buffer, magic: string, headerBytes: number): boolean {
  return bytes.length >= headerBytes && bytes.toString('latin1', 0, 2) === magic && bytes[2] === VERSION;
}

function viewOf({ buffer, byteOffset, byteLength }: Buffer): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}

/** The content of an error reply, from the value that a handler threw. */
export function encodeFailure(error: unknown): string {
  try {
    const { name, message, code } = (error ?? {}) as Partial<Record<string, unknown>>;
    return JSON.stringify({
      name: typeof name === 'string' ? name.slice(0, MAX_NAME) : undefined,
      message: (typeof message === 'string' ? message : String(error)).slice(0, MAX_WORDS),
      code: typeof code === 'string' ? code.slice(0, MAX_NAME) : undefined,
    });
  } catch {
    return JSON.stringify({ message: 'The handler threw a value that has no text.' });
  }
}

/** Reads an error reply: `{ name, message, code }` as JSON, or a plain text with the message. */
export function decodeFailure(payload: Buffer): RemoteFailure {
  const text = payload.toString('utf8');
  try {
    const { name, message, code } = JSON.parse(text) as Partial<Record<string, unknown>>;
    if (typeof message === 'string') {
      return {
        name: typeof name === 'string' ? name : undefined,
        message,
        code: typeof code === 'string' ? code : undefined,
      };
    }
  } catch {
    // A plain text is easier to write for a server in another language.
  }
  return { message: text === '' ? 'The server reports that the request failed, without a reason.' : text };
}
