/** sysvmq receive */

import { type Command, Option } from 'commander';
import { TimeoutError } from '../../core/errors';
import { lazy } from '../../core/lazy';
import type { Message } from '../../core/message';
import type { ReceiveOptions } from '../../messages/receive-options';
import { handleOf } from '../../queue/sync-queue';
import { programHandler } from '../acknowledge';
import { deliver } from '../delivery';
import { UsageError } from '../errors';
import * as argument from '../options/arguments';
import { nameQueue, openNamed, type QueueName, withBare } from '../options/queue';
import { chooseMessages, chosenMessages, type SelectionOptions } from '../options/selection';
import { chooseFormat, chosenFormat, type FormatOptions, lineFormat } from '../output/message-format';
import { closeMessageOutput, writeMessage } from '../output/message-output';
import { printError } from '../output/print';
import { interruptible } from '../signals';
import { verb } from '../verb';

const consuming = lazy(() => require('../../consume/consumer') as typeof import('../../consume/consumer'));

interface Options extends QueueName, SelectionOptions, FormatOptions {
  count?: number;
  follow?: true;
  nowait?: true;
  timeout?: number;
  acknowledge?: string;
  name?: string;
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
    .option('--name <name>', 'the name of the consumer, with --acknowledge (default: "default")')
    .action((queue: string | undefined, options: Options) => {
      const named = withBare(options, queue);
      return named.acknowledge === undefined ? receive(named) : acknowledge(named);
    });
}

async function receive(options: Options): Promise<void> {
  if (options.name !== undefined) throw new UsageError('--name requires --acknowledge COMMAND.');
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

// At least once: a message that the program has not acknowledged when this process ends, in any way, goes to the next
// process of the same name.
async function acknowledge(options: Options): Promise<void> {
  for (const other of ['nowait', 'timeout', 'format'] as const) {
    if ((options as unknown as Record<string, unknown>)[other] !== undefined) {
      throw new UsageError(`--${other} and --acknowledge exclude each other.`);
    }
  }
  const { count = 1, follow = false, acknowledge: command = '', name } = options;
  const { type, except, upTo } = chosenMessages(options);
  const run = programHandler(command);
  const queue = openNamed(options);
  let done = 0;
  await interruptible(async (signal) => {
    const consumer = new (consuming().QueueConsumer)(
      queue[handleOf](),
      async (message, job) => {
        await run(message, job);
        done += 1;
        if (!follow && done >= count) void consumer.close();
      },
      { type, except, upTo, ...(name === undefined ? {} : { name }), reopen: false },
    );
    consumer.on('retry', ({ error }) => printError(`sysvmq receive: ${(error as Error).message}`));
    consumer.on('deadLetter', ({ attempts }) => {
      printError(`sysvmq receive: a message stays in hand after ${attempts} attempts: see sysvmq consumers.`);
    });
    const stop = (): void => void consumer.close();
    signal.addEventListener('abort', stop, { once: true });
    await consumer.finished;
    signal.throwIfAborted();
  });
}
