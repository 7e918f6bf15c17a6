/** sysvmq limits */

import { type Command, Option } from 'commander';
import type { LimitDescription, LimitName } from '../../core/limit-table';
import { describeLimits, getUsage, readProcLimits, type SettableLimits, type Usage } from '../../kernel/limits';
import { listQueues, type QueueStatus } from '../../kernel/queues';
import { formatCount, formatShare } from '../output/format';
import { print, printJson } from '../output/print';
import { fillOf } from '../output/queue-json';
import { type Column, table } from '../output/table';
import { wrap } from '../output/wrap';
import { verb } from '../verb';
import { limitsSetCommand } from './limits-set';

interface LimitsOptions {
  source: 'ipc-info' | 'proc';
  json?: true;
}

/** How much of a limit is used, where a use exists. */
interface Share {
  used: number;
  of: number;
  words: string;
}

type Row = LimitDescription & { used: Share | null };

export function limitsCommand(): Command {
  return verb('limits', {
    summary: 'show the limits and their use, or set them',
    details:
      'Shows each limit: its current value, the highest that the kernel accepts, how much of it is used, the error of a call that reaches it, the file that shows and sets it, and its effect.',
    examples: [
      ['limits', 'all of them'],
      ['limits --source proc --json', 'from /proc/sys/kernel'],
      ['limits set msgmax=65536 msgmnb=1M', 'set two of them, until the next boot'],
    ],
  })
    .addOption(
      new Option('--source <where>', 'the source: msgctl(IPC_INFO), or the files in /proc/sys/kernel')
        .choices(['ipc-info', 'proc'])
        .default('ipc-info'),
    )
    .option('--json', 'one JSON document')
    .action(limits)
    .addCommand(limitsSetCommand());
}

async function limits({ source, json }: LimitsOptions): Promise<void> {
  const usage = getUsage();
  const queues = listQueues();
  const rows = describe(source).map((limit) => ({ ...limit, used: shareOf(limit, usage, queues) }));
  if (json) {
    const { queues: count, messages, bytes } = usage;
    const formatted = rows.map(({ used, ...limit }) => ({
      ...limit,
      used: used?.used ?? null,
      usedOf: used?.of ?? null,
    }));
    await printJson({ source, limits: formatted, usage: { queues: count, messages, bytes } });
    return;
  }
  await print(`${table(columns, rows)}\n${rows.map(explain).join('')}\n${summaryOf(usage)}\n`);
}

/** The limits, with values from the requested source; the files have three of them. */
function describe(source: LimitsOptions['source']): LimitDescription[] {
  const all = describeLimits();
  if (source === 'ipc-info') return all;
  const values = readProcLimits();
  return all
    .filter(({ field }) => field in values)
    .map((limit) => ({ ...limit, value: values[limit.field as keyof SettableLimits] }));
}

function shareOf({ name, value }: LimitDescription, usage: Usage, queues: QueueStatus[]): Share | null {
  const shares: Partial<Record<LimitName, () => Share | null>> = {
    MSGMNI: () => ({ used: usage.queues, of: value, words: `${usage.queues} (${formatShare(usage.queues / value)})` }),
    MSGMNB: () => fullest(queues),
  };
  return shares[name]?.() ?? null;
}

// MSGMNB applies to each queue. The queue nearest to its own msg_qbytes shows how near the next error is.
function fullest(queues: QueueStatus[]): Share | null {
  const [first, ...rest] = queues;
  if (first === undefined) return null;
  const queue = rest.reduce((most, next) => (fillOf(next) > fillOf(most) ? next : most), first);
  const words = `${formatShare(fillOf(queue))} in queue ${queue.id}`;
  return { used: queue.usedBytes, of: queue.maxBytes, words };
}

const columns: Column<Row>[] = [
  { title: 'LIMIT', text: ({ name }) => name },
  { title: 'VALUE', align: 'right', text: ({ value }) => String(value) },
  { title: 'UNIT', text: ({ unit }) => unit },
  { title: 'CEILING', align: 'right', text: ({ ceiling }) => (ceiling === null ? '-' : String(ceiling)) },
  { title: 'USED', text: ({ used }) => used?.words ?? '-' },
  { title: 'ERROR', text: ({ error }) => (error === null ? '-' : `${error.code} from ${error.syscall}`) },
];

function explain({ name, limits: sentence, procPath }: Row): string {
  return wrap(procPath === null ? sentence : `${sentence} File: ${procPath}`, {
    first: name.padEnd(9),
    rest: ' '.repeat(9),
  });
}

function summaryOf({ queues, messages, bytes, against }: Usage): string {
  const room = queues === 0 ? '' : ` of the ${against.bytes.limit} that the queues take`;
  return `In use: ${formatCount(queues, 'queue')}, ${formatCount(messages, 'message')}, ${formatCount(bytes, 'byte')}${room}.`;
}
