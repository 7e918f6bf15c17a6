/** How many sends wait, and how many may. */

import { QueueFullError } from '../../lib/index';
import { fullQueue, newQueue } from '../support/queues';
import { rejectionOf } from '../support/rejection';

it('pendingSends counts the messages that wait for room', async () => {
  const queue = newQueue({ maxBytes: 1 });
  expect(queue.pendingSends).toBe(0);
  await queue.send('1');
  expect(queue.pendingSends).toBe(0);
  const sends = [queue.send('2'), queue.sendMany([{ data: '3' }, { data: '4' }])];
  expect(queue.pendingSends).toBe(3);
  expect(queue.tryReceive()?.data.toString()).toBe('1');
  await sends[0];
  expect(queue.pendingSends).toBe(2);
  for (let i = 0; i < 3; i++) await queue.receive();
  await Promise.all(sends);
  expect(queue.pendingSends).toBe(0);
});

it('pendingSends no longer counts a canceled send', async () => {
  const queue = fullQueue();
  const aborting = new AbortController();
  const { signal } = aborting;
  const sends = [queue.send('x', { signal }), queue.sendMany([{ data: 'y' }, { data: 'z' }], { signal })];
  expect(queue.pendingSends).toBe(3);
  aborting.abort();
  for (const send of sends) expect(await rejectionOf(send)).toMatchObject({ code: 'ABORT_ERR' });
  expect(queue.pendingSends).toBe(0);
  const late = queue.send('x');
  queue.close();
  await rejectionOf(late);
  expect(queue.pendingSends).toBe(0);
});

it('maxPendingSends refuses those beyond it, and those before go on', async () => {
  const queue = newQueue({ maxBytes: 1, maxPendingSends: 2 });
  await queue.send('1');
  const waiting = [queue.send('2'), queue.send('3')];
  const error = await rejectionOf(queue.send('4', { type: 6 }));
  expect(error).toBeInstanceOf(QueueFullError);
  expect(error).toMatchObject({
    code: 'EAGAIN',
    syscall: 'msgsnd',
    queueId: queue.id,
    key: queue.key,
    messageType: 6,
    limit: 'maxPendingSends',
    limitValue: 2,
    messageCount: 1,
    usedBytes: 1,
  });
  expect(error.message).toMatch(/2 messages wait for room already: the handle's maxPendingSends is 2\. /);
  for (const text of ['1', '2', '3']) expect((await queue.receive()).data.toString()).toBe(text);
  await Promise.all(waiting);
  await queue.send('5');
});

it('maxPendingSends counts the messages of sendMany that have to wait', async () => {
  const queue = newQueue({ maxBytes: 2, maxPendingSends: 1 });
  const error = await rejectionOf(queue.sendMany(['1', '2', '3', '4'].map((data) => ({ data }))));
  expect(error).toMatchObject({ name: 'QueueFullError', limit: 'maxPendingSends', sent: 2 });
  expect(error.message).toContain('2 of 4 messages were sent.');
  expect(queue.stat().messageCount).toBe(2);
});

it('maxPendingSends: 0 never waits', async () => {
  const queue = newQueue({ maxBytes: 1, maxPendingSends: 0 });
  await queue.send('1');
  expect(await rejectionOf(queue.send('2'))).toBeInstanceOf(QueueFullError);
});
