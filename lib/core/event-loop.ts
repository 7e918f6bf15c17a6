/**
 * The clock and the timers of Node.js as they were when this module was loaded.
 *
 * A program's tests may replace the globals for a while (Jest, Vitest, Sinon, node:test). A wait for the kernel runs in
 * real time: a callback that a fake clock holds back, or throws away, would leave a wait that never ends. So fake timers
 * govern neither a `timeout` nor anything else here, as they do not govern AbortSignal.timeout of Node.js. Node's modules are
 * asked rather than the globals, because in Jest these may be replaced before the first module is loaded.
 */

import { performance } from 'node:perf_hooks';
import * as timers from 'node:timers';

/** Milliseconds on a clock that is never set back. */
export const clockNow: () => number = performance.now.bind(performance);

export const { setTimeout, clearTimeout, setInterval, clearInterval, setImmediate } = timers;

export const { queueMicrotask } = globalThis;
export const nextTick: typeof process.nextTick = process.nextTick.bind(process);
