/** sysvmq peek */

import { type Command, Option } from 'commander';
import { isMessageQueueError } from '../../core/errors';
import { exactType, type Message } from '../../core/message';
import type { MessageQueue } from '../../queue/message-queue';
import { ReportedFailure } from '../errors';
import * as argument from '../options/arguments';
import { nameQueue, openNamed, type QueueName, withBare } from '../options/queue';
import { chooseMessages, type SelectionOptions } from '../options/selection';
import { formatError } from '../output/error-message';
import { chooseFormat, chosenFormat, type FormatOptions, printable } from '../output/message-format';
import { messageJson } from '../output/message-json';
import { jsonLine, print, printBytes, printError } from '../output/print';
import { type Column, table } from '../output/table';
import { cutToWidth, terminalWidth } from '../output/text-width';
import { verb } from '../verb';

interface Options extends QueueName, SelectionOptions, FormatOptions {
  count?: number;
}

interface Seen {
  index: number;
  message: Message<Buffer>;
}

export function peekCommand(): Command {
  const command = verb('peek', {
    summary: 'show messages without taking them',
    details:
      'Shows the messages of a queue from the oldest on, and takes none (MSG_COPY, which needs a kernel with CONFIG_CHECKPOINT_RESTORE). A message that another process takes or sends meanwhile may be missing or appear twice.',
    examples: [
      ['peek 0xCAFE', 'a table of the messages'],
      ['peek 0xCAFE --type 3 --json', 'messages of type 3, in full'],
    ],
  });
  nameQueue(command).addOption(
    new Option('-n, --count <n>', 'only this many, from the oldest').argParser(argument.count),
  );
  return chooseFormat(chooseMessages(command)).action(peek);
}

async function peek(name: string | undefined, options: Options): Promise<void> {
  const queue = openNamed(withBare(options, name));
  const found = messagesOf(queue, options);
  const format = chosenFormat(options);
  const failures: unknown[] = [];
  if (options.json) {
    for (const { index, message } of found(failures)) await print(`${jsonLine({ index, ...messageJson(message) })}\n`);
  } else if (format !== undefined) {
    for (const { message } of found(failures)) await printBytes(format(message));
  } else {
    await print(messageTable([...found(failures)]));
  }
  if (failures.length > 0) throw new ReportedFailure();
}

/** Peeks at one message after the other. A message that cannot be shown is reported and skipped. */
function messagesOf(queue: MessageQueue, options: Options): (failures: unknown[]) => Generator<Seen> {
  const matches = matcher(options);
  return function* look(failures) {
    let left = options.count ?? Number.POSITIVE_INFINITY;
    // Fast senders must not keep this running forever.
    const { messageCount } = queue.stat();
    for (let index = 0; index < messageCount && left > 0; index++) {
      let message: Message<Buffer> | undefined;
      try {
        message = queue.peek(index);
      } catch (error) {
        if (!isMessageQueueError(error) || error.code !== 'EINVAL') throw error;
        queue.stat(); // Of a queue that is gone this is the error.
        printError(`sysvmq peek: message ${index}: ${formatError(error)}`);
        failures.push(error);
        continue;
      }
      if (message === undefined) return;
      if (!matches(message)) continue;
      left -= 1;
      yield { index, message };
    }
  };
}

// MSG_COPY takes a position in the queue, not a type.
function matcher({ type, except, upTo }: SelectionOptions): (message: Message<Buffer>) => boolean {
  if (type !== undefined) return ({ typeBigInt }) => typeBigInt === BigInt(type);
  if (except !== undefined) return ({ typeBigInt }) => typeBigInt !== BigInt(except);
  if (upTo !== undefined) return ({ typeBigInt }) => typeBigInt <= BigInt(upTo);
  return () => true;
}

/** The width of DATA without a terminal, and on a narrow one. */
const PREVIEW_WIDTH = 60;
const MIN_PREVIEW_WIDTH = 20;

// DATA takes the width that the other columns leave.
function messageTable(seen: Seen[]): string {
  const width = terminalWidth();
  const before = table(columns, seen).indexOf('DATA');
  const room = width === undefined ? PREVIEW_WIDTH : Math.max(MIN_PREVIEW_WIDTH, width - before);
  const data: Column<Seen> = { title: 'DATA', text: ({ message }) => preview(message.data, room) };
  return table([...columns.slice(0, -1), data], seen);
}

const columns: Column<Seen>[] = [
  { title: 'INDEX', align: 'right', text: ({ index }) => String(index) },
  { title: 'TYPE', align: 'right', text: ({ message }) => String(exactType(message)) },
  { title: 'BYTES', align: 'right', text: ({ message }) => String(message.data.length) },
  { title: 'DATA', text: () => '' },
];

/** A character takes at most six bytes as shown, and a cell may hold a combining mark or two besides. */
const BYTES_PER_CELL = 24;

// A line shows little of a message of 64 MiB.
function preview(data: Buffer, width: number): string {
  const cut = data.subarray(0, (width + 1) * BYTES_PER_CELL);
  const whole = cut.length === data.length;
  const text = printable(whole ? cut : endOfCharacter(cut), true);
  return cutToWidth(whole ? text : `${text}…`, width);
}

// A cut within a character would turn text into bytes.
function endOfCharacter(bytes: Buffer): Buffer {
  const last = bytes.findLastIndex((byte) => (byte & 0xc0) !== 0x80);
  return (bytes[last] as number) >= 0xc0 ? bytes.subarray(0, last) : bytes;
}
