/** sysvmq drain */

import { type Command, Option } from 'commander';
import type { Message } from '../../core/message';
import type { MessageQueue } from '../../queue/message-queue';
import { deliver } from '../delivery';
import * as argument from '../options/arguments';
import { nameAndArgument, nameQueue, openNamed, type QueueName } from '../options/queue';
import { chooseMessages, chosenMessages, type SelectionOptions } from '../options/selection';
import { formatCount } from '../output/format';
import { LineFile } from '../output/line-file';
import { messageLine } from '../output/message-json';
import { closeMessageOutput, writeMessage } from '../output/message-output';
import { print, printJson } from '../output/print';
import { interruptible } from '../signals';
import { verb } from '../verb';

interface Options extends QueueName, SelectionOptions {
  append?: true;
  force?: true;
  count?: number;
  json?: true;
}

interface Drained {
  messages: number;
  bytes: number;
}

export function drainCommand(): Command {
  const command = verb('drain', {
    summary: 'take all messages into a file that send can feed back',
    details:
      'Takes the messages that are there, and does not wait for more. Each becomes a line of JSON in the file, or on stdout: {"type":1,"data":"text"}, with "base64" for bytes that are not UTF-8. sysvmq send --json-lines feeds it back, with types and bytes as they were. A message is in the file before the next one is taken; one that cannot be written is put back at the end of the queue.',
    examples: [
      ['drain 0xCAFE saved.jsonl', 'empty the queue into a new file'],
      ['send 0xCAFE --json-lines < saved.jsonl', 'and feed it back'],
      ['drain 0xCAFE --type 3 | jq .data', 'those of type 3, to a program'],
    ],
  });
  nameQueue(command)
    .argument('[file]', 'a file that does not exist yet (default: stdout, as for -)')
    .addOption(new Option('-a, --append', 'to the end of a file that may exist').conflicts('force'))
    .option('-f, --force', 'over a file that may exist')
    .addOption(new Option('-n, --count <n>', 'so many at most').argParser(argument.count));
  return chooseMessages(command).option('--json', 'with a file: one JSON document about what was done').action(drain);
}

async function drain(first: string | undefined, second: string | undefined, given: Options): Promise<void> {
  const [options, path] = nameAndArgument(given, first, second);
  const queue = openNamed(options);
  if (path === undefined || path === '-') {
    const write = (message: Message<Buffer>, signal: AbortSignal) => writeMessage(messageLine(message), signal);
    await drainInto(queue, options, write).finally(closeMessageOutput);
    return;
  }
  const file = new LineFile(path, options.append ? 'append' : options.force ? 'overwrite' : 'create');
  const drained = await drainInto(queue, options, async (message) => file.write(messageLine(message))).finally(() =>
    file.close(),
  );
  const words = `${formatCount(drained.messages, 'message')}, ${formatCount(drained.bytes, 'byte')}`;
  await (options.json ? printJson({ file: path, ...drained }) : print(`${words}: ${path}\n`));
}

/** A file takes a line at once: without a pause no signal would be noticed. */
const MESSAGES_PER_TURN = 100;

function drainInto(
  queue: MessageQueue,
  options: Options,
  write: (message: Message<Buffer>, signal: AbortSignal) => Promise<void>,
): Promise<Drained> {
  const select = chosenMessages(options);
  const most = options.count ?? Number.POSITIVE_INFINITY;
  return interruptible(async (signal) => {
    const drained: Drained = { messages: 0, bytes: 0 };
    while (drained.messages < most) {
      signal.throwIfAborted();
      const message = queue.tryReceive(select);
      if (message === undefined) break;
      await deliver(queue, message, write, signal);
      drained.messages += 1;
      drained.bytes += message.data.length;
      if (drained.messages % MESSAGES_PER_TURN === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    return drained;
  });
}
