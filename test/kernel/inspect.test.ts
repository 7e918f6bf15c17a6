/** What console.log shows of a queue. */

import { inspect } from 'node:util';
import { newQueue } from '../support/queues';

it('an inspected queue shows its id, its key and whether the handle is closed, and no more', () => {
  const queue = newQueue();
  const facts = `id: ${queue.id}, key: 0x${queue.key.toString(16)}`;
  expect(inspect(queue)).toBe(`MessageQueue { ${facts}, closed: false }`);
  queue.close();
  expect(inspect({ queue }, { breakLength: Number.POSITIVE_INFINITY })).toBe(
    `{ queue: MessageQueue { ${facts}, closed: true } }`,
  );
});
