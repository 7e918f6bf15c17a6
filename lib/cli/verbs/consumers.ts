/** sysvmq consumers */

import { type Command, Option } from 'commander';
import { type AirlockInfo, listConsumers } from '../../consume/inspect';
import * as argument from '../options/arguments';
import { formatAge, formatKey } from '../output/format';
import { print, printJson } from '../output/print';
import { type Column, fitted, table } from '../output/table';
import { wrapOnTerminal } from '../output/wrap';
import { verb } from '../verb';

const columns: Column<AirlockInfo>[] = [
  { title: 'QUEUE', text: ({ queueKey, queueId }) => (queueKey === 0 ? `id ${queueId}` : formatKey(queueKey)) },
  { title: 'NAME', text: ({ name }) => name },
  { title: 'PID', align: 'right', text: ({ pid }) => String(pid) },
  { title: 'STATE', text: stateOf },
  { title: 'IN HAND', align: 'right', text: ({ messages }) => String(messages.length) },
  { title: 'SLOTS', align: 'right', text: ({ slots }) => String(slots) },
  { title: 'OLDEST', text: ({ messages }) => formatAge(oldestOf(messages)) },
  {
    title: 'ATTEMPTS',
    align: 'right',
    text: ({ messages }) => String(Math.max(0, ...messages.map((m) => m.attempts))),
  },
  { title: 'BYTES', align: 'right', text: ({ bytes }) => String(bytes) },
];

const LEFT_OUT_FIRST = ['BYTES', 'SLOTS', 'ATTEMPTS'];

const NONE = 'No consumers: none of this user runs in this IPC namespace, and none has left messages in hand.';

export function consumersCommand(): Command {
  return verb('consumers', {
    summary: 'list the consumers and their messages in hand',
    details:
      'Lists the consumers (queue.consume) of this user in this IPC namespace, and the messages that they have taken and not finished. A consumer is dead when its process was killed: the next consumer of its name takes over, or "sysvmq recover" puts its messages back. ATTEMPTS is the highest number of attempts of a message in hand.',
    examples: [
      ['consumers', 'the consumers, with counts'],
      ['consumers --json', 'with every message'],
    ],
  })
    .addOption(
      new Option('--state <folder>', 'the state folder of the consumers (default: /dev/shm/sysvmq-UID)').argParser(
        argument.readableFolder,
      ),
    )
    .option('--json', 'one JSON document')
    .action(consumers);
}

async function consumers({ state, json }: { state?: string; json?: true }): Promise<void> {
  const found = listConsumers({ state });
  if (json) await printJson(found.map(({ error, ...info }) => (error ? { ...info, error: error.message } : info)));
  else
    await print(
      found.length === 0 ? wrapOnTerminal(NONE) : table(fitted(columns, found, LEFT_OUT_FIRST, 'NAME'), found),
    );
}

function stateOf({ alive, error }: AirlockInfo): string {
  if (error !== undefined) return 'damaged';
  return alive ? 'alive' : 'dead';
}

function oldestOf(messages: AirlockInfo['messages']): Date | null {
  if (messages.length === 0) return null;
  return new Date(Math.min(...messages.map(({ takenAt }) => takenAt.getTime())));
}
