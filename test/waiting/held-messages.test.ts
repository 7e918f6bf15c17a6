/** Messages that a stream has announced, as the addon holds them, and what becomes of one that it has no memory for. */

import { once } from 'node:events';
import { constants } from 'node:os';
import type { Readable } from 'node:stream';
import type * as library from '../../lib/index';
import { removeAfterTest } from '../support/queues';
import { withWatchedAddon } from '../support/watched-addon';

const ENOMEM = -constants.errno.ENOMEM;

/** The calls that have no memory. */
const failing = new Set<'holdTaken' | 'keepTaken'>();
/** The slots of the messages that the addon holds. */
const held = new Set<number>();

const { MessageQueue } = withWatchedAddon(
  (addon) => {
    const slot = (): number => addon.registers[addon.layout().registers.indexOf('slot')] as number;
    return {
      keepTaken: () => (failing.has('keepTaken') ? ENOMEM : addon.keepTaken()),
      holdTaken: () => {
        const taken = failing.has('holdTaken') ? ENOMEM : addon.holdTaken();
        if (taken >= 0) held.add(taken);
        return taken;
      },
      dropHeld: () => {
        held.delete(slot());
        return addon.dropHeld();
      },
      keepHeld: () => {
        held.delete(slot());
        return addon.keepHeld();
      },
    };
  },
  () => {
    const loaded = require('../../lib/index') as typeof library;
    // Streams are loaded by the first one, which has to be in this copy.
    using queue = loaded.MessageQueue.createPrivate({ autoRemove: true });
    queue.readable().destroy();
    return loaded;
  },
);

function queueWith(...texts: string[]): library.MessageQueue {
  const queue = MessageQueue.createPrivate();
  removeAfterTest(queue.id);
  for (const text of texts) queue.trySend(text, { type: 5 });
  return queue;
}

/** A stream that has announced its first message, which nobody has read. */
async function announcing(queue: library.MessageQueue): Promise<Readable> {
  const stream = queue.readable();
  await once(stream, 'readable');
  return stream;
}

beforeEach(() => failing.clear());
afterEach(() => expect([...held]).toEqual([]));

it('a message that was read is no longer held, and one that was not is kept', async () => {
  const queue = queueWith('first', 'second');
  const streams = [await announcing(queue), await announcing(queue)];
  expect(held.size).toBe(2);
  expect(streams[0]?.read().data.toString()).toBe('first');
  for (const stream of streams) stream.destroy();
  expect(queue.tryReceive()?.data.toString()).toBe('second');
  expect(queue.tryReceive()).toBeUndefined();
});

it('a message that the addon has no memory to hold is read anyway', async () => {
  failing.add('holdTaken');
  const stream = await announcing(queueWith('announced'));
  expect(stream.read().data.toString()).toBe('announced');
  stream.destroy();
});

it('a message that the addon has no memory to hold is kept when its stream is destroyed', async () => {
  failing.add('holdTaken');
  const queue = queueWith('announced');
  (await announcing(queue)).destroy();
  expect(queue.tryReceive()).toMatchObject({ type: 5, data: Buffer.from('announced') });
});

it('a message that the addon has no memory for at all is in a warning', async () => {
  failing.add('holdTaken').add('keepTaken');
  const queue = queueWith('announced');
  const stream = await announcing(queue);
  const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
  stream.destroy();
  const warnings = warn.mock.calls.map(([warning]) => warning as Error & Record<'code' | 'detail', string>);
  warn.mockRestore();
  expect(warnings).toMatchObject([{ code: 'SYSVMQ_UNDELIVERED', cause: { code: 'ENOMEM', queueId: queue.id } }]);
  const base64 = Buffer.from('announced').toString('base64');
  expect(JSON.parse(warnings[0]?.detail ?? '')).toEqual({ type: '5', base64 });
});

it('any number of handles and streams makes one listener for the end of the process', async () => {
  const queue = queueWith('announced');
  const before = process.listenerCount('exit');
  for (let round = 0; round < 3; round++) {
    MessageQueue.attach(queue.id).close();
    (await announcing(queue)).destroy();
  }
  expect(process.listenerCount('exit')).toBe(before);
});
