/** sysvmq create */

import { type Command, Option } from 'commander';
import { IPC_PRIVATE } from '../../core/constants';
import { createQueue, openOrCreateQueue, statusOfQueue } from '../../kernel/queues';
import { UsageError } from '../errors';
import * as argument from '../options/arguments';
import { bareName, keyOf, nameByKey, type QueueName, wayOfNaming, withBare } from '../options/queue';
import { print, printJson } from '../output/print';
import { queueJson } from '../output/queue-json';
import { verb } from '../verb';

interface CreateOptions extends QueueName {
  private?: true;
  mode?: number;
  maxBytes?: number;
  existing?: true;
  quiet?: true;
  json?: true;
}

export function createCommand(): Command {
  const command = verb('create', {
    summary: 'create a queue and print its id',
    details:
      'Creates a queue and prints its id: "id: 3", or with --quiet the number alone. No queue may have this key yet, unless you give --existing.',
    examples: [
      ['create 0xCAFE --mode 660', 'a queue that its group may use'],
      ['create --private --max-bytes 4K', 'a queue without a key'],
      ['create --private --quiet', 'only its id, for scripts: id=$(…)'],
      ['create --path /srv/app/queue --project A --existing', 'open it, and create it only if it does not exist'],
    ],
  });
  command.argument('[key]', 'in hexadecimal, such as 0xCAFE');
  return nameByKey(command)
    .option('--private', 'a queue without a key, which only its id names')
    .addOption(new Option('--mode <octal>', 'permission bits (default: 600)').argParser(argument.mode))
    .addOption(new Option('--max-bytes <n>', 'msg_qbytes (default: msgmnb)').argParser(argument.bytes))
    .option('--existing', 'accept an existing queue, without changing it')
    .addOption(new Option('-q, --quiet', 'print the id and nothing else').conflicts('json'))
    .option('--json', 'one JSON document: the queue')
    .action(create);
}

async function create(bare: string | undefined, given: CreateOptions): Promise<void> {
  const options = withBareKey(given, bare);
  const make = options.existing ? openOrCreateQueue : createQueue;
  const id = make(keyToCreate(options), options.mode, options.maxBytes);
  await (options.json ? printJson(queueJson(statusOfQueue(id))) : print(options.quiet ? `${id}\n` : `id: ${id}\n`));
}

// A queue that does not exist yet has no id.
function withBareKey(options: CreateOptions, bare: string | undefined): CreateOptions {
  if (bare === undefined) return options;
  wayOfNaming(withBare(options, bare));
  const { key } = bareName(bare);
  if (key === undefined)
    throw new UsageError(`${bare} would be an id, which the kernel chooses: write the key as 0x….`);
  return { ...options, key };
}

function keyToCreate(options: CreateOptions): number {
  const way = wayOfNaming(options);
  if (options.private) {
    if (way !== undefined) throw new UsageError(`A queue is --private or has a key: not with --${way}.`);
    if (options.existing) throw new UsageError('--private always creates: not with --existing.');
    return IPC_PRIVATE;
  }
  if (way === undefined) {
    throw new UsageError('Which key? Give a key (0x…), or --path FILE --project C, or --private for no key.');
  }
  return keyOf(options);
}
