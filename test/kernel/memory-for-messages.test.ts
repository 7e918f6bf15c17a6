/** What the library asks for long messages: no memory for bytes that nobody gets, and no call that finds nothing. */

import type * as library from '../../lib/index';
import { setLimit } from '../support/namespace';
import { newQueueId } from '../support/queues';
import { withWatchedAddon } from '../support/watched-addon';

// Memory of this length is not kept for the next message.
const LONG = 2_000_000;

/** How often a larger inbox, or a larger slab, has taken the place of another. */
let grown = 0;
let batches = 0;
let singles = 0;

const { MessageQueue } = withWatchedAddon(
  (addon) => ({
    useInbox: (buffer) => {
      if (buffer !== undefined) grown += 1;
      return addon.useInbox(buffer);
    },
    useSlab: (buffer) => {
      if (buffer !== undefined) grown += 1;
      return addon.useSlab(buffer);
    },
    // As in a namespace whose only queue has the first index.
    readInfo: () => Math.min(addon.readInfo(), 0),
    receiveBatch: () => {
      batches += 1;
      return addon.receiveBatch();
    },
    msgrcv: () => {
      singles += 1;
      return addon.msgrcv();
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

it('a message that is longer than msgmax is refused before there is memory for it', () => {
  const queue = MessageQueue.attach(newQueueId());
  grown = 0;
  expect(() => queue.trySend('x'.repeat(LONG))).toThrow(
    expect.objectContaining({ name: 'MessageTooLargeError', limit: 'MSGMAX', requested: LONG }),
  );
  expect(grown).toBe(0);
});

it('many messages are received by one call, which is not asked again for more', () => {
  const queue = MessageQueue.attach(newQueueId());
  queue.trySendMany(['a', 'b', 'c'].map((data) => ({ data })));
  batches = 0;
  singles = 0;
  expect(queue.tryReceiveMany()).toHaveLength(3);
  expect([batches, singles]).toEqual([1, 0]);
  expect(queue.tryReceiveMany()).toEqual([]);
  expect([batches, singles]).toEqual([2, 0]);
});
