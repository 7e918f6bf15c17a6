/** sysvmq send */

import { isUtf8 } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { addAbortSignal, type Readable } from 'node:stream';
import { type Command, Option } from 'commander';
import { isMessageQueueError } from '../../core/errors';
import { getLimits } from '../../kernel/limits';
import type { MessageQueue } from '../../queue/message-queue';
import { FailureError, InterruptedBySignal, UsageError } from '../errors';
import { EndlessRecordError, type InputRecord, recordsOf } from '../input/records';
import * as argument from '../options/arguments';
import { nameAndArgument, nameQueue, openNamed, type QueueName } from '../options/queue';
import { formatError } from '../output/error-message';
import { type MessageRead, readJsonLine } from '../output/message-json';
import { printError, printJson } from '../output/print';
import { interruptible, isAbort } from '../signals';
import { verb } from '../verb';

interface SendOptions extends QueueName {
  lines?: true;
  null?: true;
  jsonLines?: true;
  type?: number | bigint;
  nowait?: true;
  timeout?: number;
  json?: true;
}

/** How to send each message. */
interface Manner {
  queue: MessageQueue;
  type: number | bigint;
  nowait: boolean;
  timeout: number | undefined;
  signal: AbortSignal;
}

/** The messages sent so far. */
interface Progress {
  sent: number;
  bytes: number;
}

const NEWLINE = 0x0a;
const NUL = 0;

export function sendCommand(): Command {
  const command = verb('send', {
    summary: 'send messages',
    details:
      'Sends the given message, all of stdin as one message, or one message for each line. It does not change the bytes. It waits while the queue is full. If a stream ends in an error, it reports which lines were sent and which were not.',
    examples: [
      ["send 0xCAFE 'a job' --type 3", 'one message of type 3'],
      ['send 0xCAFE < picture.png', 'a file as one message'],
      ['send 0xCAFE --lines < jobs.txt', 'a message for each line, without its newline'],
      ['send 0xCAFE --json-lines < saved.jsonl', 'a file of drain, with the same types and bytes'],
    ],
  });
  return nameQueue(command)
    .argument('[message]', 'the text to send (default: stdin)')
    .addOption(new Option('--lines', 'a message for each line of stdin').conflicts(['null', 'jsonLines']))
    .addOption(new Option('-0, --null', 'a message for each part of stdin between NULs').conflicts('jsonLines'))
    .option('--json-lines', 'a message for each line of stdin: {"type":1,"data":"text"} or {"type":1,"base64":"…"}')
    .addOption(
      new Option('--type <n>', 'the type of messages without one (default: 1)').argParser(argument.messageType),
    )
    .addOption(new Option('--nowait', 'fail when the queue is full').conflicts('timeout'))
    .addOption(new Option('--timeout <time>', 'wait this long for room: 500ms, 2s, 1m').argParser(argument.timeout))
    .option('--json', 'one JSON document: how many messages and bytes were sent')
    .action(send);
}

async function send(first: string | undefined, second: string | undefined, given: SendOptions): Promise<void> {
  const [options, message] = nameAndArgument(given, first, second);
  const stream = options.lines || options.null || options.jsonLines;
  if (message !== undefined && stream)
    throw new UsageError('A message argument and an option that sends stdin exclude each other.');
  const queue = openNamed(options);
  const progress = await interruptible((signal) => {
    const { type = 1, nowait = false, timeout } = options;
    const manner: Manner = { queue, type, nowait, timeout, signal };
    if (message !== undefined) return sendWhole(manner, bytesOf(message));
    return stream ? sendStream(manner, options) : readAndSend(manner);
  });
  if (options.json) await printJson(progress);
}

/** Node.js has already decoded the arguments, with U+FFFD for bytes that were not UTF-8. */
function bytesOf(message: string): Buffer {
  if (message.includes('\ufffd') && !isUtf8(readFileSync('/proc/self/cmdline'))) {
    throw new UsageError('The message is not UTF-8: send it through stdin, which accepts any bytes.');
  }
  return Buffer.from(message);
}

async function sendWhole(manner: Manner, bytes: Buffer): Promise<Progress> {
  await sendOne(manner, { type: undefined, data: bytes });
  return { sent: 1, bytes: bytes.length };
}

async function readAndSend(manner: Manner): Promise<Progress> {
  const { msgmax } = getLimits();
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of stdin(manner.signal)) {
    pieces.push(piece);
    length += piece.length;
    // The input may never end.
    if (length > msgmax) throw new FailureError(`Nothing was sent: ${tooLong('stdin', msgmax)}`);
  }
  return sendWhole(manner, Buffer.concat(pieces, length));
}

function tooLong(what: string, msgmax: number): string {
  return `${what} has more bytes than one message may have, which is ${msgmax} (MSGMAX, /proc/sys/kernel/msgmax). Raise it with sysvmq limits set msgmax=N, or send less at once. (EINVAL from msgsnd)`;
}

function stdin(signal: AbortSignal): Readable & AsyncIterable<Buffer> {
  if (process.stdin.isTTY) printError('sysvmq send: reading from the terminal; Ctrl-D ends the input.');
  return addAbortSignal(signal, process.stdin);
}

async function sendStream(manner: Manner, options: SendOptions): Promise<Progress> {
  const progress: Progress = { sent: 0, bytes: 0 };
  const { msgmax } = getLimits();
  // In JSON a byte takes at most six characters; the rest of the line takes few.
  const maxLength = options.jsonLines ? msgmax * 6 + 1024 : msgmax;
  const read = options.jsonLines ? readJsonLine : ofBytes;
  try {
    for await (const record of recordsOf(stdin(manner.signal), options.null ? NUL : NEWLINE, maxLength)) {
      await sendRecord(manner, record, read, progress);
    }
  } catch (error) {
    const unit = options.null ? 'record' : 'line';
    const known = error instanceof EndlessRecordError ? new FailureError(tooLong('it', msgmax)) : error;
    throw withProgress(reasonOf(known, manner.signal), unit, progress.sent);
  }
  return progress;
}

function ofBytes(bytes: Buffer): MessageRead {
  return { type: undefined, data: bytes };
}

async function sendRecord(
  manner: Manner,
  { bytes }: InputRecord,
  read: (bytes: Buffer) => MessageRead,
  progress: Progress,
): Promise<void> {
  const message = read(bytes);
  await sendOne(manner, message);
  progress.sent += 1;
  progress.bytes += message.data.length;
}

async function sendOne({ queue, type, nowait, timeout, signal }: Manner, message: MessageRead): Promise<void> {
  const typed = { type: message.type ?? type };
  signal.throwIfAborted();
  if (queue.trySend(message.data, typed)) return;
  await queue.send(message.data, { ...typed, nowait, signal, ...(timeout === undefined ? {} : { timeout }) });
}

/** An aborted stream and an aborted send throw different errors. */
function reasonOf(error: unknown, signal: AbortSignal): unknown {
  return signal.aborted && isAbort(error) ? signal.reason : error;
}

/** Each record is a message, so the number of sent messages identifies the first one that failed. */
function withProgress(error: unknown, unit: 'line' | 'record', sent: number): Error {
  const first = sent + 1;
  const words =
    sent === 0
      ? 'Nothing was sent.'
      : `${sentWords(unit, sent)} Not sent: ${unit} ${first} and all after it${hint(unit, first)}.`;
  if (error instanceof InterruptedBySignal) return new InterruptedBySignal(error.signal, words);
  const reason = isMessageQueueError(error) ? formatError(error) : (error as Error).message;
  return new FailureError(`${unit} ${first}: ${reason}\n${words}`);
}

function sentWords(unit: string, sent: number): string {
  return `Sent: ${sent === 1 ? `${unit} 1` : `${unit}s 1 to ${sent}`}.`;
}

function hint(unit: string, first: number): string {
  return unit === 'line' ? ` (tail -n +${first} has them)` : '';
}
