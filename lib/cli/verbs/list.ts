/** sysvmq list */

import { type Command, InvalidArgumentError, Option } from 'commander';
import { listQueues } from '../../kernel/queues';
import { UsageError } from '../errors';
import * as argument from '../options/arguments';
import { userId } from '../output/format';
import { print, printJson } from '../output/print';
import { columnsNamed, columnsThatFit, jsonOfQueue, type QueueColumn, queueColumnNames } from '../output/queue-columns';
import { fillOf } from '../output/queue-json';
import { queueOrders } from '../output/queue-orders';
import { table } from '../output/table';
import { terminalWidth } from '../output/text-width';
import { QueueUsers, type UsedQueue } from '../queue-users';
import { verb } from '../verb';

interface ListOptions {
  sort: keyof typeof queueOrders;
  reverse?: true;
  owner?: string;
  key?: number;
  minFill?: number;
  columns?: QueueColumn[];
  noheadings?: true;
  json?: true;
}

/** The columns without --columns. */
const DEFAULT_COLUMNS = columnsNamed([
  'id',
  'key',
  'owner',
  'mode',
  'messages',
  'bytes',
  'max',
  'fill',
  'sent',
  'received',
  'sender',
  'receiver',
  'waiting',
]);
const IN_HAND = columnsNamed(['in-hand']);

export function listCommand(): Command {
  return verb('list', {
    summary: 'list the queues',
    details:
      'Lists every queue of the IPC namespace, including those that this user may not read. FILL is the used share of msg_qbytes, SENT and RECEIVED the age of the last msgsnd and msgrcv, SENDER and RECEIVER their processes, WAITING the processes blocked in them, as far as /proc shows. A narrow terminal shows fewer columns.',
    examples: [
      ['list --sort fill', 'the fullest first'],
      ['list --owner www-data --min-fill 80', "a user's queues that are nearly full"],
      ['list --columns id,messages,waiting --noheadings', 'these columns, for a script'],
      ['list --json', 'all data of each queue'],
    ],
  })
    .addOption(new Option('--sort <field>', 'the order').choices(Object.keys(queueOrders)).default('id'))
    .option('--reverse', 'in reverse order')
    .option('--owner <user>', 'only queues of this user: a name or a number')
    .addOption(
      new Option('--key <key>', 'only the queue with this key').argParser(argument.integer(-0x80000000, 0xffffffff)),
    )
    .addOption(new Option('--min-fill <percent>', 'only queues with at least this fill').argParser(percentage))
    .addOption(
      new Option(
        '--columns <names>',
        `show these, separated by commas, in this order: ${queueColumnNames.join(', ')}`,
      ).argParser(columnNames),
    )
    .option('--noheadings', 'without the title line')
    .option('--json', 'one JSON document; with --columns, of these only')
    .action(list);
}

function columnNames(text: string): QueueColumn[] {
  const names = text
    .toLowerCase()
    .split(',')
    .map((name) => name.trim());
  const unknown = names.find((name) => !queueColumnNames.includes(name));
  if (unknown !== undefined) {
    throw new InvalidArgumentError(`There is no column "${unknown}". Columns are ${queueColumnNames.join(', ')}.`);
  }
  return columnsNamed(names);
}

function percentage(text: string): number {
  const [, digits] = /^(\d+(?:\.\d+)?)%?$/.exec(text) ?? [];
  if (digits === undefined) throw new InvalidArgumentError('Expected a percentage, such as 80.');
  return Number(digits);
}

async function list(options: ListOptions): Promise<void> {
  const uid = options.owner === undefined ? undefined : requireUser(options.owner);
  const queues = listQueues().filter(
    (status) =>
      (uid === undefined || status.uid === uid) &&
      (options.key === undefined || status.key === (options.key | 0)) &&
      (options.minFill === undefined || fillOf(status) * 100 >= options.minFill),
  );
  queues.sort(queueOrders[options.sort]);
  if (options.reverse) queues.reverse();
  const users = new QueueUsers();
  const used = queues.map((status) => ({ status, users }));
  if (options.json) await printJson(used.map((queue) => jsonOfQueue(queue, options.columns)));
  else await print(table(options.columns ?? shownColumns(used), used, options.noheadings !== true));
}

function shownColumns(queues: UsedQueue[]): QueueColumn[] {
  const anyInHand = queues.some(({ status, users }) => users.inHandOf(status) > 0);
  const columns = anyInHand ? [...DEFAULT_COLUMNS, ...IN_HAND] : DEFAULT_COLUMNS;
  const width = terminalWidth();
  return width === undefined ? columns : columnsThatFit(columns, queues, width);
}

function requireUser(owner: string): number {
  const uid = userId(owner);
  if (uid === undefined) throw new UsageError(`There is no user ${owner} in /etc/passwd: give the number.`);
  return uid;
}
