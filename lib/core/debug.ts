/** NODE_DEBUG=sysvmq: prints on stderr each wait, its parking, waking and cancellation, and each recovery. */

import { debuglog } from 'node:util';

const log = debuglog('sysvmq');

/** Checked before each message, so that disabled output costs nothing. */
export const isDebugging: boolean = log.enabled;

/** Prints a message, formatted like util.format. */
export const debug: (format: string, ...values: unknown[]) => void = log;
