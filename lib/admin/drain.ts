/** drainTo: a queue's messages as lines of JSON, in a file or a stream. */

import type { Writable } from 'node:stream';
import { codecs } from '../codecs';
import { invalidType } from '../core/argument-errors';
import { AbortError, DrainError } from '../core/errors';
import { setImmediate } from '../core/event-loop';
import { formatCount } from '../core/format';
import { exactType, type Message } from '../core/message';
import { checkOptions, optionNames, refuseExtra } from '../core/options';
import { checkInteger, checkPath, checkSignal } from '../core/validators';
import { absenceOf } from '../kernel/queues';
import { openId } from '../messages/handle';
import { takeMessage } from '../messages/receive';
import {
  type Select,
  type SelectExcept,
  type Selection,
  type SelectType,
  type SelectUpTo,
  selectionOf,
} from '../messages/selector';
import { returnMessage } from '../messages/undelivered';
import type { MessageQueue } from '../queue/message-queue';
import { checkQueue } from '../queue/queue-argument';
import { requireNotAborted } from '../waiting/cancellation';
import { type LineFile, openLineFile } from './line-file';
import { formatMessageLine } from './message-lines';

/** Which messages drainTo moves. */
export type DrainOptions = (SelectType | SelectExcept | SelectUpTo) & {
  /** The most messages to move. Default: until none is left that matches. */
  max?: number | undefined;
  /** Stops before the next message, with an AbortError. */
  signal?: AbortSignal | undefined;
};

/** The result of drainTo. */
export interface Drained {
  /** How many messages. */
  messages: number;
  /** The bytes of the messages, as in the queue. */
  bytes: number;
}

const MAX_BATCH_MESSAGES = Number.MAX_SAFE_INTEGER;

const known = optionNames<DrainOptions>(
  'drainTo',
  { type: true, except: true, upTo: true, max: true, signal: true },
  'a promise',
);

/** The destination of the lines. */
interface Destination {
  /** Throws when the destination accepts no more lines. Called before a message is taken. */
  requireOpen(): void;
  /** Resolves when the whole line is written, and rejects otherwise. */
  write(line: string): Promise<void>;
  close(): Promise<void>;
}

interface Drain {
  id: number;
  selection: Selection;
  max: number;
  signal: AbortSignal | undefined;
}

/**
 * Moves a queue's messages to a file or a stream, oldest first, until there is none left that matches: one line of JSON
 * each, with types and bytes kept exactly. `parseMessageLine` reads such a line, `sysvmq send --json-lines` such a file.
 *
 * A failing destination loses nothing. The function takes one message at a time, after it has written the line before.
 * A message that it can't write goes to the next matching receive of this process, or soon back to the end of the
 * queue. It appends to a file, removes a partial line when a write fails (a full disk), and syncs the file at the end
 * (fdatasync). It does not end a stream.
 *
 * A message is lost only when the process is killed between taking and writing it (microseconds, with a file).
 *
 * @param destination - The path of a file, which is created with mode 0o600 if there is none, or a Writable.
 * @param options - Which messages: `type`, `except` or `upTo` as for tryReceive; at most `max`.
 * @param options - `signal` stops before the next message. It waits for a write that hangs, because the message's fate
 *   depends on it: destroy the stream to end that.
 * @returns How many messages, and bytes of messages, were moved.
 * @throws {DrainError} `ERR_QUEUE_DRAIN`: the destination failed. {AbortError} `ABORT_ERR`: the signal was aborted; both say
 *   how many messages were `drained` before.
 * @throws {QueueRemovedError} `EINVAL`, `EIDRM`; {QueueAccessError} `EACCES`: as for tryReceive.
 *
 * @example
 * const queue = MessageQueue.createPrivate();
 * queue.trySendMany([{ data: 'hello', type: 7 }, { data: Buffer.from([0xff]) }]);
 * assert.deepEqual(await drainTo(queue, `${tmpdir}/messages.jsonl`), { messages: 2, bytes: 6 });
 *
 * const lines = readFileSync(`${tmpdir}/messages.jsonl`, 'utf8').trimEnd().split('\n');
 * queue.trySendMany(lines.map(parseMessageLine));
 * assert.equal(queue.tryReceive({ type: 7 }).data.toString(), 'hello');
 * queue.remove();
 */
export function drainTo<T>(
  queue: MessageQueue<T>,
  destination: string | Buffer | URL | Writable,
  options?: DrainOptions,
): Promise<Drained>;
export async function drainTo<T>(
  queue: MessageQueue<T>,
  destination: string | Buffer | URL | Writable,
  options?: DrainOptions,
  callback?: unknown,
): Promise<Drained> {
  refuseExtra(callback, 'drainTo', 'a promise');
  const handle = checkQueue(queue, 'queue');
  const { type, except, upTo, max = MAX_BATCH_MESSAGES, signal } = checkOptions(options, known) ?? {};
  const drain: Drain = {
    id: handle.id,
    selection: selectionOf({ type, except, upTo } as Select),
    max: checkInteger(max, 'options.max', 1, MAX_BATCH_MESSAGES),
    signal: checkSignal(signal),
  };
  requireNotAborted(drain.signal, 'msgrcv', handle.id);
  const stream = isWritable(destination) ? new WritableDestination(destination) : undefined;
  const path = stream === undefined ? checkPath(destination, 'destination') : '';
  openId(handle);
  const open = stream ?? fileDestination(await openLineFile(path));
  let drained: Drained;
  try {
    drained = await drainInto(drain, () => openId(handle), open);
  } catch (error) {
    // A write's error may carry a message; the error of closing carries less.
    await open.close().catch(() => undefined);
    throw error;
  }
  await open.close();
  return drained;
}

async function drainInto(drain: Drain, id: () => number, destination: Destination): Promise<Drained> {
  const drained: Drained = { messages: 0, bytes: 0 };
  const take = (): Message<Buffer> | undefined => {
    if (drain.signal?.aborted) throw aborted(drain, drained.messages);
    try {
      destination.requireOpen();
    } catch (cause) {
      throw new DrainError(drain.id, drained.messages, undefined, cause);
    }
    return takeMessage(id(), drain.selection, codecs.buffer);
  };
  const write = async (message: Message<Buffer>): Promise<void> => {
    try {
      await destination.write(`${formatMessageLine(message)}\n`);
    } catch (cause) {
      const wasReturned = putBack(drain.id, message);
      throw new DrainError(drain.id, drained.messages, wasReturned ? undefined : message, cause, wasReturned);
    }
  };
  await moveMessages(take, write, drain.max, drained);
  return drained;
}

/**
 * Writes that finish at once, as into a file, leave no turn of the event loop in which a signal could be noticed. So a
 * pause follows after this many.
 */
const MESSAGES_PER_TURN = 100;

/**
 * Moves messages one at a time, until none is left or `max` have moved, and counts them in `drained`. It calls `write`
 * in the turn of the event loop in which it took the message. `write` puts back a message that it can't write before it
 * rejects. @internal
 */
export async function moveMessages(
  take: () => Message<Buffer> | undefined,
  write: (message: Message<Buffer>) => Promise<void>,
  max: number,
  drained: Drained,
): Promise<void> {
  while (drained.messages < max) {
    const message = take();
    if (message === undefined) break;
    await write(message);
    drained.messages += 1;
    drained.bytes += message.data.length;
    if (drained.messages % MESSAGES_PER_TURN === 0) await new Promise((resolve) => setImmediate(resolve));
  }
}

function aborted(drain: Drain, drained: number): AbortError {
  const outcome = `${formatCount(drained, 'message')} ${drained === 1 ? 'was' : 'were'} moved before.`;
  return Object.assign(new AbortError('msgrcv', drain.id, drain.signal?.reason, outcome), { drained });
}

// False when the queue was removed: the caller then gets the message.
function putBack(id: number, message: Message<Buffer>): boolean {
  if (absenceOf(id) !== undefined) return false;
  returnMessage(id, exactType(message), message.data);
  return true;
}

function isWritable(destination: unknown): destination is Writable {
  if (typeof destination !== 'object' || destination === null || Buffer.isBuffer(destination)) return false;
  if (destination instanceof URL) return false;
  const { write, on } = destination as Partial<Writable>;
  if (typeof write === 'function' && typeof on === 'function') return true;
  throw invalidType('destination', 'a path or a Writable', destination);
}

function fileDestination(file: LineFile): Destination {
  return { requireOpen: () => undefined, write: (line) => file.write(line), close: () => file.close() };
}

class WritableDestination implements Destination {
  readonly #stream: Writable;
  #failed: { error: unknown } | undefined;
  readonly #onError = (error: unknown): void => {
    this.#failed ??= { error };
  };

  constructor(stream: Writable) {
    this.#stream = stream;
    stream.on('error', this.#onError);
  }

  requireOpen(): void {
    if (this.#failed !== undefined) throw this.#failed.error;
    if (this.#stream.errored) throw this.#stream.errored;
    if (!this.#stream.writable) throw new Error('the stream has ended');
  }

  write(line: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const stream = this.#stream;
      const fail = (error: unknown): void => {
        stream.off('close', onClose);
        this.#failed ??= { error };
        reject(this.#failed.error);
      };
      // Node.js drops the callback when the stream is destroyed in the middle of a write.
      const onClose = (): void => fail(new Error('the stream was closed before it had written the message'));
      stream.once('close', onClose);
      stream.write(line, (error) => {
        if (error) return fail(error);
        stream.off('close', onClose);
        resolve();
      });
    });
  }

  // A failed stream emits its error after the callback, and without a listener that would end the process.
  async close(): Promise<void> {
    if (this.#failed === undefined) this.#stream.off('error', this.#onError);
  }
}
