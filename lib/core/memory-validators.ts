/** Checks the memory that callers pass: the bytes to send, and the room for a received message. */

import { types } from 'node:util';
import { invalidKind, invalidType } from './argument-errors';
import {
  arrayBufferByteLength,
  dataViewBuffer,
  dataViewByteLength,
  dataViewByteOffset,
  isView,
  requireTypedArrayMemory,
  typedArrayBuffer,
  typedArrayByteLength,
  typedArrayByteOffset,
  typedArrayTag,
  Uint8ArrayConstructor,
} from './primordials';

const BYTES_EXPECTED = 'of type string or an instance of Buffer, TypedArray, DataView or ArrayBuffer';

/** The bytes of a sendable value, as a Uint8Array over the caller's memory, or as a string. */
export function checkPayload(value: unknown, name: string, hint?: string): string | Uint8Array {
  if (typeof value === 'string') return value;
  if (typedArrayTag(value) === 'Uint8Array') {
    const bytes = value as Uint8Array;
    if (typedArrayByteLength(bytes) > 0 && isUnshared(typedArrayBuffer(bytes))) return bytes;
  }
  const view = toUint8Array(value, name, hint);
  // A view whose memory is gone has no bytes: sent as an empty message, it would silently lose the caller's data.
  if (typedArrayByteLength(view) === 0) {
    try {
      requireTypedArrayMemory(view);
    } catch {
      throw withoutMemory(name);
    }
  }
  return view;
}

function toUint8Array(value: unknown, name: string, hint: string | undefined): Uint8Array {
  const tag = typedArrayTag(value);
  if (tag !== undefined) {
    const view = value as Uint8Array;
    const buffer = typedArrayBuffer(view);
    requireUnshared(buffer, name);
    if (tag === 'Uint8Array') return view;
    return overMemory(name, () => {
      requireTypedArrayMemory(view);
      return new Uint8ArrayConstructor(buffer, typedArrayByteOffset(view), typedArrayByteLength(view));
    });
  }
  if (isView(value)) {
    requireUnshared(dataViewBuffer(value as DataView), name);
    return overMemory(name, () => {
      const view = value as DataView;
      return new Uint8ArrayConstructor(dataViewBuffer(view), dataViewByteOffset(view), dataViewByteLength(view));
    });
  }
  if (types.isArrayBuffer(value)) return overMemory(name, () => new Uint8ArrayConstructor(value));
  if (types.isSharedArrayBuffer(value)) throw sharedMemory(name);
  throw invalidType(name, BYTES_EXPECTED, value, types.isPromise(value) ? 'Await the promise first.' : hint);
}

// V8 throws a TypeError of its own when the memory is detached or out of bounds.
function overMemory(name: string, make: () => Uint8Array): Uint8Array {
  try {
    return make();
  } catch {
    throw withoutMemory(name);
  }
}

function requireUnshared(buffer: ArrayBufferLike, name: string): void {
  if (!isUnshared(buffer)) throw sharedMemory(name);
}

// ArrayBuffer's own getter refuses a SharedArrayBuffer. This check takes half the time of types.isSharedArrayBuffer.
function isUnshared(buffer: ArrayBufferLike): boolean {
  try {
    arrayBufferByteLength(buffer as ArrayBuffer);
    return true;
  } catch {
    return false;
  }
}

// Another thread could change the bytes during the copy, and the message would be a mixture.
function sharedMemory(name: string): TypeError {
  return invalidKind(name, 'backed by memory of its own', 'a SharedArrayBuffer: copy it first');
}

function withoutMemory(name: string): TypeError {
  return invalidKind(name, 'backed by memory', 'a detached or out-of-bounds buffer');
}

/** The memory for a received message, which other threads may share. */
export function checkInto(value: unknown, name: string): Uint8Array {
  if (typedArrayTag(value) !== 'Uint8Array') throw invalidType(name, 'an instance of Buffer or Uint8Array', value);
  roomIn(value as Uint8Array, name);
  return value as Uint8Array;
}

/** The number of bytes that fit into it now; a TypeError when its memory is gone. */
export function roomIn(view: Uint8Array, name: string): number {
  const room = typedArrayByteLength(view);
  if (room > 0) return room;
  try {
    requireTypedArrayMemory(view);
  } catch {
    throw withoutMemory(name);
  }
  return room;
}
