/** How the command ends: its words on stderr, and its exit status. */

import { CommanderError } from 'commander';
import { isMessageQueueError } from '../core/errors';
import { formatError } from './output/error-message';

const DONE = 0;
const FAILED = 1;
const WRONG_USAGE = 2;

/** The command line is wrong. */
export class UsageError extends Error {}

/** The verb has failed, and the message is complete. */
export class FailureError extends Error {}

/** The verb has failed and already reported it on stderr. */
export class ReportedFailure extends Error {}

/** The reader of the output has closed it. */
export class OutputClosedError extends Error {}

/** SIGINT, SIGTERM or SIGHUP ended the verb. */
export class InterruptedBySignal extends Error {
  readonly signal: NodeJS.Signals;

  constructor(signal: NodeJS.Signals, message = '') {
    super(message);
    this.signal = signal;
  }
}

/** How the process must end. */
interface Ending {
  status: number;
  /** For stderr; empty for nothing. */
  words: string;
  /** The signal by which the process must die, as a program does that a signal has ended: shells check for it. */
  signal?: NodeJS.Signals;
}

/** The ending for an error that a verb has thrown. `command` is the called command: "sysvmq list". */
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

// commander reports help and the version as errors, but they are successes.
function endingOfCommander(error: CommanderError, command: string): Ending {
  if (error.exitCode === 0) return { status: DONE, words: '' };
  if (error.code === 'commander.help') return { status: WRONG_USAGE, words: '' };
  return { status: WRONG_USAGE, words: wrongUsage(error.message.replace(/^error: /, ''), command) };
}

function wrongUsage(message: string, command: string): string {
  return `${command}: ${message}\nTry "${command} --help".`;
}

/** Whether the library has refused an argument before it called the kernel. */
function isArgumentError(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return code === 'ERR_OUT_OF_RANGE' || code === 'ERR_INVALID_ARG_TYPE';
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && typeof (error as NodeJS.ErrnoException).syscall === 'string';
}
