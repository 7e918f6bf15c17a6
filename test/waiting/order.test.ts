/** Receives of one handle get messages in the order in which they were called, also when one could be served at once. */

import { codecs, type MessageQueue } from '../../lib/index';
import { newQueue } from '../support/queues';

const data = (message: { data: string }): string => message.data;

it.each<[string, (queue: MessageQueue<string>) => Promise<string>]>([
  ['receive', (queue) => queue.receive().then(data)],
  ['receiveMany', (queue) => queue.receiveMany({ max: 1 }).then(([message]) => message?.data as string)],
  [
    'messages()',
    async (queue) => {
      const { value } = await queue.messages().next();
      return value?.data as string;
    },
  ],
])('%s does not overtake one that waits already, though its message is there', async (_, receive) => {
  const queue = newQueue({ codec: codecs.utf8 });
  const first = receive(queue);
  queue.trySend('one');
  const second = receive(queue);
  queue.trySend('two');
  expect(await Promise.all([first, second])).toEqual(['one', 'two']);
});
