/** sysvmq stat */

import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import type { QueueStatus } from '../../../types/queue';
import { inHandOf } from '../../consume/inspect';
import { statusOfQueue } from '../../kernel/queues';
import { namedId, nameQueue, type QueueName, withBare } from '../options/queue';
import { formatGroup, formatKey, formatMode, formatMoment, formatShare, formatUser } from '../output/format';
import { print, printJson } from '../output/print';
import { fillOf, queueJson } from '../output/queue-json';
import { facts } from '../output/table';
import { verb } from '../verb';

export function statCommand(): Command {
  const command = verb('stat', {
    summary: 'show one queue',
    details: 'Shows all that the kernel knows of a queue (msgctl IPC_STAT). It takes nothing and changes nothing.',
    examples: [
      ['stat 3', 'the queue with this id'],
      ['stat 0xCAFE', 'the queue with this key'],
      ['stat --path /srv/app/queue --project A --json', 'the queue that ftok finds, as JSON'],
    ],
  });
  return nameQueue(command).option('--json', 'one JSON document').action(stat);
}

async function stat(queue: string | undefined, options: QueueName & { json?: true }): Promise<void> {
  const status = statusOfQueue(namedId(withBare(options, queue)));
  const inHand = inHandOf(status);
  if (options.json) return printJson({ ...queueJson(status), ...(inHand > 0 ? { inHand } : {}) });
  const extra: [string, string][] = inHand > 0 ? [['in hand', `${inHand} (sysvmq consumers)`]] : [];
  return print(facts([...describe(status), ...extra]));
}

function describe(status: QueueStatus): [name: string, value: string][] {
  const { uid, gid, creatorUid, creatorGid, messageCount, usedBytes, maxBytes } = status;
  return [
    ['id', String(status.id)],
    ['key', status.key === 0 ? `${formatKey(0)} (private)` : formatKey(status.key)],
    ['owner', `${formatUser(uid)}:${formatGroup(gid)}`],
    ['creator', `${formatUser(creatorUid)}:${formatGroup(creatorGid)}`],
    ['mode', formatMode(status.mode)],
    ['messages', String(messageCount)],
    ['bytes', `${usedBytes} of ${maxBytes} (${formatShare(fillOf(status))} full)`],
    ['last sent', happened(status.lastSentAt, status.lastSenderPid)],
    ['last received', happened(status.lastReceivedAt, status.lastReceiverPid)],
    ['changed', formatMoment(status.changedAt)],
  ];
}

function happened(moment: Date | null, pid: number): string {
  if (moment === null) return 'never';
  return pid === 0 ? formatMoment(moment) : `${formatMoment(moment)} by ${formatProcess(pid)}`;
}

/** A process with its name while it lives. Its number may have been given to another one since. */
function formatProcess(pid: number): string {
  try {
    return `${pid} (${readFileSync(`/proc/${pid}/comm`, 'utf8').trim()})`;
  } catch {
    return `${pid} (ended)`;
  }
}
