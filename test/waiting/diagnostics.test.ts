/** What is published over node:diagnostics_channel. */

import { channel, subscribe, unsubscribe } from 'node:diagnostics_channel';
import { codecs, IPC_NOWAIT, MSG_COPY, msgrcv, msgsnd, type WaitEvent } from '../../lib/index';
import { inChild } from '../support/child';
import { checkpointRestore } from '../support/kernel-features';
import { itNeeds } from '../support/needs';
import { fullQueue, newQueue } from '../support/queues';
import { rejectionOf } from '../support/rejection';
import { itSlow } from '../support/slow';
import { untilWaiting } from '../support/waiting-threads';

const CHANNELS = ['sysvmq:send', 'sysvmq:receive', 'sysvmq:wait:start', 'sysvmq:wait:end', 'sysvmq:error'];
const ends: (() => void)[] = [];

afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** Everything that is published on a channel from now on, in order. */
function eventsOf<Event = unknown>(channel: string): Event[] {
  const events: Event[] = [];
  const listen = (event: unknown): void => {
    events.push(event as Event);
  };
  subscribe(channel, listen);
  ends.push(() => unsubscribe(channel, listen));
  return events;
}

/** Events are published in a microtask. */
const told = (): Promise<void> => new Promise(setImmediate);

describe('sysvmq:send', () => {
  it('is published for every message that gets into a queue, whichever call sends it', async () => {
    const queue = newQueue();
    const { id } = queue;
    const events = eventsOf('sysvmq:send');
    queue.trySend('a');
    queue.sendSync('bb', { type: 2 });
    await queue.send('ccc', { type: 2n ** 62n });
    queue.trySendMany([{ data: 'dddd' }, { data: Buffer.alloc(8000), type: 5 }]);
    await queue.sendMany([{ data: '' }]);
    msgsnd(id, { mtype: 6, mtext: 'é' }, IPC_NOWAIT);
    await told();
    expect(events).toEqual([
      { queueId: id, messageType: 1, bytes: 1 },
      { queueId: id, messageType: 2, bytes: 2 },
      { queueId: id, messageType: 2n ** 62n, bytes: 3 },
      { queueId: id, messageType: 1, bytes: 4 },
      { queueId: id, messageType: 5, bytes: 8000 },
      { queueId: id, messageType: 1, bytes: 0 },
      { queueId: id, messageType: 6, bytes: 2 },
    ]);
  });

  it('is published once for each message that waited, when it is in', async () => {
    const queue = fullQueue(10);
    const events = eventsOf('sysvmq:send');
    const sends = [queue.send('12345'), queue.sendMany([{ data: '67890' }, { data: 'x', type: 3 }])];
    await untilWaiting('sysvmq-send', 1);
    expect(events).toEqual([]);
    queue.tryReceive();
    await sends[0];
    queue.receiveSync();
    queue.sendSync('last', { type: 4 });
    await Promise.all(sends);
    await told();
    expect(events).toEqual([
      { queueId: queue.id, messageType: 1, bytes: 5 },
      { queueId: queue.id, messageType: 1, bytes: 5 },
      { queueId: queue.id, messageType: 3, bytes: 1 },
      { queueId: queue.id, messageType: 4, bytes: 4 },
    ]);
  });

  it('is not published for a message that is not sent', async () => {
    const queue = fullQueue();
    const events = eventsOf('sysvmq:send');
    expect(queue.trySend('x')).toBe(false);
    expect(queue.trySendMany([{ data: 'x' }])).toBe(0);
    await rejectionOf(queue.send('x', { timeout: 1 }));
    expect(() => queue.sendSync(Buffer.alloc(9000))).toThrow();
    await told();
    expect(events).toEqual([]);
  });
});

describe('sysvmq:receive', () => {
  it('is published for every message that is taken, whichever call takes it', async () => {
    const queue = newQueue();
    const { id } = queue;
    const events = eventsOf('sysvmq:receive');
    queue.trySendMany(['a', 'bb', 'ccc', 'dddd', 'eeeee', 'ffffff'].map((data, type) => ({ data, type: type + 1 })));
    queue.tryReceive({ type: 1 });
    queue.receiveSync();
    await queue.receive();
    queue.tryReceiveMany({ max: 1 });
    await queue.receive({ maxLength: 2, truncate: true });
    msgrcv(id);
    const waits = queue.receive();
    queue.trySend('', { type: 2n ** 62n });
    await waits;
    await told();
    expect(events).toEqual([
      { queueId: id, messageType: 1, bytes: 1 },
      { queueId: id, messageType: 2, bytes: 2 },
      { queueId: id, messageType: 3, bytes: 3 },
      { queueId: id, messageType: 4, bytes: 4 },
      { queueId: id, messageType: 5, bytes: 2 },
      { queueId: id, messageType: 6, bytes: 6 },
      { queueId: id, messageType: 2n ** 62n, bytes: 0 },
    ]);
  });

  it('is published for a message that does not decode, because it was taken', async () => {
    const queue = newQueue({ codec: codecs.json() });
    msgsnd(queue.id, { mtype: 1, mtext: '{' });
    const events = eventsOf('sysvmq:receive');
    expect(() => queue.tryReceive()).toThrow();
    await told();
    expect(events).toEqual([{ queueId: queue.id, messageType: 1, bytes: 1 }]);
  });

  itNeeds(checkpointRestore, 'is not published for a message that is only peeked at', async () => {
    const queue = newQueue();
    queue.trySend('x');
    const events = eventsOf('sysvmq:receive');
    queue.peek();
    msgrcv(queue.id, 10, 0, MSG_COPY | IPC_NOWAIT);
    await told();
    expect(events).toEqual([]);
  });
});

describe('sysvmq:wait:start and sysvmq:wait:end', () => {
  it('are published for a receive that waits, with one object and the time it took', async () => {
    const queue = newQueue();
    const starts = eventsOf<WaitEvent>('sysvmq:wait:start');
    const endings = eventsOf<WaitEvent>('sysvmq:wait:end');
    const beganAt = performance.now();
    const received = queue.receive();
    await told();
    expect(starts).toEqual([{ queueId: queue.id, operation: 'receive' }]);
    expect(endings).toEqual([]);
    queue.trySend('x');
    await received;
    await told();
    expect(endings).toHaveLength(1);
    expect(endings[0]).toBe(starts[0]);
    expect(endings[0]?.duration).toBeGreaterThan(0);
    expect(endings[0]?.duration).toBeLessThan(performance.now() - beganAt);
  });

  it('are published for a send that waits', async () => {
    const queue = fullQueue();
    const starts = eventsOf<WaitEvent>('sysvmq:wait:start');
    const sent = queue.send('x');
    queue.tryReceive();
    await sent;
    await told();
    expect(starts).toHaveLength(1);
    expect(starts[0]).toMatchObject({ queueId: queue.id, operation: 'send' });
  });

  it('are published for a canceled wait', async () => {
    const empty = newQueue();
    const full = fullQueue();
    const starts = eventsOf<WaitEvent>('sysvmq:wait:start');
    const endings = eventsOf<WaitEvent>('sysvmq:wait:end');
    const waits = [empty.receive({ timeout: 1 }), full.send('x', { timeout: 1 }), empty.messages().next()];
    const settled = Promise.allSettled(waits);
    await rejectionOf(waits[1] as Promise<unknown>);
    empty.close();
    await settled;
    await told();
    expect(starts).toHaveLength(3);
    expect(new Set(endings)).toEqual(new Set(starts));
  });

  it('are not published for a call that need not wait', async () => {
    const queue = newQueue();
    const starts = eventsOf('sysvmq:wait:start');
    await queue.send('x');
    await queue.receive();
    await told();
    expect(starts).toEqual([]);
  });
});

describe('sysvmq:error', () => {
  it('is published with the error and all its properties', async () => {
    const queue = fullQueue();
    const events = eventsOf<{ error: Error }>('sysvmq:error');
    const thrown: unknown[] = [];
    for (const call of [
      () => queue.sendSync('x', { nowait: true }),
      () => queue.receiveSync({ type: 5, nowait: true }),
    ]) {
      try {
        call();
      } catch (error) {
        thrown.push(error);
      }
    }
    thrown.push(await rejectionOf(queue.sendMany([{ data: 'x' }], { timeout: 1 })));
    await told();
    expect(events.map(({ error }) => error)).toEqual(thrown);
    expect(thrown).toMatchObject([
      { name: 'QueueFullError', usedBytes: 10 },
      { name: 'NoMessageError', selector: 'type 5' },
      { name: 'TimeoutError', sent: 0 },
    ]);
  });
});

describe('a subscriber', () => {
  it('may make calls of its own, on the same queue, in the middle of everything', async () => {
    const queue = newQueue({ codec: codecs.utf8, maxBytes: 20 });
    const seen: string[] = [];
    for (const channel of CHANNELS) {
      const listen = (): void => {
        if (seen.length > 40) return;
        seen.push(channel);
        queue.trySend('own', { type: 9 });
        queue.tryReceive({ type: 9 });
        queue.peek(7);
      };
      subscribe(channel, listen);
      ends.push(() => unsubscribe(channel, listen));
    }
    const sends = Array.from({ length: 10 }, (_, index) => queue.send(`message ${index}`));
    const texts: string[] = [];
    while (texts.length < 10) texts.push((await queue.receive({ type: 1 })).data);
    await Promise.all(sends);
    expect(texts).toEqual(Array.from({ length: 10 }, (_, index) => `message ${index}`));
    expect(new Set(seen).size).toBeGreaterThanOrEqual(4);
    while (queue.tryReceive() !== undefined);
  });

  itSlow('that throws makes an uncaught exception, and harms no call and no message', async () => {
    const outcome = await inChild(async ({ sysvmq, require }, channels) => {
      const { subscribe: listenTo } = require('node:diagnostics_channel') as typeof import('node:diagnostics_channel');
      const uncaught = new Set<string>();
      process.on('uncaughtException', (error) => uncaught.add(error.message));
      for (const channel of channels) {
        listenTo(channel, () => {
          throw new Error(channel);
        });
      }
      const queue = sysvmq.MessageQueue.createPrivate({ codec: sysvmq.codecs.utf8, maxBytes: 20, autoRemove: true });
      const sends = Array.from({ length: 10 }, (_, index) => queue.send(`message ${index}`));
      const texts: string[] = [];
      while (texts.length < 10) texts.push((await queue.receive()).data);
      await Promise.all(sends);
      const waits = queue.receive();
      queue.trySend('one more');
      texts.push((await waits).data);
      const code = await queue.receive({ timeout: 1 }).catch((error) => error.code);
      await new Promise(setImmediate);
      queue.close();
      return { texts, code, uncaught: [...uncaught].sort() };
    }, CHANNELS);
    expect(outcome).toEqual({
      texts: [...Array.from({ length: 10 }, (_, index) => `message ${index}`), 'one more'],
      code: 'ETIMEDOUT',
      uncaught: [...CHANNELS].sort(),
    });
  });

  it('that has left receives nothing, and no event is made for it', async () => {
    const queue = newQueue();
    const published = jest.spyOn(channel('sysvmq:send'), 'publish');
    const events = eventsOf('sysvmq:send');
    queue.trySend('x');
    for (const end of ends.splice(0)) end();
    queue.trySend('x');
    queue.tryReceive();
    await told();
    expect(published).toHaveBeenCalledTimes(1);
    expect(events).toEqual([]);
    published.mockRestore();
  });
});
