/** What consume() refuses, and says. */

import { once } from 'node:events';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ConsumeOptions, MessageQueue } from '../../lib/index';
import { nobody, startChild } from '../support/child';
import { stateFolder } from '../support/consuming';
import { itNeeds, otherUsers } from '../support/needs';
import { newQueue } from '../support/queues';
import { slow } from '../support/slow';
import { removeTemporaryFolders, temporaryFolder } from '../support/temporary-folder';

afterEach(removeTemporaryFolders);

const refused = (options: ConsumeOptions): Record<string, unknown> => {
  const queue = newQueue();
  try {
    void queue.consume(() => undefined, options).close();
  } catch (error) {
    return error as Record<string, unknown>;
  }
  throw new Error('it was accepted');
};

it.each([
  [{ name: 'a/b' }, 'ERR_OUT_OF_RANGE'],
  [{ name: 'x'.repeat(300) }, 'ERR_OUT_OF_RANGE'],
  [{ name: '' }, 'ERR_OUT_OF_RANGE'],
  [{ attempts: 0 }, 'ERR_OUT_OF_RANGE'],
  [{ concurrency: 0 }, 'ERR_OUT_OF_RANGE'],
  [{ concurrency: 4, slots: 3 }, 'ERR_OUT_OF_RANGE'],
  [{ retryDelay: -1 }, 'ERR_OUT_OF_RANGE'],
  [{ deadLetter: 'letters' as never }, 'ERR_INVALID_ARG_TYPE'],
  [{ state: 'relative' }, 'ERR_OUT_OF_RANGE'],
  [{ atMostOnce: true, attempts: 2 }, 'ERR_OUT_OF_RANGE'],
  [{ attemps: 3 } as never, 'ERR_INVALID_ARG_VALUE'],
  [{ signal: AbortSignal.abort() }, 'ABORT_ERR'],
])('consume refuses the options %j', (options, code) => {
  expect(refused(options)).toMatchObject({ code });
});

it('consume refuses a handler that is no function, and its own queue as the dead-letter target', () => {
  const queue = newQueue();
  expect(() => queue.consume('handler' as never)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_ARG_TYPE' }));
  expect(() => queue.consume({ concurrency: 2 } as never, (() => undefined) as never)).toThrow(
    'The handler comes first: consume(handler, options).',
  );
  const same = MessageQueue.attach(queue.id);
  expect(() => queue.consume(() => undefined, { deadLetter: same })).toThrow('circulate forever');
  const byId = MessageQueue.createPrivate({ autoRemove: true });
  expect(() => byId.consume(() => undefined, { reopen: true })).toThrow(RangeError);
  byId.close();
});

it('an error about the queue of dead letters says so', async () => {
  const closed = newQueue();
  closed.close();
  const refusal = refused({ deadLetter: closed }) as unknown as Error;
  expect(refusal).toMatchObject({ name: 'QueueClosedError' });
  expect(refusal.message).toMatch(/^The dead letters have no queue: The handle of queue /);

  const queue = newQueue();
  const letters = newQueue({ maxBytes: 4 });
  queue.trySend('too long for it');
  const consumer = queue.consume(() => Promise.reject(new Error('fails')), {
    deadLetter: letters,
    attempts: 1,
    state: stateFolder(),
  });
  const [error] = await once(consumer, 'error');
  expect(error).toMatchObject({ name: 'MessageTooLargeError', code: 'EINVAL', queueId: letters.id });
  expect(error.message).toMatch(
    /^A dead letter could not be sent, and stays in hand: A message of 15 bytes can never fit /,
  );
  expect(error.stack).toContain(error.message);
  await consumer.close();
});

it('a name of a megabyte is refused in a line', () => {
  const message = String(refused({ name: 'x'.repeat(1 << 20) })['message']);
  expect(message).toContain('... (1048576 characters)');
  expect(message.length).toBeLessThan(400);
});

it('a retryDelay that is async is reported, and the default replaces it', async () => {
  const queue = newQueue();
  queue.trySend('a job');
  const retryDelay = (async () => 5) as never;
  const consumer = queue.consume(() => Promise.reject(new Error('fails')), { retryDelay, state: stateFolder() });
  // once() of node:events rejects for an 'error' while it waits for another event.
  const retried = new Promise((resolve) => consumer.once('retry', resolve));
  const [[error], retry] = await Promise.all([once(consumer, 'error'), retried]);
  expect(error).toMatchObject({ code: 'ERR_INVALID_ARG_VALUE', message: expect.stringContaining('must not be async') });
  expect(retry).toMatchObject({ delay: 1000 });
  await consumer.close();
});

it('consume refuses a state folder on a disk, one that is open to others, a file, and a link', () => {
  const onDisk = temporaryFolder();
  expect(refused({ state: onDisk })).toMatchObject({ name: 'UnsupportedError', code: 'ENOTSUP' });
  expect(String(refused({ state: onDisk })['message'])).toContain('atMostOnce');
  const folder = stateFolder();
  chmodSync(folder, 0o777);
  expect(refused({ state: folder })).toMatchObject({ code: 'EPERM' });
  const file = join(stateFolder(), 'file');
  writeFileSync(file, '');
  expect(refused({ state: file })).toMatchObject({ code: 'ENOTDIR' });
  expect(refused({ state: join(file, 'below') })).toMatchObject({ code: 'ENOTDIR' });
  expect(refused({ state: join(stateFolder(), 'no', 'such') })).toMatchObject({ code: 'ENOENT' });
});

itNeeds(slow(otherUsers), 'consume says how much room it needs where the tmpfs has too little', async () => {
  const queue = newQueue();
  const state = stateFolder();
  const child = startChild(
    ({ sysvmq, failure }, options) => {
      const from = sysvmq.MessageQueue.open(options.key);
      return failure(() => from.consume(() => undefined, { state: options.state, concurrency: 16 }));
    },
    { key: queue.key, state },
    {
      prefix: [
        'unshare',
        '--mount',
        'sh',
        '-c',
        `mount -t tmpfs -o size=64k,mode=700 tmpfs ${state} && exec "$@"`,
        'sh',
      ],
    },
  );
  const error = (await child.result) as { code: string; message: string };
  expect(error.code).toBe('ENOSPC');
  expect(error.message).toMatch(/has no room for \d+ bytes/);
});

itNeeds(slow(otherUsers), 'consume refuses a state folder of another user', async () => {
  const queue = newQueue({ mode: 0o666 });
  const folder = stateFolder();
  const child = startChild(
    ({ sysvmq, failure }, { key, state }) =>
      failure(() => sysvmq.MessageQueue.open(key).consume(() => undefined, { state })),
    { key: queue.key, state: folder },
    { user: nobody },
  );
  expect(await child.result).toMatchObject({ code: expect.stringMatching(/EPERM|EACCES/) });
});

it('consumers of one name with another state folder are refused while one lives', async () => {
  const queue = newQueue();
  const first = queue.consume(() => undefined, { state: stateFolder() });
  expect(() => queue.consume(() => undefined, { state: stateFolder() })).toThrow(
    expect.objectContaining({ code: 'ERR_AIRLOCK_ELSEWHERE' }),
  );
  const other = queue.consume(() => undefined, { state: stateFolder(), name: 'other' });
  await other.close();
  await first.close();
});

it('a damaged airlock is reported, never handed out, and kept', async () => {
  const queue = newQueue();
  const state = stateFolder();
  queue.trySend('first');
  const first = queue.consume(() => new Promise(() => undefined), { state });
  await new Promise<void>((resolve) => {
    const look = (): unknown => (first.stats().running === 1 ? resolve() : setImmediate(look));
    look();
  });
  await first.close({ timeout: 0 });
  const { readdirSync, openSync, writeSync, closeSync } = await import('node:fs');
  const [file] = readdirSync(state) as [string];
  const damage = openSync(join(state, file), 'r+');
  writeSync(damage, 'damaged', 16);
  closeSync(damage);
  const errors: unknown[] = [];
  const seen: unknown[] = [];
  const second = queue.consume(({ data }) => seen.push(data), { state });
  second.on('error', (error) => errors.push(error));
  queue.trySend('second');
  await new Promise<void>((resolve) => {
    const look = (): unknown => (seen.length === 1 ? resolve() : setImmediate(look));
    look();
  });
  await second.close();
  expect(errors).toEqual([expect.objectContaining({ code: 'ERR_AIRLOCK_DAMAGED' })]);
  expect(readdirSync(state)).toEqual([file]);
});
