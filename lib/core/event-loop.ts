/**
 * The clock and the timers of Node.js as they were when this module was loaded.
 *
 * A program's tests may replace the globals (Jest, Vitest, Sinon, node:test). A wait for the kernel runs in real time:
 * if a fake clock delayed or dropped a callback, the wait would never end. So fake timers affect neither a `timeout`
 * nor anything else here, just as they do not affect AbortSignal.timeout of Node.js. The functions come from Node's
 * modules, not from the globals, because Jest may replace those before the first module is loaded.
 */

import { performance } from 'node:perf_hooks';
import * as timers from 'node:timers';

/** Milliseconds of a clock that is never set back. */
export const clockNow: () => number = performance.now.bind(performance);

export const { setTimeout, clearTimeout, setInterval, clearInterval, setImmediate } = timers;

export const { queueMicrotask } = globalThis;
export const nextTick: typeof process.nextTick = process.nextTick.bind(process);
