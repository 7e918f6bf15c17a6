/** sysvmq drain */

import { type Command, Option } from 'commander';
import { moveMessages } from '../../admin/drain';
import type { MessageQueue } from '../../queue/message-queue';
import { deliver } from '../delivery';
import { drainToFile, formatDrained } from '../drain-file';
import * as argument from '../options/arguments';
import { nameAndArgument, nameQueue, openNamed, type QueueName } from '../options/queue';
import { chooseMessages, chosenMessages, type SelectionOptions } from '../options/selection';
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

export function drainCommand(): Command {
  const command = verb('drain', {
    summary: 'move all messages into a file that send can read back',
    details:
      'Takes the messages that are there, and does not wait for more. Each becomes a line of JSON in the file, or on stdout: {"type":1,"data":"text"}, with "base64" for bytes that are not UTF-8. sysvmq send --json-lines sends it back, with the same types and bytes. A message is in the file before the next one is taken; one that cannot be written is put back at the end of the queue.',
    examples: [
      ['drain 0xCAFE saved.jsonl', 'empty the queue into a new file'],
      ['send 0xCAFE --json-lines < saved.jsonl', 'and send it back'],
      ['drain 0xCAFE --type 3 | jq .data', 'messages of type 3, to a program'],
    ],
  });
  nameQueue(command)
    .argument('[file]', 'a file that does not exist yet (default: stdout, as for -)')
    .addOption(new Option('-a, --append', 'append to an existing file').conflicts('force'))
    .option('-f, --force', 'overwrite an existing file')
    .addOption(new Option('-n, --count <n>', 'at most this many').argParser(argument.count));
  return chooseMessages(command).option('--json', 'with a file: one JSON document with the result').action(drain);
}

async function drain(first: string | undefined, second: string | undefined, given: Options): Promise<void> {
  const [options, path] = nameAndArgument(given, first, second);
  const queue = openNamed(options);
  if (path === undefined || path === '-') {
    await interruptible((signal) => drainToOutput(queue, options, signal)).finally(closeMessageOutput);
    return;
  }
  const how = options.append ? 'append' : options.force ? 'overwrite' : 'create';
  const wanted = { select: chosenMessages(options), ...(options.count === undefined ? {} : { max: options.count }) };
  const drained = await interruptible((signal) => drainToFile(queue, path, how, wanted, signal));
  await (options.json ? printJson({ file: path, ...drained }) : print(`${formatDrained(drained, path)}\n`));
}

function drainToOutput(queue: MessageQueue, options: Options, signal: AbortSignal): Promise<void> {
  const select = chosenMessages(options);
  return moveMessages(
    () => {
      signal.throwIfAborted();
      return queue.tryReceive(select);
    },
    (message) => deliver(queue, message, () => writeMessage(messageLine(message), signal), signal),
    options.count ?? Number.POSITIVE_INFINITY,
    { messages: 0, bytes: 0 },
  );
}
