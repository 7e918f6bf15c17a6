/** NODE_DEBUG=sysvmq says what waits, and nothing else does. */

import { spawnSync } from 'node:child_process';
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
