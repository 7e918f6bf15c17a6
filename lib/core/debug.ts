/** NODE_DEBUG=sysvmq: prints on stderr each wait, its parking, waking and cancellation, and each recovery. */

import { debuglog } from 'node:util';

const log = debuglog('sysvmq');

/** Looked at before anything is said, so that nothing is made where nobody reads it. */
export const isDebugging: boolean = log.enabled;

/** Says it, in util.format's way. */
export const debug: (format: string, ...values: unknown[]) => void = log;
