/** sysvmq stat */

import type { Command } from 'commander';
import type { LastUser } from '../../admin/processes';
import { statusOfQueue } from '../../kernel/queues';
import { namedId, nameQueue, type QueueName, withBare } from '../options/queue';
import { formatAge, formatGroup, formatKey, formatMode, formatMoment, formatShare, formatUser } from '../output/format';
import { print, printJson } from '../output/print';
import { jsonOfQueue } from '../output/queue-columns';
import { fillOf } from '../output/queue-json';
import { facts } from '../output/table';
import { lastReceiver, lastSender, QueueUsers, type UsedQueue } from '../queue-users';
import { verb } from '../verb';

export function statCommand(): Command {
  const command = verb('stat', {
    summary: 'show one queue',
    details:
      'Shows all data of a queue (msgctl IPC_STAT), the processes that wait for it as far as /proc shows, and the messages that consumers have in hand. It takes no message and changes nothing.',
    examples: [
      ['stat 3', 'the queue with this id'],
      ['stat 0xCAFE', 'the queue with this key'],
      ['stat --path /srv/app/queue --project A --json', 'the queue of an ftok key, as JSON'],
    ],
  });
  return nameQueue(command).option('--json', 'one JSON document').action(stat);
}

async function stat(name: string | undefined, options: QueueName & { json?: true }): Promise<void> {
  const status = statusOfQueue(namedId(withBare(options, name)));
  const queue = { status, users: new QueueUsers() };
  await (options.json ? printJson(jsonOfQueue(queue)) : print(facts(describe(queue))));
}

function describe(queue: UsedQueue): [name: string, value: string][] {
  const { status, users } = queue;
  const inHand = users.inHandOf(status);
  const { uid, gid, creatorUid, creatorGid, messageCount, usedBytes, maxBytes } = status;
  return [
    ['id', String(status.id)],
    ['key', status.key === 0 ? `${formatKey(0)} (private)` : formatKey(status.key)],
    ['owner', `${formatUser(uid)}:${formatGroup(gid)}`],
    ['creator', `${formatUser(creatorUid)}:${formatGroup(creatorGid)}`],
    ['mode', formatMode(status.mode)],
    ['messages', String(messageCount)],
    ['bytes', `${usedBytes} of ${maxBytes} (${formatShare(fillOf(status))} full)`],
    ['last sent', happened(status.lastSentAt, lastSender(status))],
    ['last received', happened(status.lastReceivedAt, lastReceiver(status))],
    ['changed', formatMoment(status.changedAt)],
    ...waiting(queue),
    ...(inHand > 0 ? [['in hand', `${inHand} (sysvmq consumers)`] as [string, string]] : []),
  ];
}

function happened(moment: Date | null, user: LastUser): string {
  if (moment === null) return 'never';
  return `${formatMoment(moment)}, ${formatAge(moment)}, by ${formatUserOf(user)}`;
}

function formatUserOf({ pid, state, command }: LastUser): string {
  if (state === 'none' || state === 'hidden') return 'an invisible process';
  if (state === 'gone') return `${pid} (ended)`;
  if (state === 'replaced') return `${pid} (ended; the pid is that of ${command ?? 'another process'} now)`;
  return `${pid} (${command ?? 'name not readable'})`;
}

/** A line for each waiting process: its name, the selector, and the number of its threads. */
function waiting({ status, users }: UsedQueue): [name: string, value: string][] {
  const processes = new Map<string, number>();
  for (const { pid, processName, syscall } of users.waitersOf(status)) {
    const words = `${pid} (${processName ?? 'its name cannot be read'}) to ${syscall === 'msgrcv' ? 'receive' : 'send'}`;
    processes.set(words, (processes.get(words) ?? 0) + 1);
  }
  const lines = [...processes].map(([words, threads]) => (threads === 1 ? words : `${words}, ${threads} threads`));
  const seen = lines.length === 0 ? ['nobody'] : lines;
  const unseen = users.unseen.map((phrase) => `not seen: ${phrase}`);
  return [...seen, ...unseen].map((line, index) => [index === 0 ? 'waiting' : '', line]);
}
