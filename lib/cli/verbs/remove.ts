/** sysvmq remove */

import { type Command, InvalidArgumentError, Option } from 'commander';
import type { QueueStatus } from '../../../types/queue';
import { IPC_RMID } from '../../core/constants';
import { isMessageQueueError } from '../../core/errors';
import { statusOfQueue } from '../../kernel/queues';
import { msgctl } from '../../syscalls';
import { FailureError, ReportedFailure, UsageError } from '../errors';
import { isWanted, somebodyIsThere } from '../input/confirm';
import * as argument from '../options/arguments';
import { namedId, type QueueName } from '../options/queue';
import { formatError } from '../output/error-message';
import { formatCount, formatKey } from '../output/format';
import { print, printError, printJson } from '../output/print';
import { verb } from '../verb';

interface RemoveOptions {
  id?: number[];
  key?: number[];
  path?: string;
  project?: string;
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
      'Removes queues and every message in them, for all processes (msgctl IPC_RMID). On a terminal it asks first. When one of the queues does not exist, none is removed.',
    examples: [
      ['remove --id 3 4 7', 'three queues'],
      ['remove --key 0xCAFE --yes', 'without a question'],
    ],
  })
    .addOption(new Option('--id <n...>', 'the queues with these ids').argParser(several(argument.queueId)))
    .addOption(new Option('--key <key...>', 'the queues with these keys').argParser(several(argument.key)))
    .option('--path <file>', 'the queue whose key ftok makes of this file and --project')
    .option('--project <c>', 'a character, or a number of more than one digit')
    .option('-y, --yes', 'do not ask')
    .option('--json', 'one JSON document: what became of each queue')
    .action(remove);
}

function several(parse: (text: string) => number): (text: string, before: number[] | undefined) => number[] {
  return (text, before = []) => {
    const value = parse(text);
    if (before.includes(value)) throw new InvalidArgumentError('It is there twice.');
    return [...before, value];
  };
}

async function remove(options: RemoveOptions): Promise<void> {
  // All are looked up before the first one goes: a mistyped name is to do no harm.
  const queues = namesOf(options).map((name) => statusOfQueue(namedId(name)));
  if (!options.yes && somebodyIsThere() && !(await isWanted(questionOf(queues)))) {
    throw new FailureError('Nothing was removed.');
  }
  const outcomes = queues.map(removeOne);
  if (options.json) await printJson(outcomes);
  else
    await print(
      outcomes
        .filter(({ removed }) => removed)
        .map(formatOutcome)
        .join(''),
    );
  for (const { error } of outcomes) if (error !== undefined) printError(`sysvmq remove: ${error}`);
  if (outcomes.some(({ removed }) => !removed)) throw new ReportedFailure();
}

function namesOf({ id, key, path, project }: RemoveOptions): QueueName[] {
  const ways = Object.entries({ id, key, path }).filter(([, value]) => value !== undefined);
  if (ways.length > 1) {
    throw new UsageError(
      `The queues are named in ${ways.length} ways: by --${ways.map(([way]) => way).join(' and by --')}. Leave one.`,
    );
  }
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
  if (project !== undefined) throw new UsageError('--project goes with --path FILE.');
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

function questionOf(queues: QueueStatus[]): string {
  const lines = queues.map(({ id, key, messageCount, usedBytes }) => {
    return `  ${id}  ${formatKey(key)}  ${formatCount(messageCount, 'message')}, ${formatCount(usedBytes, 'byte')}\n`;
  });
  return `${lines.join('')}Remove ${queues.length === 1 ? 'this queue' : `these ${queues.length} queues`}?`;
}

function formatOutcome({ id, messageCount }: Outcome): string {
  return `queue ${id} was removed${messageCount > 0 ? `, and ${formatCount(messageCount, 'message')} with it` : ''}\n`;
}
