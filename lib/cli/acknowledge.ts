/** `receive --acknowledge COMMAND`: runs a program for each message; its success removes the message for good. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { MessageQueueError } from '../core/errors';
import { formatCount } from '../core/format';
import { lazy } from '../core/lazy';
import { exactType, type Message } from '../core/message';
import type { ConsumeHandler, Consumer } from '../queue/consumers';
import { handleOf } from '../queue/sync-queue';
import { ReportedFailure, UsageError } from './errors';
import { openNamed, type QueueName } from './options/queue';
import { chosenMessages, type SelectionOptions } from './options/selection';
import { formatError } from './output/error-message';
import { printError } from './output/print';
import { interruptible } from './signals';

export interface AcknowledgeOptions extends QueueName, SelectionOptions {
  acknowledge?: string;
  count?: number;
  follow?: true;
  name?: string;
  attempts?: number;
}

/** The program has failed, and the message is retried. */
class ProgramFailed extends Error {}

const consuming = lazy(() => require('../consume/consumer') as typeof import('../consume/consumer'));

const DEFAULT_ATTEMPTS = 5;

/**
 * At least once: a message that the program has not acknowledged when this process ends, in any way, goes to the next
 * process of the same name.
 */
export async function acknowledge(options: AcknowledgeOptions): Promise<void> {
  const { count = 1, follow = false, acknowledge: command = '', name, attempts = DEFAULT_ATTEMPTS } = options;
  if (command.trim() === '') throw new UsageError('An empty --acknowledge would acknowledge every message unseen.');
  const { type, except, upTo } = chosenMessages(options);
  const tally = new Tally(attempts, follow ? Number.POSITIVE_INFINITY : count);
  const queue = openNamed(options);
  await interruptible(async (signal) => {
    const consumer = new (consuming().QueueConsumer)(
      queue[handleOf](),
      tally.counting(programHandler(command), () => void consumer.close()),
      { type, except, upTo, attempts, reopen: false, ...(name === undefined ? {} : { name }) },
    );
    const reported = report(consumer);
    const stop = (): void => void consumer.close();
    signal.addEventListener('abort', stop, { once: true });
    await consumer.finished.catch((error) => {
      throw reported.has(error) ? new ReportedFailure() : error;
    });
    reportUnfinished(tally.unfinished);
    signal.throwIfAborted();
  });
  if (tally.givenUp > 0) throw new ReportedFailure();
}

/** Prints what the consumer says, and returns the errors that it has printed. */
function report(consumer: Pick<Consumer, 'on'>): Set<Error> {
  const errors = new Set<Error>();
  consumer.on('retry', ({ error, attempt, delay }) => {
    const next = `Attempt ${attempt + 1} follows in ${delay / 1000} s.`;
    printError(`sysvmq receive: ${(error as Error).message} ${next}`);
  });
  consumer.on('deadLetter', ({ error, attempts }) => {
    // Without an error it had failed before this process began.
    if (error !== undefined) printError(`sysvmq receive: ${(error as Error).message}`);
    const tried = formatCount(attempts, 'attempt');
    printError(`sysvmq receive: A message stays in hand after ${tried}: see sysvmq consumers.`);
  });
  consumer.on('error', (error) => {
    errors.add(error);
    printError(`sysvmq receive: ${formatError(error as MessageQueueError)}`);
  });
  return errors;
}

function reportUnfinished(count: number): void {
  if (count === 0) return;
  const messages = `${formatCount(count, 'message')} ${count === 1 ? 'stays' : 'stay'} in hand`;
  printError(`sysvmq receive: ${messages} for the next consumer of this name: see sysvmq consumers.`);
}

/** Counts the messages that this process is done with. */
class Tally {
  /** Failed, and in hand until a retry. */
  readonly #retried = new Set<string>();
  readonly #attempts: number;
  readonly #enough: number;
  #acknowledged = 0;
  givenUp = 0;

  constructor(attempts: number, enough: number) {
    this.#attempts = attempts;
    this.#enough = enough;
  }

  get unfinished(): number {
    return this.#retried.size;
  }

  /** Calls onEnough when no more messages are wanted. */
  counting(handler: ConsumeHandler<Buffer>, onEnough: () => void): ConsumeHandler<Buffer> {
    return async (message, job) => {
      try {
        await handler(message, job);
        this.#retried.delete(job.id);
        this.#acknowledged += 1;
      } catch (error) {
        if (job.attempt < this.#attempts) {
          this.#retried.add(job.id);
        } else {
          this.#retried.delete(job.id);
          this.givenUp += 1;
        }
        throw error;
      } finally {
        if (this.#acknowledged + this.givenUp >= this.#enough) onEnough();
      }
    };
  }
}

/**
 * Runs the command in a shell, with the message's bytes on its standard input, its type in SYSVMQ_TYPE, the attempt in
 * SYSVMQ_ATTEMPT and the job's id in SYSVMQ_JOB. Rejects unless it ends with status 0.
 */
function programHandler(command: string): ConsumeHandler<Buffer> {
  return async (message, { attempt, id }) => {
    const child = spawn('/bin/sh', ['-c', command], {
      stdio: ['pipe', 'inherit', 'inherit'],
      env: {
        ...process.env,
        SYSVMQ_TYPE: String(exactType(message)),
        SYSVMQ_ATTEMPT: String(attempt),
        SYSVMQ_JOB: id,
      },
    });
    const ended = once(child, 'exit');
    // A program need not read its input. Without file descriptors there is no pipe.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(message.data);
    const [status, endedBy] = await ended;
    if (status !== 0) throw new ProgramFailed(describe(message, status, endedBy));
  };
}

const SHELL_STATUS: Readonly<Record<number, string>> = {
  126: ' (it is no program, or may not be run)',
  127: ' (the shell found no such program)',
};

function describe(message: Message<Buffer>, status: number | null, endedBy: string | null): string {
  const end =
    endedBy === null ? `ended with status ${status}${SHELL_STATUS[status ?? 0] ?? ''}` : `was ended by ${endedBy}`;
  return `The program ${end} for the message of type ${exactType(message)} (${message.data.length} bytes).`;
}
