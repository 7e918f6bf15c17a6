/** How the user names a queue: by a bare id or key, --id, --key, or --path with --project; exactly one of them. */

import { type Command, Option } from 'commander';
import { ftok } from '../../kernel/ftok';
import { keyOf as keyOfQueue, openQueue } from '../../kernel/queues';
import type { AttachOptions } from '../../messages/handle-options';
import { MessageQueue } from '../../queue/message-queue';
import { FailureError, UsageError } from '../errors';
import * as argument from './arguments';

export interface QueueName {
  /** An argument without an option: 3 is an id, 0xCAFE a key. */
  bare?: string;
  id?: number;
  key?: number;
  path?: string;
  project?: string;
}

/** Adds the argument and the options that name one queue. */
export function nameQueue(command: Command): Command {
  command.argument('[queue]', 'an id, such as 3, or a key in hexadecimal, such as 0xCAFE');
  return nameByKey(command.addOption(new Option('--id <n>', 'the queue with this id').argParser(argument.queueId)));
}

/** Adds the options that name a queue which may not exist yet, and so has no id. */
export function nameByKey(command: Command): Command {
  return command
    .addOption(new Option('--key <key>', 'the queue with this key: 0xCAFE or a number').argParser(argument.key))
    .option('--path <file>', 'the queue with the ftok key of this file and --project')
    .option('--project <c>', 'a character, or a number of more than one digit');
}

/** The way in which the queue is named; undefined for none. Two ways are a usage error. */
export function wayOfNaming(name: QueueName): 'bare' | 'id' | 'key' | 'path' | undefined {
  const ways = (['bare', 'id', 'key', 'path'] as const).filter((way) => name[way] !== undefined);
  if (ways.length > 1) {
    const words = ways.map((way) => (way === 'bare' ? `by ${name.bare}` : `by --${way}`));
    throw new UsageError(`The queue is named in ${ways.length} ways: ${words.join(' and ')}. Give only one.`);
  }
  if (name.project !== undefined && name.path === undefined) throw new UsageError('--project requires --path FILE.');
  if (name.path !== undefined && name.project === undefined) throw new UsageError('--path requires --project C.');
  return ways[0];
}

/** The key of a queue named by --key or by --path and --project. */
export function keyOf(name: QueueName): number {
  return name.key ?? requireKey(ftok(name.path as string, projectId(name.project as string)));
}

// ftok takes a byte. A single digit is a character, as in ftok(path, '1').
function projectId(text: string): string | number {
  if (text.length === 1 && text.charCodeAt(0) < 0x80) return text;
  if (/^(\d+|0[xX][0-9a-fA-F]+)$/.test(text) && Number(text) <= 0xff) return Number(text);
  throw new UsageError(`--project ${text} is neither one ASCII character nor a number up to 255.`);
}

/** A bare argument: decimal digits are an id, as list prints it, and 0x… is a key. */
export function bareName(text: string): QueueName {
  try {
    if (/^0x/i.test(text)) return { key: argument.key(text) };
    if (/^\d+$/.test(text)) return { id: argument.queueId(text) };
  } catch (error) {
    throw new UsageError(`${text} names no queue. ${(error as Error).message}`);
  }
  throw new UsageError(`${text} names no queue: give an id, such as 3, a key, such as 0xCAFE, or an option.`);
}

/**
 * For verbs with another argument after the queue: the queue's name and that argument. If an option names the queue,
 * the other argument comes first.
 */
export function nameAndArgument<Name extends QueueName>(
  name: Name,
  first: string | undefined,
  second: string | undefined,
): [name: Name, own: string | undefined] {
  if (second === undefined && wayOfNaming(name) !== undefined) return [name, first];
  return [withBare(name, first), second];
}

/** The options, with the bare argument added. */
export function withBare<Name extends QueueName>(name: Name, bare: string | undefined): Name {
  return bare === undefined ? name : { ...name, bare };
}

/** The id of the existing queue that the options name. */
export function namedId(name: QueueName): number {
  switch (wayOfNaming(name)) {
    case undefined:
      throw new UsageError('Which queue? Name it by id (3), key (0x…), or --path FILE --project C.');
    case 'bare':
      return namedId(bareName(name.bare as string));
    case 'id':
      keyOfQueue(name.id as number);
      return name.id as number;
    default:
      return openQueue(keyOf(name), undefined);
  }
}

// ftok may return 0 for a file, and msgget(0) would create a queue.
function requireKey(key: number): number {
  if (key === 0)
    throw new FailureError('ftok returns 0 for this file and project, which is IPC_PRIVATE: use another project.');
  return key;
}

/** Opens the queue that the options name. */
export function openNamed<T = Buffer>(name: QueueName, options?: AttachOptions<T>): MessageQueue<T> {
  const id = namedId(name);
  return MessageQueue.attach(id, options);
}
