/**
 * The clock and the timers of Node.js as they were when this module was loaded.
 *
 * A program's tests may replace the globals (Jest, Vitest, Sinon, node:test). A wait for the kernel runs in real time:
 * if a fake clock delayed or dropped a callback, the wait would never end. So fake timers affect neither a `timeout`
 * nor anything else here, just as they do not affect AbortSignal.timeout of Node.js. The functions come from Node's
 * modules, not from the globals, because Jest may replace those before the first module is loaded.
 */

import * as timers from 'node:timers';

// Not performance.now, whose module takes a millisecond to load, nor hrtime, which fake timers replace on `process` itself.
const { uptime } = process;
const MS_PER_SECOND = 1000;

/** Milliseconds on a clock that is never set back. */
export const clockNow = (): number => uptime() * MS_PER_SECOND;

export const { setTimeout, clearTimeout, setInterval, clearInterval, setImmediate } = timers;

export const { queueMicrotask } = globalThis;
export const nextTick: typeof process.nextTick = process.nextTick.bind(process);
