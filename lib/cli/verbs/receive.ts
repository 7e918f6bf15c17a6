/** sysvmq receive */

import { type Command, Option } from 'commander';
import { TimeoutError } from '../../core/errors';
import type { Message } from '../../core/message';
import type { ReceiveOptions } from '../../messages/receive-options';
import { type AcknowledgeOptions, acknowledge } from '../acknowledge';
import { deliver } from '../delivery';
import { UsageError } from '../errors';
import * as argument from '../options/arguments';
import { nameQueue, openNamed, withBare } from '../options/queue';
import { chooseMessages, chosenMessages } from '../options/selection';
import { chooseFormat, chosenFormat, type FormatOptions, lineFormat } from '../output/message-format';
import { closeMessageOutput, writeMessage } from '../output/message-output';
import { interruptible } from '../signals';
import { verb } from '../verb';

interface Options extends AcknowledgeOptions, FormatOptions {
  nowait?: true;
  timeout?: number;
}

export function receiveCommand(): Command {
  const command = verb('receive', {
    summary: 'take messages and print them',
    details:
      'Takes one message, or more with -n or --follow, and prints each with a newline. It waits until there is one. It prints each message in full before it takes the next one. A message that cannot be printed, because the reader of a pipe has closed it or the disk is full, goes back to the end of the queue.',
    examples: [
      ['receive 0xCAFE', 'the next message'],
      ['receive 0xCAFE --follow --json', 'every message, with types, until Ctrl-C'],
      ['receive 0xCAFE --type 3 --timeout 5s', 'a message of type 3, within a time'],
      ['receive 0xCAFE --raw > picture.png', 'only the bytes of one message'],
      ["receive 0xCAFE --follow --acknowledge './store.sh'", 'a program for each, retried if it fails'],
    ],
  });
  nameQueue(command)
    .addOption(
      new Option('-n, --count <n>', 'this many messages (default: 1)').argParser(argument.count).conflicts('follow'),
    )
    .option('-f, --follow', 'continue until Ctrl-C, or until --timeout passes without a message');
  return chooseFormat(chooseMessages(command))
    .addOption(new Option('--nowait', 'fail when there is no message').conflicts(['timeout', 'follow']))
    .addOption(
      new Option('--timeout <time>', 'wait this long for each message: 500ms, 2s, 1m').argParser(argument.timeout),
    )
    .option('--acknowledge <command>', 'run this with every message on its standard input; status 0 acknowledges it')
    .addOption(
      new Option('--name <name>', 'the name of the consumer, with --acknowledge (default: "default")').argParser(
        argument.consumerName,
      ),
    )
    .addOption(
      new Option('--attempts <n>', 'how often a message is tried, with --acknowledge (default: 5)').argParser(
        argument.count,
      ),
    )
    .action((queue: string | undefined, options: Options) => {
      const named = withBare(options, queue);
      requireCompatible(named);
      return named.acknowledge === undefined ? receive(named) : acknowledge(named);
    });
}

function requireCompatible(options: Options): void {
  const isAcknowledged = options.acknowledge !== undefined;
  for (const other of ['nowait', 'timeout', 'raw', 'null', 'hex', 'json'] as const) {
    if (isAcknowledged && options[other] !== undefined) {
      throw new UsageError(`--${other} and --acknowledge exclude each other.`);
    }
  }
  for (const other of ['name', 'attempts'] as const) {
    if (!isAcknowledged && options[other] !== undefined) {
      throw new UsageError(`--${other} requires --acknowledge COMMAND.`);
    }
  }
}

async function receive(options: Options): Promise<void> {
  const { count = 1, follow = false, nowait = false, timeout } = options;
  const queue = openNamed(options);
  const format = chosenFormat(options) ?? lineFormat(process.stdout.isTTY === true);
  const write = (message: Message<Buffer>, signal: AbortSignal): Promise<void> => writeMessage(format(message), signal);
  await interruptible(async (signal) => {
    const wanted: ReceiveOptions = {
      ...chosenMessages(options),
      nowait,
      signal,
      ...(timeout === undefined ? {} : { timeout }),
    };
    for (let taken = 0; follow || taken < count; taken++) {
      let message: Message<Buffer>;
      try {
        message = await queue.receive(wanted);
      } catch (error) {
        // With --follow this is a normal end.
        if (follow && error instanceof TimeoutError) return;
        throw error;
      }
      await deliver(queue, message, write, signal);
    }
  }).finally(closeMessageOutput);
}
