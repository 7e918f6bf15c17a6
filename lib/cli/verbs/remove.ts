/** sysvmq remove */

import { type Command, InvalidArgumentError, Option } from 'commander';
import { IPC_RMID } from '../../core/constants';
import { isMessageQueueError } from '../../core/errors';
import { listQueues, type QueueStatus, statusOfQueue } from '../../kernel/queues';
import { msgctl } from '../../syscalls';
import { FailureError, ReportedFailure, UsageError } from '../errors';
import { isWanted, somebodyIsThere } from '../input/confirm';
import * as argument from '../options/arguments';
import { bareName, namedId, type QueueName } from '../options/queue';
import { formatError } from '../output/error-message';
import { formatCount, formatKey } from '../output/format';
import { print, printError, printJson } from '../output/print';
import { verb } from '../verb';

interface RemoveOptions {
  id?: number[];
  key?: number[];
  path?: string;
  project?: string;
  all?: true;
  yes?: true;
  json?: true;
}

interface Outcome {
  id: number;
  key: number;
  messageCount: number;
  removed: boolean;
  error?: string;
}

export function removeCommand(): Command {
  return verb('remove', {
    summary: 'remove queues with their messages',
    details:
      'Removes queues and every message in them, for all processes (msgctl IPC_RMID). On a terminal it asks first. If one of the queues does not exist, it removes none. --all means every queue of the IPC namespace, and needs --yes without a terminal.',
    examples: [
      ['remove 3 4 0xCAFE', 'three queues'],
      ['remove 0xCAFE --yes', 'without a question'],
      ['remove --all', 'every queue of the IPC namespace, after a question'],
    ],
  })
    .argument('[queue...]', 'ids, such as 3, or keys in hexadecimal, such as 0xCAFE')
    .addOption(new Option('--id <n...>', 'the queues with these ids').argParser(several(argument.queueId)))
    .addOption(new Option('--key <key...>', 'the queues with these keys').argParser(several(argument.key)))
    .option('--path <file>', 'the queue with the ftok key of this file and --project')
    .option('--project <c>', 'a character, or a number of more than one digit')
    .addOption(new Option('--all', 'every queue of this IPC namespace').conflicts(['id', 'key', 'path', 'project']))
    .option('-y, --yes', 'do not ask')
    .option('--json', 'one JSON document: the result for each queue')
    .action(remove);
}

function several(parse: (text: string) => number): (text: string, before: number[] | undefined) => number[] {
  return (text, before = []) => {
    const value = parse(text);
    if (before.includes(value)) throw new InvalidArgumentError('It appears twice.');
    return [...before, value];
  };
}

async function remove(bare: string[], options: RemoveOptions): Promise<void> {
  const queues = options.all ? allQueues(bare, options) : namedQueues(bare, options);
  if (queues.length > 0 && !options.yes && somebodyIsThere() && !(await isWanted(questionOf(queues)))) {
    throw new FailureError('Nothing was removed.');
  }
  const outcomes = queues.map(removeOne);
  if (options.json) await printJson(outcomes);
  else await print(outcomes.length === 0 ? 'There are no queues.\n' : formatRemoved(outcomes));
  for (const { error } of outcomes) if (error !== undefined) printError(`sysvmq remove: ${error}`);
  if (outcomes.some(({ removed }) => !removed)) throw new ReportedFailure();
}

function allQueues(bare: string[], { yes }: RemoveOptions): QueueStatus[] {
  if (bare.length > 0) throw new UsageError(`--all is every queue: not with ${bare[0]}.`);
  if (!yes && !somebodyIsThere())
    throw new UsageError('There is no terminal to ask on. --all --yes removes every queue.');
  return listQueues();
}

// Looks up all queues before it removes the first, so that a mistyped name does no harm.
function namedQueues(bare: string[], options: RemoveOptions): QueueStatus[] {
  const queues = namesOf(bare, options).map((name) => statusOfQueue(namedId(name)));
  queues.forEach(({ id }, index) => {
    if (queues.findIndex((other) => other.id === id) !== index) throw new UsageError(`Queue ${id} is named twice.`);
  });
  return queues;
}

function namesOf(bare: string[], { id, key, path, project }: RemoveOptions): QueueName[] {
  const ways = Object.entries({ id, key, path }).flatMap(([way, value]) =>
    value === undefined ? [] : [`by --${way}`],
  );
  if (bare.length > 0) ways.unshift(`by ${bare.join(' ')}`);
  if (ways.length > 1) {
    throw new UsageError(`The queues are named in ${ways.length} ways: ${ways.join(' and ')}. Give only one.`);
  }
  if (bare.length > 0) return withoutProject(project, bare.map(bareName));
  if (id !== undefined)
    return withoutProject(
      project,
      id.map((value) => ({ id: value })),
    );
  if (key !== undefined)
    return withoutProject(
      project,
      key.map((value) => ({ key: value })),
    );
  return [{ ...(path === undefined ? {} : { path }), ...(project === undefined ? {} : { project }) }];
}

function withoutProject(project: string | undefined, names: QueueName[]): QueueName[] {
  if (project !== undefined) throw new UsageError('--project requires --path FILE.');
  return names;
}

function removeOne({ id, key, messageCount }: QueueStatus): Outcome {
  try {
    msgctl(id, IPC_RMID);
    return { id, key, messageCount, removed: true };
  } catch (error) {
    if (!isMessageQueueError(error)) throw error;
    return { id, key, messageCount, removed: false, error: formatError(error) };
  }
}

/** The most queues that the question names; more would scroll off the screen. */
const MAX_SHOWN = 20;

function questionOf(queues: QueueStatus[]): string {
  const lines = queues.slice(0, MAX_SHOWN).map(({ id, key, messageCount, usedBytes }) => {
    return `  ${id}  ${formatKey(key)}  ${formatCount(messageCount, 'message')}, ${formatCount(usedBytes, 'byte')}\n`;
  });
  if (queues.length > MAX_SHOWN) lines.push(`  and ${queues.length - MAX_SHOWN} more\n`);
  return `${lines.join('')}Remove ${queues.length === 1 ? 'this queue' : `these ${queues.length} queues`}?`;
}

function formatRemoved(outcomes: Outcome[]): string {
  return outcomes
    .filter(({ removed }) => removed)
    .map(formatOutcome)
    .join('');
}

function formatOutcome({ id, messageCount }: Outcome): string {
  return `queue ${id} was removed${messageCount > 0 ? `, and ${formatCount(messageCount, 'message')} with it` : ''}\n`;
}
