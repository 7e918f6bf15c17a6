/** More receives and sends than one turn of the event loop takes: the rest see what has happened by the next turn. */

import { codecs, MessageQueue } from '../../lib/index';
import { newQueue } from '../support/queues';
import { itSlow } from '../support/slow';

// Bytes of their numbers, in a queue of the usual size; and so many that a turn is not long enough.
const COUNT = 3000;

function queueWith(count: number): MessageQueue<string> {
  const queue = newQueue({ codec: codecs.utf8 });
  queue.trySendMany(Array.from({ length: count }, (_, index) => ({ data: String(index) })));
  return queue;
}

/** How many were fulfilled, and the codes of the others, each once. */
function outcomes(settled: PromiseSettledResult<unknown>[]): { fulfilled: number; codes: unknown[] } {
  const rejected = settled.filter((one) => one.status === 'rejected');
  const codes = [...new Set(rejected.map(({ reason }) => reason.code))];
  return { fulfilled: settled.length - rejected.length, codes };
}

itSlow('receives with nowait take the messages that are there, in order, and the others reject', async () => {
  const queue = queueWith(COUNT);
  const receives = Array.from({ length: COUNT + 50 }, () => queue.receive({ nowait: true }));
  const settled = await Promise.allSettled(receives);
  expect(outcomes(settled)).toEqual({ fulfilled: COUNT, codes: ['ENOMSG'] });
  const data = settled.map((one) => (one.status === 'fulfilled' ? Number(one.value.data) : COUNT));
  expect(data).toEqual([...data].sort((one, other) => one - other));
});

itSlow('receives whose signal is aborted meanwhile take nothing', async () => {
  const queue = queueWith(COUNT);
  const controller = new AbortController();
  const receives = Array.from({ length: COUNT }, () => queue.receive({ signal: controller.signal }));
  controller.abort();
  const { fulfilled, codes } = outcomes(await Promise.allSettled(receives));
  expect(codes).toEqual(['ABORT_ERR']);
  expect(queue.stat().messageCount).toBe(COUNT - fulfilled);
});

itSlow('receives whose handle is closed meanwhile take nothing', async () => {
  const queue = queueWith(COUNT);
  const other = MessageQueue.attach(queue.id);
  const receives = Array.from({ length: COUNT }, () => queue.receive());
  queue.close();
  const { fulfilled, codes } = outcomes(await Promise.allSettled(receives));
  expect(codes).toEqual(['ERR_QUEUE_CLOSED']);
  expect(other.stat().messageCount).toBe(COUNT - fulfilled);
});

it('sends have sent when they return, though the handle is closed before they are fulfilled', async () => {
  const queue = newQueue({ codec: codecs.utf8 });
  const other = MessageQueue.attach(queue.id);
  const sends = Array.from({ length: COUNT }, () => queue.send('x'));
  expect(other.stat().messageCount).toBe(COUNT);
  queue.close();
  expect(outcomes(await Promise.allSettled(sends))).toEqual({ fulfilled: COUNT, codes: [] });
});

it('the next turn takes as many again at once', async () => {
  const queue = queueWith(COUNT);
  await Promise.all(Array.from({ length: COUNT / 2 }, () => queue.receive()));
  await new Promise(setImmediate);
  let turned = false;
  setImmediate(() => {
    turned = true;
  });
  await queue.receive();
  expect(turned).toBe(false);
});
