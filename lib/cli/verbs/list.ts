/** sysvmq list */

import { type Command, InvalidArgumentError, Option } from 'commander';
import type { QueueStatus } from '../../../types/queue';
import { inHandOf } from '../../consume/inspect';
import { listQueues } from '../../kernel/queues';
import { UsageError } from '../errors';
import * as argument from '../options/arguments';
import { formatAge, formatKey, formatMode, formatShare, formatUser, userId } from '../output/format';
import { print, printJson } from '../output/print';
import { fillOf, queueJson } from '../output/queue-json';
import { type Column, table } from '../output/table';
import { verb } from '../verb';

interface ListOptions {
  sort: keyof typeof orders;
  reverse?: true;
  owner?: string;
  key?: number;
  minFill?: number;
  json?: true;
}

type Order = (a: QueueStatus, b: QueueStatus) => number;

/** The busiest first where there is more and less; else from small to large. */
const orders = {
  id: (a, b) => a.id - b.id,
  key: (a, b) => (a.key >>> 0) - (b.key >>> 0),
  owner: (a, b) => a.uid - b.uid,
  messages: (a, b) => b.messageCount - a.messageCount,
  bytes: (a, b) => b.usedBytes - a.usedBytes,
  fill: (a, b) => fillOf(b) - fillOf(a),
  sent: (a, b) => Number(b.lastSentAt) - Number(a.lastSentAt),
  received: (a, b) => Number(b.lastReceivedAt) - Number(a.lastReceivedAt),
} satisfies Record<string, Order>;

const columns: Column<QueueStatus>[] = [
  { title: 'ID', align: 'right', text: ({ id }) => String(id) },
  { title: 'KEY', text: ({ key }) => formatKey(key) },
  { title: 'OWNER', text: ({ uid }) => formatUser(uid) },
  { title: 'MODE', text: ({ mode }) => formatMode(mode) },
  { title: 'MESSAGES', align: 'right', text: ({ messageCount }) => String(messageCount) },
  { title: 'BYTES', align: 'right', text: ({ usedBytes }) => String(usedBytes) },
  { title: 'MAX', align: 'right', text: ({ maxBytes }) => String(maxBytes) },
  { title: 'FILL', align: 'right', text: (status) => formatShare(fillOf(status)) },
  { title: 'SENT', text: ({ lastSentAt }) => formatAge(lastSentAt) },
  { title: 'RECEIVED', text: ({ lastReceivedAt }) => formatAge(lastReceivedAt) },
];

function inHandColumn(inHand: Map<QueueStatus, number>): Column<QueueStatus> {
  return { title: 'IN HAND', align: 'right', text: (status) => String(inHand.get(status)) };
}

export function listCommand(): Command {
  return verb('list', {
    summary: 'list the queues',
    details:
      'Lists every queue of the IPC namespace, also those that this user may not read. FILL is how much of msg_qbytes is used, SENT and RECEIVED how long ago the last msgsnd and msgrcv were.',
    examples: [
      ['list --sort fill', 'the fullest first'],
      ['list --owner www-data --min-fill 80', "a user's queues that are nearly full"],
      ['list --json', 'all that is known of each'],
    ],
  })
    .addOption(new Option('--sort <field>', 'by what').choices(Object.keys(orders)).default('id'))
    .option('--reverse', 'the other way round')
    .option('--owner <user>', 'only queues of this user: a name or a number')
    .addOption(
      new Option('--key <key>', 'only the queue with this key').argParser(argument.integer(-0x80000000, 0xffffffff)),
    )
    .addOption(new Option('--min-fill <percent>', 'only queues that are at least so full').argParser(percentage))
    .option('--json', 'one JSON document')
    .action(list);
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
  queues.sort(orders[options.sort]);
  if (options.reverse) queues.reverse();
  const inHand = new Map(queues.map((status) => [status, inHandOf(status)]));
  const anyInHand = [...inHand.values()].some((count) => count > 0);
  const withInHand = (status: QueueStatus): object =>
    inHand.get(status) === 0 ? queueJson(status) : { ...queueJson(status), inHand: inHand.get(status) };
  const shown = anyInHand ? [...columns, inHandColumn(inHand)] : columns;
  await (options.json ? printJson(queues.map(withInHand)) : print(table(shown, queues)));
}

function requireUser(owner: string): number {
  const uid = userId(owner);
  if (uid === undefined) throw new UsageError(`There is no user ${owner} in /etc/passwd: give the number.`);
  return uid;
}
