/** NODE_DEBUG=sysvmq says what waits, and nothing else does. */

import { spawnSync } from 'node:child_process';
import { format } from 'node:util';
import type * as library from '../../lib/index';
import { newQueueId } from '../support/queues';
import { rejectionOf } from '../support/rejection';
import { itSlow } from '../support/slow';

const program = `
  const { MessageQueue } = require(process.env.SYSVMQ_TEST_PACKAGE);
  const queue = MessageQueue.createPrivate({ autoRemove: true, spin: 0, maxBytes: 1 });
  (async () => {
    const received = queue.receive();
    setTimeout(() => queue.trySend('1'), 20);
    await received;
    queue.trySend('1');
    const sent = queue.send('2');
    setTimeout(() => queue.tryReceive(), 20);
    await sent;
    await queue.receive({ type: 9, timeout: 1 }).catch(() => undefined);
    let begun = 0;
    const work = () => {
      begun += 1;
      if (begun === 1) throw new Error('on purpose');
      if (begun === 2) setTimeout(() => queue.trySend('3'), 20);
      if (begun === 3) consumer.close();
    };
    const consumer = queue.consume(work, { name: 'invoices', retryDelay: 1 });
    await consumer.finished;
    queue.close();
  })();`;

const stderrOf = (env: NodeJS.ProcessEnv): string =>
  spawnSync(process.execPath, ['-e', program], {
    env: { ...process.env, SYSVMQ_TEST_PACKAGE: `${__dirname}/../..`, ...env },
    encoding: 'utf8',
  }).stderr;

itSlow('NODE_DEBUG=sysvmq says what waits, parks, wakes and ends', () => {
  const said = stderrOf({ NODE_DEBUG: 'sysvmq' });
  expect(said).toMatch(/^SYSVMQ \d+: queue \d+: a receive of any type waits$/m);
  expect(said).toMatch(/the wait for any type parks: a thread waits$/m);
  expect(said).toMatch(/the wait for any type wakes \(E2BIG\)$/m);
  expect(said).toMatch(/a send waits for room; 1 in line$/m);
  expect(said).toMatch(/a send was sent; 1 in line$/m);
  expect(said).toMatch(/queue \d+: the consumer invoices waits$/m);
  expect(said).toMatch(/queue \d+: the consumer invoices wakes \(E2BIG\)$/m);
  expect(said).toMatch(/a consumer emits retry: attempt 1, on purpose$/m);
  expect(said).toMatch(/a receive ends: msgrcv on queue \d+ /m);
});

it('without NODE_DEBUG nothing is printed', () => {
  expect(stderrOf({ NODE_DEBUG: '' })).toBe('');
});

it('each step of a wait is said with the queue and what it waits for', async () => {
  const said: string[] = [];
  let loaded: typeof library | undefined;
  jest.isolateModules(() => {
    const debug = (text: string, ...values: unknown[]): unknown => said.push(format(text, ...values));
    jest.doMock('../../lib/core/debug', () => ({ isDebugging: true, debug }));
    loaded = require('../../lib/index') as typeof library;
    jest.dontMock('../../lib/core/debug');
  });
  const queue = (loaded as typeof library).MessageQueue.attach(newQueueId(), { spin: 0 });
  const received = queue.receive({ type: 7 });
  queue.trySend('x', { type: 7 });
  await received;
  expect(await rejectionOf(queue.receive({ except: 3, timeout: 1 }))).toMatchObject({ code: 'ETIMEDOUT' });
  const name = `queue ${queue.id}`;
  expect(said).toEqual([
    `${name}: a receive of type 7 waits`,
    `${name}: the wait for type 7 parks: a thread waits`,
    `${name}: the wait for type 7 wakes (E2BIG)`,
    `${name}: a receive of any type but 3 waits`,
    `${name}: the wait for any type but 3 parks: a thread waits`,
    expect.stringMatching(new RegExp(`^${name}: a receive ends: msgrcv on queue `)),
  ]);
});
