/** sysvmq set */

import { type Command, Option } from 'commander';
import { changeQueue, type QueueChange, type QueueStatus, statusOfQueue } from '../../kernel/queues';
import { UsageError } from '../errors';
import * as argument from '../options/arguments';
import { namedId, nameQueue, type QueueName, withBare } from '../options/queue';
import { formatGroup, formatMode, formatUser, groupId, userId } from '../output/format';
import { print, printJson } from '../output/print';
import { queueJson } from '../output/queue-json';
import { table } from '../output/table';
import { verb } from '../verb';

interface SetOptions extends QueueName {
  maxBytes?: number;
  mode?: number;
  owner?: string;
  group?: string;
  json?: true;
}

type Row = [name: string, before: string, after: string];

export function setCommand(): Command {
  const command = verb('set', {
    summary: "change a queue's size, mode or owner",
    details: 'Changes a queue (msgctl IPC_SET) and prints each value before and after. Other values stay as they are.',
    examples: [
      ['set 0xCAFE --max-bytes 64K', 'more room, up to msgmnb'],
      ['set 3 --owner www-data --group www-data --mode 660', 'change its owner'],
      ['set 3 --max-bytes 0', 'pause it: it accepts no message, and keeps its own'],
    ],
  });
  return nameQueue(command)
    .addOption(new Option('--max-bytes <n>', 'msg_qbytes').argParser(argument.bytes))
    .addOption(new Option('--mode <octal>', 'permission bits').argParser(argument.mode))
    .option('--owner <user>', 'a name or a number')
    .option('--group <group>', 'a name or a number')
    .option('--json', 'one JSON document: the queue before and after')
    .action(set);
}

async function set(queue: string | undefined, options: SetOptions): Promise<void> {
  const change = changeOf(options);
  const id = namedId(withBare(options, queue));
  const before = statusOfQueue(id);
  changeQueue(() => id, change);
  const after = statusOfQueue(id);
  await (options.json
    ? printJson({ before: queueJson(before), after: queueJson(after) })
    : print(table(columns, rowsOf(change, before, after))));
}

function changeOf({ maxBytes, mode, owner, group }: SetOptions): QueueChange {
  const change: QueueChange = {};
  if (maxBytes !== undefined) change.maxBytes = maxBytes;
  if (mode !== undefined) change.mode = mode;
  if (owner !== undefined) change.uid = required(userId(owner), `user ${owner} in /etc/passwd`);
  if (group !== undefined) change.gid = required(groupId(group), `group ${group} in /etc/group`);
  if (Object.keys(change).length === 0) {
    throw new UsageError('Nothing to change: give --max-bytes, --mode, --owner or --group.');
  }
  return change;
}

function required(id: number | undefined, words: string): number {
  if (id === undefined) throw new UsageError(`There is no ${words}: give the number.`);
  return id;
}

const columns = ['VALUE', 'BEFORE', 'AFTER'].map((title, index) => ({
  title,
  text: (row: Row) => row[index] as string,
}));

function rowsOf(change: QueueChange, before: QueueStatus, after: QueueStatus): Row[] {
  const row = (name: string, of: (status: QueueStatus) => string): Row => [name, of(before), of(after)];
  return [
    ...(change.maxBytes === undefined ? [] : [row('max-bytes', ({ maxBytes }) => String(maxBytes))]),
    ...(change.mode === undefined ? [] : [row('mode', ({ mode }) => formatMode(mode))]),
    ...(change.uid === undefined ? [] : [row('owner', ({ uid }) => formatUser(uid))]),
    ...(change.gid === undefined ? [] : [row('group', ({ gid }) => formatGroup(gid))]),
  ];
}
