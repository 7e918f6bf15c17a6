/** Messages that were taken and whose reader is gone: which reader gets them, and how the rest is reported. */

import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { codecs, MessageQueue } from '../../lib/index';
import { type ChildContext, inChild, nobody, startChild, until } from '../support/child';
import { itNeeds, otherUsers, withinMilliseconds } from '../support/needs';
import { newQueue } from '../support/queues';
import { itSlow, slow } from '../support/slow';
import { newReadable } from '../support/streams';

/** Has streams announce these messages, one each, and destroys the streams before they are read. */
async function announced(queue: MessageQueue<string>, texts: string[]): Promise<void> {
  const streams: Readable[] = [];
  for (const text of texts) {
    queue.trySend(text, { type: 5 });
    const stream = newReadable(queue);
    await once(stream, 'readable');
    streams.push(stream);
  }
  for (const stream of streams) stream.destroy();
}

const receives: [string, (queue: MessageQueue<string>) => unknown][] = [
  ['tryReceive', (queue) => queue.tryReceive()?.data],
  ['receiveSync', (queue) => queue.receiveSync({ timeout: 5000 }).data],
  ['receive', async (queue) => (await queue.receive({ timeout: 5000 })).data],
  ['receive with nowait', async (queue) => (await queue.receive({ nowait: true })).data],
  ['tryReceiveMany', (queue) => queue.tryReceiveMany({ max: 1 })[0]?.data],
  ['receiveMany', async (queue) => (await queue.receiveMany({ max: 1, timeout: 5000 }))[0]?.data],
  [
    'a loop',
    async (queue) => {
      for await (const { data } of queue) return data;
      return undefined;
    },
  ],
  [
    'a stream',
    async (queue) => {
      for await (const { data } of queue.readable()) return data;
      return undefined;
    },
  ],
];

describe.each(receives)('%s', (_, receive) => {
  itNeeds(
    withinMilliseconds,
    'takes what a destroyed stream had announced before what is in the queue, in order',
    async () => {
      const queue = newQueue({ codec: codecs.utf8 });
      await announced(queue, ['first', 'second']);
      queue.trySend('in the queue', { type: 5 });
      expect(await receive(queue)).toBe('first');
      // On another handle, too.
      const other = MessageQueue.attach(queue.id, { codec: codecs.utf8 });
      expect(await receive(other)).toBe('second');
      expect(await receive(queue)).toBe('in the queue');
    },
  );
});

it('a receive whose selector does not match leaves it to the next', async () => {
  const queue = newQueue({ codec: codecs.utf8 });
  await announced(queue, ['of type 5']);
  expect(queue.tryReceive({ type: 4 })).toBeUndefined();
  expect(queue.tryReceive({ except: 5 })).toBeUndefined();
  expect(queue.tryReceive({ upTo: 4 })).toBeUndefined();
  expect(queue.tryReceive({ upTo: 6 })?.data).toBe('of type 5');
});

it('a receive that waits gets what another stream had announced', async () => {
  const queue = newQueue({ codec: codecs.utf8, spin: 0 });
  queue.trySend('announced', { type: 5 });
  const stream = newReadable(queue);
  await once(stream, 'readable');
  while (queue.trySend('full', { type: 6 }));
  const received = queue.receive({ type: 5, timeout: 5000 });
  stream.destroy();
  expect((await received).data).toBe('announced');
});

itSlow('a receive of another thread gets it', async () => {
  const queue = newQueue({ codec: codecs.utf8, spin: 0 });
  const got = await inChild(async ({ require, sysvmq }: ChildContext, id: number) => {
    const { Worker } = require('node:worker_threads') as typeof import('node:worker_threads');
    const queue = sysvmq.MessageQueue.attach(id, { codec: sysvmq.codecs.utf8 });
    queue.trySend('announced', { type: 5 });
    const stream = queue.readable();
    await new Promise<void>((resolve) => stream.once('readable', () => resolve()));
    while (queue.trySend('full', { type: 6 }));
    const worker = new Worker(
      `const { parentPort, workerData } = require('node:worker_threads');
         const { MessageQueue, codecs } = require(process.env.SYSVMQ_TEST_PACKAGE);
         const queue = MessageQueue.attach(workerData, { codec: codecs.utf8, spin: 0 });
         queue.receive({ type: 5, timeout: 10000 }).then((m) => parentPort.postMessage(m.data));
         parentPort.postMessage('waits');`,
      { eval: true, workerData: id },
    );
    const said = (): Promise<unknown> => new Promise((resolve) => worker.once('message', resolve));
    await said();
    const got = said();
    stream.destroy();
    return got;
  }, queue.id);
  expect(got).toBe('announced');
});

it('a message longer than the arena is received as it was', async () => {
  const queue = newQueue({ maxBytes: 16_384 });
  const data = Buffer.alloc(8000, 'x');
  for (let round = 0; round < 20; round++) {
    queue.trySend(data);
    const stream = newReadable(queue);
    await once(stream, 'readable');
    stream.destroy();
    expect(queue.tryReceive()?.data.equals(data)).toBe(true);
  }
});

it('a message that this process does not receive is soon back in the queue, for other processes', async () => {
  const queue = newQueue({ codec: codecs.utf8 });
  await announced(queue, ['first', 'second']);
  await until('they are in the queue', () => queue.stat().messageCount === 2);
  expect(queue.tryReceiveMany().map(({ data }) => data)).toEqual(['first', 'second']);
});

it('a message of a queue that is removed is gone with it', async () => {
  const queue = newQueue({ codec: codecs.utf8 });
  await announced(queue, ['announced']);
  queue.remove();
  expect(() => queue.tryReceive()).toThrow(expect.objectContaining({ name: 'QueueRemovedError' }));
});

type Ending = 'natural end' | 'process.exit' | 'uncaught exception' | 'terminate';

async function announceAndEnd({ require, sysvmq }: ChildContext, { id, ending }: { id: number; ending: Ending }) {
  const { Worker } = require('node:worker_threads') as typeof import('node:worker_threads');
  if (ending === 'terminate') {
    const worker = new Worker(
      `const { parentPort, workerData } = require('node:worker_threads');
       const stream = require(process.env.SYSVMQ_TEST_PACKAGE).MessageQueue.attach(workerData).readable();
       stream.on('readable', () => parentPort.postMessage('announced'));
       setInterval(() => {}, 1000);`,
      { eval: true, workerData: id },
    );
    await new Promise((resolve) => worker.once('message', resolve));
    await worker.terminate();
    return;
  }
  const queue = sysvmq.MessageQueue.attach(id);
  const stream = queue.readable();
  await new Promise<void>((resolve) => stream.once('readable', () => resolve()));
  queue.unref();
  if (ending === 'process.exit') process.exit(0);
  if (ending === 'uncaught exception') throw new Error('thrown on purpose');
}

itSlow.each<Ending>(['natural end', 'process.exit', 'uncaught exception', 'terminate'])(
  'a message that a stream has announced is in the queue after the end: %s',
  async (ending) => {
    const queue = newQueue({ codec: codecs.utf8 });
    queue.trySend('announced', { type: 2n ** 62n });
    const child = startChild(announceAndEnd, { id: queue.id, ending });
    await child.exited;
    expect(queue.tryReceive()).toMatchObject({ data: 'announced', typeBigInt: 2n ** 62n });
  },
);

describe('what cannot be given back at the end of the process', () => {
  async function endWithFullQueue({ require, sysvmq, say }: ChildContext, { id, inWorker }: Full): Promise<void> {
    const { subscribe } = require('node:diagnostics_channel') as typeof import('node:diagnostics_channel');
    const { writeSync } = require('node:fs') as typeof import('node:fs');
    const { Worker } = require('node:worker_threads') as typeof import('node:worker_threads');
    subscribe('sysvmq:undelivered', (event) => {
      const { queueId, messageType, data, error } = event as import('../../lib/index').UndeliveredEvent;
      writeSync(2, `published ${queueId} ${messageType} ${data} ${error.code}\n`);
    });
    process.on('warning', ({ code }: Error & { code?: string }) => writeSync(2, `warned ${code}\n`));
    const source = `const { parentPort, workerData } = require('node:worker_threads');
      const stream = require(process.env.SYSVMQ_TEST_PACKAGE).MessageQueue.attach(workerData).readable();
      stream.on('readable', () => parentPort.postMessage('announced'));
      setInterval(() => {}, 1000); // Until it is terminated.`;
    const worker = inWorker ? new Worker(source, { eval: true, workerData: id }) : undefined;
    if (worker !== undefined) await new Promise((resolve) => worker.once('message', resolve));
    const queue = sysvmq.MessageQueue.attach(id);
    if (!inWorker) {
      const stream = queue.readable();
      await new Promise<void>((resolve) => stream.once('readable', () => resolve()));
      setTimeout(() => stream.destroy(), 10);
      await new Promise((resolve) => stream.once('close', resolve));
    }
    while (queue.trySend('x'));
    await worker?.terminate();
    say('full');
    process.exit(0);
  }
  interface Full {
    id: number;
    inWorker: boolean;
  }

  itSlow.each([
    ['the main thread', false],
    ['a worker', true],
  ])('is reported with its bytes: taken by %s', async (_, inWorker) => {
    const queue = newQueue({ maxBytes: 20 });
    queue.trySend('PRECIOUS', { type: 7 });
    const child = startChild(endWithFullQueue, { id: queue.id, inWorker });
    await child.exited;
    const left = queue.tryReceiveMany().map(({ type, data }) => `${type} ${data}`);
    expect({ left, stderr: child.stderr }).toEqual({
      left: Array(20).fill('1 x'),
      stderr: expect.stringContaining('SYSVMQ_UNDELIVERED'),
    });
    expect(child.stderr).toContain('SYSVMQ_UNDELIVERED');
    expect(child.stderr).toContain(`"base64":"${Buffer.from('PRECIOUS').toString('base64')}"`);
    expect(child.stderr).toContain(`published ${queue.id} 7 PRECIOUS EAGAIN\n`);
    expect(child.stderr).toContain('warned SYSVMQ_UNDELIVERED\n');
  });

  itSlow('is written to stderr where the main thread does not know this package', async () => {
    const queue = newQueue({ maxBytes: 20 });
    queue.trySend('PRECIOUS', { type: 7 });
    const worker = `const { parentPort } = require('node:worker_threads');
      const queue = require(process.env.SYSVMQ_TEST_PACKAGE).MessageQueue.attach(${queue.id});
      queue.readable().on('readable', () => {
        while (queue.trySend('x'));
        parentPort.postMessage('full');
      });`;
    const main = `const { Worker } = require('node:worker_threads');
      new Worker(${JSON.stringify(worker)}, { eval: true }).once('message', () => process.exit(0));`;
    const env = { ...process.env, SYSVMQ_TEST_PACKAGE: join(__dirname, '..', '..') };
    const { stderr } = spawnSync(process.execPath, ['-e', main], { env, encoding: 'utf8' });
    expect(stderr).toMatch(new RegExp(`queue ${queue.id}, type 7, 8 bytes, .*: 50524543494f5553\n`));
  });

  itNeeds(slow(otherUsers), 'is reported where the process may not write, and received until then', async () => {
    const queue = newQueue({ mode: 0o644 });
    queue.trySend('PRECIOUS', { type: 7 });
    const child = startChild(
      async ({ sysvmq }: ChildContext, id: number) => {
        const queue = sysvmq.MessageQueue.attach(id);
        const announce = async (): Promise<void> => {
          const stream = queue.readable();
          await new Promise<void>((resolve) => stream.once('readable', () => resolve()));
          stream.destroy();
        };
        await announce();
        await new Promise((resolve) => setTimeout(resolve, 200));
        await announce();
        process.exit(0);
      },
      queue.id,
      { user: nobody },
    );
    await child.exited;
    expect(queue.stat().messageCount).toBe(0);
    expect(child.stderr.match(/SYSVMQ_UNDELIVERED/g)).toHaveLength(1);
    expect(child.stderr).toContain(`"base64":"${Buffer.from('PRECIOUS').toString('base64')}"`);
  });
});
