/** sysvmq prune */

import { type Command, Option } from 'commander';
import { formatExactDuration } from '../../admin/duration';
import { judgeQueues, type QueueVerdict, removeStaleQueues, type StaleOptions } from '../../admin/stale-queues';
import { type Doubt, doubtNames } from '../../admin/stale-reasons';
import { isMessageQueueError } from '../../core/errors';
import type { QueueStatus } from '../../kernel/queues';
import { ReportedFailure, UsageError } from '../errors';
import * as argument from '../options/arguments';
import { formatError } from '../output/error-message';
import { formatCount, formatKey, formatUser, userId } from '../output/format';
import { print, printError, printJson } from '../output/print';
import { queueJson } from '../output/queue-json';
import { wrap, wrapOnTerminal } from '../output/wrap';
import { verb } from '../verb';

interface PruneOptions {
  olderThan: number;
  owner?: string;
  despite?: Doubt[];
  withMessages?: true;
  all?: true;
  yes?: true;
  json?: true;
}

/** The outcome for a queue: stale and left alone, removed, not removable, possibly in use, or in use. */
type Outcome = 'stale' | 'removed' | 'kept' | 'failed' | 'doubtful' | 'used';

interface Judged {
  verdict: QueueVerdict;
  outcome: Outcome;
  error?: string;
}

export function pruneCommand(): Command {
  return verb('prune', {
    summary: 'find stale queues, and remove them',
    details:
      'Finds queues whose last sender and last receiver have ended, for which no process waits, and which were idle for --older-than, and shows the reasons. A doubt keeps a queue, unless --despite names it: never-used (there was no send or receive yet), reused-pid (a running process may be its last user), clock-changed (its age cannot be true), hidden-processes (some could not be examined), messages-in-hand (a consumer that ended has some, which sysvmq recover puts back). Without --yes it removes nothing. With --yes it removes the empty queues, and with --with-messages also the others. It checks each queue again right before it removes it.',
    examples: [
      ['prune', 'queues idle for a day, with the reasons'],
      ['prune --older-than 7d --yes', 'remove the empty ones'],
      ['prune --older-than 30d --with-messages --yes', 'also those with messages'],
      ['prune --despite never-used', 'also those that were never used'],
      ['prune --all', 'also those in use, with their users'],
    ],
  })
    .addOption(
      new Option('--older-than <time>', 'idle for this long: 90m, 12h, 7d')
        .argParser(argument.duration)
        .default(86_400_000, '1d'),
    )
    .addOption(new Option('--despite <doubt...>', 'remove despite these doubts').choices(doubtNames))
    .option('--owner <user>', 'only queues of this user: a name or a number')
    .option('--with-messages', 'with --yes: also remove queues with messages')
    .option('--all', 'show the queues in use, too')
    .option('-y, --yes', 'remove them; without it, only list them')
    .option('--json', 'one JSON document')
    .action(prune);
}

async function prune(options: PruneOptions): Promise<void> {
  const uid = options.owner === undefined ? undefined : requireUser(options.owner);
  const filter = (queue: QueueStatus): boolean => uid === undefined || queue.uid === uid;
  const wanted: StaleOptions = { olderThan: options.olderThan, despite: options.despite, filter };
  const judged = options.yes
    ? removeAndPrint(wanted, options.withMessages === true, options.all === true)
    : judgeQueues(wanted).map((verdict): Judged => ({ verdict, outcome: outcomeOf(verdict) }));
  const shown = judged.filter(({ outcome }) => options.all || outcome !== 'used');
  if (options.json) await printJson(documentOf(options, shown));
  else await print(report(options, shown));
  const failed = judged.filter(({ outcome }) => outcome === 'failed');
  for (const { error } of failed) printError(`sysvmq prune: ${error}`);
  if (failed.length > 0) throw new ReportedFailure();
}

function requireUser(owner: string): number {
  const uid = userId(owner);
  if (uid === undefined) throw new UsageError(`There is no user ${owner} in /etc/passwd: give the number.`);
  return uid;
}

function removeAndPrint(wanted: Parameters<typeof judgeQueues>[0], withMessages: boolean, all: boolean): Judged[] {
  const { removed, kept, failed } = removeStaleQueues({ ...wanted, withMessages });
  const judged: Judged[] = [
    ...removed.map((verdict): Judged => ({ verdict, outcome: 'removed' })),
    ...kept.map((verdict): Judged => ({ verdict, outcome: 'kept' })),
    ...failed.map(({ verdict, error }): Judged => {
      const words = isMessageQueueError(error) ? formatError(error) : error.message;
      return { verdict, outcome: 'failed', error: words };
    }),
  ];
  const told = new Set(judged.map(({ verdict }) => verdict.queue.id));
  const others = judgeQueues(wanted)
    .filter(({ queue }) => !told.has(queue.id))
    .map((verdict): Judged => ({ verdict, outcome: outcomeOf(verdict) }));
  return [...judged, ...others.filter(({ outcome }) => all || outcome === 'doubtful')];
}

function outcomeOf({ stale, doubts }: QueueVerdict): Outcome {
  if (stale) return 'stale';
  return doubts.length > 0 ? 'doubtful' : 'used';
}

function documentOf({ olderThan, withMessages }: PruneOptions, judged: Judged[]): object {
  return {
    olderThan,
    withMessages: withMessages === true,
    queues: judged.map(({ verdict, outcome, error }) => ({
      ...queueJson(verdict.queue),
      outcome,
      idleFor: verdict.idleFor,
      lastSender: verdict.lastSender,
      lastReceiver: verdict.lastReceiver,
      waiters: verdict.waiters,
      reasons: verdict.reasons,
      doubts: verdict.doubts,
      doubtNames: verdict.doubtNames,
      ...(error === undefined ? {} : { error }),
    })),
  };
}

const TITLES: readonly [outcome: Outcome, empty: boolean, title: string][] = [
  ['used', true, 'In use, and empty:'],
  ['used', false, 'In use, with messages:'],
  ['removed', true, 'Removed:'],
  ['removed', false, 'Removed, with their messages:'],
  ['failed', true, 'Not removed:'],
  ['failed', false, 'Not removed, with messages:'],
  ['kept', true, 'Kept, because they are in use again:'],
  ['kept', false, 'Kept, because they hold messages or are in use again:'],
  ['doubtful', true, 'Kept, because they may be in use, and empty:'],
  ['doubtful', false, 'Kept, because they may be in use, with messages:'],
  ['stale', true, 'Unused, and empty:'],
  ['stale', false, 'Unused, but with messages:'],
];

function report(options: PruneOptions, judged: Judged[]): string {
  const isEmpty = ({ verdict }: Judged): boolean => verdict.queue.messageCount === 0;
  const parts = TITLES.flatMap(([outcome, empty, title]) => {
    const rows = judged.filter((row) => row.outcome === outcome && isEmpty(row) === empty);
    return rows.length === 0 ? [] : [`${title}\n${rows.map(describe).join('')}`];
  });
  return [...parts, summaryOf(options, judged)].join('\n');
}

function describe({ verdict: { queue, reasons, doubts } }: Judged): string {
  const { id, key, uid, messageCount, usedBytes } = queue;
  const holds =
    messageCount === 0 ? '' : `, ${formatCount(messageCount, 'message')} of ${formatCount(usedBytes, 'byte')}`;
  const indent = { first: '    - ', rest: '      ' };
  const lines = [...reasons, ...doubts.map((doubt) => `but ${doubt}`)].map((line) => wrap(line, indent));
  return `  queue ${id}, key ${formatKey(key)}, of ${formatUser(uid)}${holds}\n${lines.join('')}`;
}

function summaryOf({ olderThan, yes, withMessages }: PruneOptions, judged: Judged[]): string {
  const count = (wanted: Outcome): number => judged.filter(({ outcome }) => outcome === wanted).length;
  if (yes) {
    const kept = count('kept') + count('doubtful');
    return `${formatCount(count('removed'), 'queue')} removed${kept === 0 ? '' : `, ${kept} kept`}.\n${despiteHint(judged)}`;
  }
  const stale = judged.filter(({ outcome }) => outcome === 'stale');
  if (stale.length === 0) {
    const line = `No stale queues: none has been idle for ${formatExactDuration(olderThan)} and is certainly unused.`;
    return wrapOnTerminal(line) + despiteHint(judged);
  }
  const full = stale.filter(({ verdict }) => verdict.queue.messageCount > 0).length;
  const what = withMessages || full === 0 ? 'them' : 'the empty ones, and with --with-messages also the others';
  const line = `${formatCount(stale.length, 'queue')} unused, ${full} with messages. --yes removes ${what}.`;
  return wrapOnTerminal(line) + despiteHint(judged);
}

function despiteHint(judged: Judged[]): string {
  const doubtful = judged.filter(({ outcome }) => outcome === 'doubtful');
  if (doubtful.length === 0) return '';
  const names = [...new Set(doubtful.flatMap(({ verdict }) => verdict.doubtNames))];
  return wrapOnTerminal(`--despite ${names.join(' ')} also counts queues as unused that may be in use.`);
}
