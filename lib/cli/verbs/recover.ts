/** sysvmq recover */

import { type Command, Option } from 'commander';
import { recoverMessages } from '../../consume/inspect';
import { keyOf } from '../../kernel/queues';
import { FailureError } from '../errors';
import * as argument from '../options/arguments';
import { namedId, nameQueue, type QueueName, withBare } from '../options/queue';
import { formatCount } from '../output/format';
import { print, printJson } from '../output/print';
import { verb } from '../verb';

interface RecoverOptions extends QueueName {
  name?: string;
  state?: string;
  json?: true;
}

export function recoverCommand(): Command {
  const command = verb('recover', {
    summary: "put a dead consumer's messages back into their queue",
    details:
      'Puts the messages that dead consumers (queue.consume) of a queue had in hand back at its end, in the order of taking. Living consumers keep theirs. Use it when no consumer of this name will start again: a new one takes over by itself.',
    examples: [
      ['recover 0xCAFE', 'the messages of all dead consumers'],
      ['recover 0xCAFE --name invoices', 'only those of this name'],
    ],
  });
  return nameQueue(command)
    .addOption(new Option('--name <name>', 'only consumers of this name').argParser(argument.consumerName))
    .addOption(
      new Option('--state <folder>', 'the state folder of the consumers (default: /dev/shm/sysvmq-UID)').argParser(
        argument.readableFolder,
      ),
    )
    .option('--json', 'one JSON document')
    .action(recover);
}

async function recover(queue: string | undefined, options: RecoverOptions): Promise<void> {
  const id = namedId(withBare(options, queue));
  const { state, name } = options;
  const errors: Error[] = [];
  const chosen = { state, ...(name === undefined ? {} : { name }) };
  const recovered = recoverMessages(id, keyOf(id), chosen, (error) => errors.push(error));
  const { messages, left, consumersAlive } = recovered;
  if (options.json) await printJson(recovered);
  else {
    const alive = consumersAlive > 0 ? `; ${formatCount(consumersAlive, 'consumer')} alive, left alone` : '';
    await print(`${formatCount(messages, 'message')} put back into queue ${id}${alive}\n`);
  }
  // What is damaged keeps nothing else in hand.
  if (errors.length > 0) throw errors[0];
  if (left > 0) throw new FailureError(`The queue is full: ${formatCount(left, 'message')} still in hand.`);
}
