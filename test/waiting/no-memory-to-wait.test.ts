/** A wait for which there is no memory fails, wherever it turns from polling to waiting, and the next one may work. */

import { ENOMEM } from '../../lib/core/errno';
import type * as library from '../../lib/index';
import { newQueueId } from '../support/queues';
import { rejectionOf } from '../support/rejection';
import { withWatchedAddon } from '../support/watched-addon';

let hasMemory = true;

const { MessageQueue } = withWatchedAddon(
  (addon) => ({
    openMailbox: (callback: () => void) => (hasMemory ? addon.openMailbox(callback) : ENOMEM),
    subscribe: () => (hasMemory ? addon.subscribe() : ENOMEM),
  }),
  () => require('../../lib/index') as typeof library,
);

describe.each([
  ['polls first', 500],
  ['waits at once', 0],
])('a receive that %s', (_, spin) => {
  it('rejects when there is no memory to wait, of an unreferenced handle, too', async () => {
    const id = newQueueId();
    const queue = MessageQueue.attach(id, { spin }).unref();
    hasMemory = false;
    expect(await rejectionOf(queue.receive())).toMatchObject({
      name: 'MessageQueueError',
      code: 'ENOMEM',
      queueId: id,
    });
    hasMemory = true;
    const received = queue.receive();
    setImmediate(() => queue.trySend('x'));
    expect((await received).data.toString()).toBe('x');
    queue.close();
  });
});
