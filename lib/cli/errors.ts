/** How the command ends: what it says on stderr, and its exit status. */

import { CommanderError } from 'commander';
import { isMessageQueueError } from '../core/errors';
import { formatError } from './output/error-message';

export const DONE = 0;
export const FAILED = 1;
export const WRONG_USAGE = 2;

/** The command was called in a way that makes no sense. */
export class UsageError extends Error {}

/** Something did not work, and the message says it all. */
export class FailureError extends Error {}

/** Everything there was to say has been said on stderr. */
export class ReportedFailure extends Error {}

/** The reader of the output has gone. */
export class OutputClosedError extends Error {}

/** SIGINT, SIGTERM or SIGHUP ended the verb. */
export class InterruptedBySignal extends Error {
  readonly signal: NodeJS.Signals;

  constructor(signal: NodeJS.Signals, message = '') {
    super(message);
    this.signal = signal;
  }
}

/** How the process is to end. */
export interface Ending {
  status: number;
  /** For stderr; empty for nothing. */
  words: string;
  /** The signal to die of, as programs do that a signal has ended: shells look at it. */
  signal?: NodeJS.Signals;
}

/** What becomes of an error that a verb has thrown. `command` is what was called: "sysvmq list". */
export function endingOf(error: unknown, command: string): Ending {
  if (error instanceof CommanderError) return endingOfCommander(error, command);
  if (error instanceof UsageError || isArgumentError(error)) {
    return { status: WRONG_USAGE, words: wrongUsage((error as Error).message, command) };
  }
  if (error instanceof OutputClosedError) return diesOf('SIGPIPE', error, command);
  if (error instanceof InterruptedBySignal) return diesOf(error.signal, error, command);
  if (error instanceof ReportedFailure) return { status: FAILED, words: '' };
  if (error instanceof FailureError) return { status: FAILED, words: `${command}: ${error.message}` };
  if (isMessageQueueError(error)) return { status: FAILED, words: `${command}: ${formatError(error)}` };
  if (isSystemError(error)) return { status: FAILED, words: `${command}: ${error.message}` };
  return { status: FAILED, words: `${command}: ${(error as Error)?.stack ?? error}` };
}

function diesOf(signal: NodeJS.Signals, { message }: Error, command: string): Ending {
  return { status: FAILED, words: message && `${command}: ${message}`, signal };
}

// Help and the version are ends of their own to commander, and none that failed.
function endingOfCommander(error: CommanderError, command: string): Ending {
  if (error.exitCode === 0) return { status: DONE, words: '' };
  if (error.code === 'commander.help') return { status: WRONG_USAGE, words: '' };
  return { status: WRONG_USAGE, words: wrongUsage(error.message.replace(/^error: /, ''), command) };
}

function wrongUsage(message: string, command: string): string {
  return `${command}: ${message}\nTry "${command} --help".`;
}

/** The library's own refusal of an argument: the kernel was not asked. */
function isArgumentError(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return code === 'ERR_OUT_OF_RANGE' || code === 'ERR_INVALID_ARG_TYPE';
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && typeof (error as NodeJS.ErrnoException).syscall === 'string';
}
