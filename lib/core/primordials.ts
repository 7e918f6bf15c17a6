/**
 * JavaScript's own functions as they were when this module was loaded.
 *
 * A program may replace a prototype's method later, and that method would then receive our slab as `this`; it can't
 * replace these functions. Calls through them also ignore a caller's own properties (an own `byteLength`, for example).
 */

import { lazy } from './lazy';

const { call } = Function.prototype;

/** The method as a function whose first argument is `this`. */
function uncurry<This, Args extends unknown[], Result>(
  method: (this: This, ...args: Args) => Result,
): (self: This, ...args: Args) => Result {
  return call.bind(method as (this: unknown) => unknown) as (self: This, ...args: Args) => Result;
}

function getter<This, Result>(prototype: object, name: string | symbol): (self: This) => Result {
  const get = Object.getOwnPropertyDescriptor(prototype, name)?.get;
  if (get === undefined) throw new TypeError(`no getter ${String(name)}`);
  return uncurry(get as (this: This) => Result);
}

const typedArrayPrototype = Object.getPrototypeOf(Uint8Array.prototype) as object;

export const typedArrayTag: (value: unknown) => string | undefined = getter(typedArrayPrototype, Symbol.toStringTag);
export const typedArrayBuffer: (view: Uint8Array) => ArrayBufferLike = getter(typedArrayPrototype, 'buffer');
export const typedArrayByteOffset: (view: Uint8Array) => number = getter(typedArrayPrototype, 'byteOffset');
export const typedArrayByteLength: (view: Uint8Array) => number = getter(typedArrayPrototype, 'byteLength');
export const dataViewBuffer: (view: DataView) => ArrayBufferLike = getter(DataView.prototype, 'buffer');
export const dataViewByteOffset: (view: DataView) => number = getter(DataView.prototype, 'byteOffset');
export const dataViewByteLength: (view: DataView) => number = getter(DataView.prototype, 'byteLength');
export const arrayBufferByteLength: (buffer: ArrayBuffer) => number = getter(ArrayBuffer.prototype, 'byteLength');

/** Throws a TypeError for a view whose memory is gone: detached, or beyond a resizable buffer that has shrunk. */
export const requireTypedArrayMemory = uncurry(Uint8Array.prototype.keys);

export const setBytes = uncurry(Uint8Array.prototype.set as (this: Uint8Array, from: Uint8Array, at: number) => void);
export const weakMapGet = uncurry(WeakMap.prototype.get) as <K extends object, V>(
  map: WeakMap<K, V>,
  key: K,
) => V | undefined;
export const weakMapSet = uncurry(WeakMap.prototype.set) as <K extends object, V>(
  map: WeakMap<K, V>,
  key: K,
  value: V,
) => void;
export const writeUtf8 = uncurry(
  Buffer.prototype.utf8Write as unknown as (this: Uint8Array, text: string, at: number, most: number) => number,
);
export const readUtf8 = uncurry(
  Buffer.prototype.utf8Slice as unknown as (this: Uint8Array, start: number, end: number) => string,
);

export const { isView } = ArrayBuffer;
export const Uint8ArrayConstructor = Uint8Array;
export const ArrayBufferConstructor = ArrayBuffer;
export const { byteLength: utf8ByteLength } = Buffer;

const workerThreads = lazy(() => require('node:worker_threads') as typeof import('node:worker_threads'));

/** Afterwards a program can't detach the memory with postMessage or structuredClone. For transfer(), see below. */
export function forbidTransfer(memory: ArrayBuffer): void {
  workerThreads().markAsUntransferable(memory);
}

/**
 * Whether a program can detach memory that is marked untransferable. Node 20 has no transfer(), and from 24 on it
 * refuses marked memory. Node 22 even detaches the memory of Node's own pool, and so of every small Buffer in it.
 */
export const memoryCanBeGivenAway = lazy(() => {
  const memory = new ArrayBufferConstructor(1) as ArrayBuffer & { transfer?: () => unknown };
  forbidTransfer(memory);
  try {
    memory.transfer?.();
  } catch {
    return false;
  }
  return arrayBufferByteLength(memory) === 0;
});

const nodeMajor = Number.parseInt(process.versions.node, 10);
const poolCanBeGivenAway = nodeMajor > 20 && nodeMajor < 24;
/** A Buffer with a memory block of its own, which is not zeroed. */
export const { allocUnsafeSlow } = Buffer;
export const allocUnsafe: (size: number) => Buffer = poolCanBeGivenAway ? allocUnsafeSlow : Buffer.allocUnsafe;
/** Memory that is not zeroed and not shared. */
export const newMemory = (size: number): ArrayBuffer => typedArrayBuffer(allocUnsafeSlow(size)) as ArrayBuffer;

const { from } = Buffer;
export const { isSafeInteger } = Number;
export const { asIntN, asUintN } = BigInt;

const { defineProperty, getPrototypeOf, setPrototypeOf } = Object;
const bufferPrototype = Buffer.prototype;
// The class of Node's own Buffers. Its constructor is four times as fast as changing a Uint8Array's prototype.
const NodeBuffer = (Buffer as unknown as Record<symbol, unknown>)[Symbol.species] as typeof Uint8Array | undefined;
const hasNodeBuffer = typeof NodeBuffer === 'function' && NodeBuffer.prototype === bufferPrototype;

/** A Buffer over part of an ArrayBuffer, like Buffer.from's, without reading any property of the ArrayBuffer. */
export const bufferOver: (memory: ArrayBuffer, offset: number, length: number) => Buffer = hasNodeBuffer
  ? (memory, offset, length) => new (NodeBuffer as typeof Uint8Array)(memory, offset, length) as Buffer
  : (memory, offset, length) =>
      setPrototypeOf(new Uint8ArrayConstructor(memory, offset, length), bufferPrototype) as Buffer;

/** A zeroed Buffer. V8 keeps one of up to 64 bytes in its heap, without a memory block. */
export const newBuffer: (length: number) => Buffer = hasNodeBuffer
  ? (length) => new (NodeBuffer as typeof Uint8Array)(length) as Buffer
  : (length) => setPrototypeOf(new Uint8ArrayConstructor(length), bufferPrototype) as Buffer;

/** Whether this is a Buffer, and of no class derived from it. */
export function isPlainBuffer(view: Uint8Array): view is Buffer {
  return getPrototypeOf(view) === bufferPrototype;
}

/**
 * A view of memory with its own length property: Buffer's utf8Write is JavaScript in newer Node.js versions, and would
 * call a getter that a program may have replaced.
 */
export function viewOf(memory: ArrayBuffer): Uint8Array {
  return defineProperty(new Uint8ArrayConstructor(memory), 'byteLength', { value: arrayBufferByteLength(memory) });
}

/** The UTF-8 of a text. */
export function encodeText(text: string): Buffer {
  return from(text, 'utf8');
}

/** A Buffer with the same bytes, and memory of its own. Buffer.from would call the original's valueOf. */
export function copyBytes(original: Uint8Array): Buffer {
  const copy = allocUnsafe(typedArrayByteLength(original));
  setBytes(copy, original, 0);
  return copy;
}
