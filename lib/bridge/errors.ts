/** The errors of a bridge that no system call has caused. */

import { MessageQueueError } from '../core/errors';

/** A route, or the bridge, can't continue until you follow the message. */
export class BridgeError extends MessageQueueError {
  constructor(code: string, message: string, cause?: unknown) {
    super(message, { code, ...(cause === undefined ? {} : { cause }) });
  }
}

/** Whether a retry would be useless. */
export function isFinal(error: unknown): boolean {
  return error instanceof BridgeError && FINAL.has(error.code);
}

const FINAL = new Set([
  'ERR_BRIDGE_DENIED',
  'ERR_BRIDGE_REFUSED',
  'ERR_BRIDGE_CONSUMER_AHEAD',
  'ERR_BRIDGE_CONSUMER',
  'ERR_BRIDGE_UNSUPPORTED',
  'ERR_BRIDGE_VOLATILE',
  'ERR_BRIDGE_PEER_MISSING',
]);

/** Loads a package that is an optional peer dependency. */
export function loadPeer<Module>(load: () => unknown, name: string, install: string): Module {
  try {
    return load() as Module;
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code !== 'MODULE_NOT_FOUND' || !message.includes(`'${name}'`)) throw cause;
    throw new BridgeError(
      'ERR_BRIDGE_PEER_MISSING',
      `The bridge needs the package ${name}, which is not installed. Run: npm install ${install}`,
      cause,
    );
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** An error's words without the period at their end, for the middle of another message. */
export function wordsOf(error: Error): string {
  return error.message.replace(/\.$/, '');
}
