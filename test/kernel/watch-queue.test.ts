import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { listQueues, type MessageQueue, type QueueSample, watchQueue } from '../../lib/index';
import { inChild, nobody, startChild, until } from '../support/child';
import { itNeeds, otherUsers } from '../support/needs';
import { newQueue } from '../support/queues';
import { itSlow, slow } from '../support/slow';

const quick = { interval: 5 };

async function nextOf(samples: AsyncIterator<QueueSample>): Promise<QueueSample> {
  const { value } = await samples.next();
  return value;
}

it('watchQueue gives the first sample at once: depth, bytes, fill, and no rate', async () => {
  const queue = newQueue({ maxBytes: 100 });
  queue.trySend(Buffer.alloc(30));
  queue.trySend(Buffer.alloc(10));
  const sample = await nextOf(watchQueue(queue, { interval: 0x7fffffff }));
  expect(sample).toEqual({
    at: expect.any(Date),
    status: queue.stat(),
    messages: 2,
    bytes: 40,
    fill: 0.4,
    messagesPerSecond: 0,
    bytesPerSecond: 0,
  });
});

it('watchQueue says how fast the queue grows and shrinks', async () => {
  const queue = newQueue();
  const samples = watchQueue(queue, quick);
  const first = await nextOf(samples);
  queue.trySendMany([{ data: 'ten bytes!' }, { data: 'ten bytes!' }]);
  const second = await nextOf(samples);
  queue.tryReceive();
  const third = await nextOf(samples);
  const seconds = (one: QueueSample, other: QueueSample): number => (other.at.getTime() - one.at.getTime()) / 1000;
  expect(second.messagesPerSecond).toBeCloseTo(2 / seconds(first, second));
  expect(second.bytesPerSecond).toBeCloseTo(20 / seconds(first, second));
  expect(third.messagesPerSecond).toBeCloseTo(-1 / seconds(second, third));
});

itSlow('watchQueue sees what another process does', async () => {
  const queue = newQueue();
  const child = startChild(({ sysvmq }, id) => sysvmq.MessageQueue.attach(id).sendSync('hello'), queue.id);
  for await (const { messages, status } of watchQueue(queue, quick)) {
    if (messages === 0) continue;
    expect(status.lastSenderPid).toBe(child.pid);
    break;
  }
});

it.each([
  ['by its messages when they are many and small', { maxBytes: 10 }, ['', '', '', 'a', ''], 0.5],
  ['by its bytes', { maxBytes: 10 }, ['nine bytes'.slice(1)], 0.9],
])('watchQueue counts how full a queue is %s', async (_how, options, payloads, fill) => {
  const queue = newQueue(options);
  for (const payload of payloads) queue.trySend(payload);
  expect((await nextOf(watchQueue(queue))).fill).toBe(fill);
});

it('watchQueue counts a paused queue as full', async () => {
  const queue = newQueue({ maxBytes: 0 });
  expect((await nextOf(watchQueue(queue))).fill).toBe(1);
});

it('watchQueue makes samples when they are asked for: a slow reader gets what is, not what was', async () => {
  const queue = newQueue();
  const samples = watchQueue(queue, quick);
  await samples.next();
  const late = Date.now() + 50;
  await until('some intervals have passed', () => Date.now() > late);
  queue.trySend('later');
  expect(await nextOf(samples)).toMatchObject({ messages: 1 });
});

it('watchQueue answers calls of next() one after the other', async () => {
  const samples = watchQueue(newQueue(), quick);
  const moments = (await Promise.all([nextOf(samples), nextOf(samples), nextOf(samples)])).map(({ at }) =>
    at.getTime(),
  );
  expect(moments).toEqual([...moments].sort((one, other) => one - other));
  expect((moments[2] as number) - (moments[0] as number)).toBeGreaterThanOrEqual(8);
});

describe('watchQueue ends', () => {
  const long = { interval: 600_000 };

  it('when the handle is closed', async () => {
    const queue = newQueue();
    const samples = watchQueue(queue, long);
    await samples.next();
    const next = samples.next();
    queue.close();
    expect(await next).toEqual({ done: true, value: undefined });
    expect(await samples.next()).toEqual({ done: true, value: undefined });
  });

  it('when the handle is closed, or the signal aborted, while a sample is waited for', async () => {
    const queue = newQueue();
    const controller = new AbortController();
    const waits = [watchQueue(queue, long), watchQueue(newQueue(), { ...long, signal: controller.signal })];
    await Promise.all(waits.map((samples) => samples.next()));
    const ends = waits.map((samples) => samples.next());
    await new Promise(setImmediate);
    queue.close();
    controller.abort();
    expect(await ends[0]).toEqual({ done: true, value: undefined });
    await expect(ends[1]).rejects.toMatchObject({ code: 'ABORT_ERR' });
  });

  it('on return(), also while a sample is waited for', async () => {
    const samples = watchQueue(newQueue(), long);
    await samples.next();
    const next = samples.next();
    expect(await samples.return?.()).toEqual({ done: true, value: undefined });
    expect(await next).toEqual({ done: true, value: undefined });
  });

  it('with an AbortError when the signal is aborted', async () => {
    const controller = new AbortController();
    const samples = watchQueue(newQueue(), { ...long, signal: controller.signal });
    await samples.next();
    const next = samples.next();
    controller.abort(new Error('enough'));
    await expect(next).rejects.toMatchObject({ name: 'AbortError', code: 'ABORT_ERR', syscall: 'msgctl' });
    expect(await samples.next()).toEqual({ done: true, value: undefined });
  });

  it('with a QueueRemovedError when the queue is removed', async () => {
    const queue = newQueue();
    const samples = watchQueue(queue, quick);
    await samples.next();
    queue.remove();
    await expect(samples.next()).rejects.toMatchObject({ name: 'QueueRemovedError', queueId: queue.id });
    expect(await samples.next()).toEqual({ done: true, value: undefined });
  });
});

itSlow.each([
  ['stays alive for the next sample', '', 20, 'onetwo'],
  ['ends when the queue does not keep it', '.unref()', 3_600_000, 'one'],
])('the process %s', (_what, unref, interval, said) => {
  const code = `
    const { MessageQueue, watchQueue } = require(process.argv[1]);
    const queue = MessageQueue.createPrivate({ autoRemove: true })${unref};
    (async () => {
      const samples = watchQueue(queue, { interval: ${interval} });
      await samples.next();
      process.exitCode = 1;
      process.stdout.write('one');
      await samples.next();
      process.stdout.write('two');
    })();`;
  const { stdout } = spawnSync(process.execPath, ['-e', code, join(__dirname, '..', '..')], { encoding: 'utf8' });
  expect(stdout).toBe(said);
  expect(listQueues()).toEqual([]);
});

itNeeds(slow(otherUsers), 'needs read permission', async () => {
  const queue = newQueue({ mode: 0o600 });
  const failure = await inChild(
    async ({ sysvmq }, id) => {
      const queue_ = sysvmq.MessageQueue.attach(id);
      return sysvmq
        .watchQueue(queue_)
        .next()
        .catch(({ name, code }: NodeJS.ErrnoException) => ({ name, code }));
    },
    queue.id,
    { user: nobody },
  );
  expect(failure).toEqual({ name: 'QueueAccessError', code: 'EACCES' });
});

it.each([
  [{ interval: 0 }, 'ERR_OUT_OF_RANGE'],
  [{ interval: 2 ** 31 }, 'ERR_OUT_OF_RANGE'],
  [{ interval: '1s' }, 'ERR_INVALID_ARG_TYPE'],
  [{ signal: {} }, 'ERR_INVALID_ARG_TYPE'],
  [null, 'ERR_INVALID_ARG_TYPE'],
])('watchQueue refuses the options %j', (options, code) => {
  const queue = newQueue();
  expect(() => watchQueue(queue, options as never)).toThrow(expect.objectContaining({ code }));
});

it.each([[undefined], [5], [{ id: 5 }]])('watchQueue refuses %j for a queue', (queue) => {
  expect(() => watchQueue(queue as unknown as MessageQueue)).toThrow(
    expect.objectContaining({ code: 'ERR_INVALID_ARG_TYPE' }),
  );
});

it('watchQueue refuses a closed handle', () => {
  const queue = newQueue();
  queue.close();
  expect(() => watchQueue(queue)).toThrow(expect.objectContaining({ code: 'ERR_QUEUE_CLOSED' }));
});
