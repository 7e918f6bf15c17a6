/** sysvmq top */

import { setTimeout as sleep } from 'node:timers/promises';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type InterruptedBySignal, UsageError } from '../errors';
import * as argument from '../options/arguments';
import { jsonLine, print } from '../output/print';
import { jsonOfQueue } from '../output/queue-columns';
import { interruptible } from '../signals';
import { History, type Snapshot } from '../top/history';
import { showLive } from '../top/live';
import { initialView, type Order, orderNames, type View, visibleRows } from '../top/view';
import { verb } from '../verb';

interface TopOptions {
  interval: number;
  count?: number;
  sort: Order;
  filter: string;
  json?: true;
}

const SHORTEST_MS = 50;

export function topCommand(): Command {
  return verb('top', {
    summary: 'watch the queues fill and drain',
    details:
      'Shows all queues of the IPC namespace and how they change: their fill, messages and bytes, the messages a second by which they grow, their last use, and the processes that wait for them. It takes no message, even when it shows them (MSG_COPY). Keys: arrows choose a queue, Enter looks at its messages, d drains it to a file, x removes it after a question, s sorts, / filters, space pauses, ? helps, q quits.',
    examples: [
      ['top', 'all queues, every second'],
      ['top --sort rate --interval 250ms', 'fastest growth first, four times a second'],
      ['top --json --count 10', 'ten samples, one document a line'],
    ],
  })
    .addOption(
      new Option('-i, --interval <time>', 'the interval: 250ms, 1s, 1m').argParser(interval).default(1000, '1s'),
    )
    .addOption(new Option('-n, --count <n>', 'end after this many samples').argParser(argument.count))
    .addOption(new Option('--sort <field>', 'the order').choices(orderNames).default('fill'))
    .option('--filter <text>', 'only queues with this in their id, key or owner', '')
    .option('--json', 'print each sample as a line of JSON, instead of a screen')
    .action(top);
}

function interval(text: string): number {
  const value = argument.timeout(text);
  if (value < SHORTEST_MS) throw new InvalidArgumentError(`Expected ${SHORTEST_MS}ms at least.`);
  return value;
}

async function top(options: TopOptions): Promise<void> {
  const view = initialView(options.sort, options.filter, options.interval);
  const history = new History();
  if (options.json) {
    await interruptible((signal) => printSamples(history, view, options.count, signal));
    return;
  }
  if (process.stdin.isTTY !== true || process.stdout.isTTY !== true) {
    throw new UsageError(
      'top needs a terminal for its screen, and standard output is not one. With --json it prints samples anywhere.',
    );
  }
  if (process.env['TERM'] === 'dumb') {
    throw new UsageError('This terminal (TERM=dumb) cannot show a screen. With --json top prints samples.');
  }
  await interruptible((signal) => showLive(history, view, options.count, signal));
}

async function printSamples(
  history: History,
  view: View,
  count = Number.POSITIVE_INFINITY,
  signal: AbortSignal,
): Promise<void> {
  for (let printed = 0; printed < count; printed++) {
    if (printed > 0) await sleep(view.interval, undefined, { signal });
    if (signal.aborted) throw signal.reason as InterruptedBySignal;
    await print(`${jsonLine(documentOf(history.look(), view))}\n`);
  }
}

function documentOf({ at, limits, usage, rows, users }: Snapshot, view: View): object {
  const queues = visibleRows(rows, view).map(({ use, sample: { status, messagesPerSecond, bytesPerSecond } }) => {
    return { ...jsonOfQueue({ status, users }), inUse: use.sent || use.received, messagesPerSecond, bytesPerSecond };
  });
  return { at, limits, usage, queues };
}
