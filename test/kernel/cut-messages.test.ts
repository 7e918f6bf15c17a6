/** A long message that is cut (MSG_NOERROR) takes no memory for the rest of it. */

import type * as library from '../../lib/index';
import { setLimit } from '../support/namespace';
import { newQueueId } from '../support/queues';
import { withWatchedAddon } from '../support/watched-addon';

const LONG = 300_000;

/** How often a larger inbox has taken the place of another. */
let grown = 0;

const { MessageQueue } = withWatchedAddon(
  (addon) => ({
    useInbox: (buffer) => {
      if (buffer !== undefined) grown += 1;
      return addon.useInbox(buffer);
    },
  }),
  () => require('../../lib/index') as typeof library,
);

function queueWithLong(): library.MessageQueue {
  setLimit('msgmax', LONG);
  setLimit('msgmnb', LONG);
  const queue = MessageQueue.attach(newQueueId());
  queue.set({ maxBytes: LONG });
  queue.trySend('x'.repeat(LONG));
  grown = 0;
  return queue;
}

const cut = { maxLength: 10, truncate: true } as const;

it.each<[call: string, take: (queue: library.MessageQueue) => library.Message | undefined]>([
  ['tryReceive', (queue) => queue.tryReceive(cut)],
  ['receiveSync', (queue) => queue.receiveSync(cut)],
  ['tryReceiveMany', (queue) => queue.tryReceiveMany(cut)[0]],
  ['tryReceive into memory', (queue) => queue.tryReceive({ into: new Uint8Array(10), truncate: true })],
])('%s of a long message that it cuts takes no memory for the rest', (_, take) => {
  expect(take(queueWithLong())).toMatchObject({ data: Buffer.from('x'.repeat(10)), truncated: true });
  expect(grown).toBe(0);
});

it('a long message that is received whole takes as much memory as it has bytes', () => {
  expect(queueWithLong().tryReceive()?.data).toHaveLength(LONG);
  expect(grown).toBe(1);
});
