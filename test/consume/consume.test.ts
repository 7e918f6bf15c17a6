/** consume() in one process: retries, dead letters, order, recovery, removal, the end. */

import { AsyncLocalStorage } from 'node:async_hooks';
import { once } from 'node:events';
import { codecs, type Message, MessageQueue } from '../../lib/index';
import { until } from '../support/child';
import { airlocksIn, stateFolder } from '../support/consuming';
import { setLimit } from '../support/namespace';
import { freshKey, newQueue, removeAfterTest } from '../support/queues';
import { itSlow } from '../support/slow';
import { threadsNamed } from '../support/waiting-threads';

function settleTwice(resolve: () => void, reject: (error: unknown) => void): void {
  resolve();
  reject(new Error('on purpose'));
  resolve();
}

const never = new Promise<void>(() => undefined);

it('consume() hands messages to the handler in order, and leaves no file behind', async () => {
  const queue = newQueue({ codec: codecs.utf8 });
  const state = stateFolder();
  queue.trySendMany([{ data: 'a' }, { data: '', type: 2 }, { data: 'c' }]);
  const seen: string[] = [];
  const consumer = queue.consume(({ data, type }) => seen.push(`${type}${data}`), { state });
  await until('all are handled', () => seen.length === 3);
  // Into a wait, which takes an empty message itself.
  queue.trySend('', { type: 7 });
  await until('the empty one is handled', () => seen.length === 4);
  expect(seen).toEqual(['1a', '2', '1c', '7']);
  await consumer.close();
  await consumer.finished;
  expect(airlocksIn(state)).toEqual([]);
});

it('consume() runs as many handlers at once as concurrency says', async () => {
  const queue = newQueue();
  for (let number = 0; number < 9; number++) queue.trySend(String(number));
  let running = 0;
  let most = 0;
  const releases: (() => void)[] = [];
  const consumer = queue.consume(
    async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise<void>((resolve) => releases.push(resolve));
      running -= 1;
    },
    { state: stateFolder(), concurrency: 3 },
  );
  await until('three run', () => running === 3);
  expect(consumer.stats()).toMatchObject({ running: 3, inHand: 3 });
  expect(queue.stat().messageCount).toBe(6);
  for (let released = 0; released < 9; released++) {
    await until('one runs', () => releases.length > 0);
    releases.shift()?.();
  }
  await until('all are handled', () => consumer.stats().handled === 9);
  expect(most).toBe(3);
  await consumer.close();
});

it('consume() retries a message whose handler throws or rejects, after retryDelay, and goes on with the others', async () => {
  const queue = newQueue({ codec: codecs.utf8 });
  queue.trySendMany([{ data: 'throws' }, { data: 'rejects' }, { data: 'fine' }]);
  const seen: string[] = [];
  const delays: number[] = [];
  const consumer = queue.consume(
    ({ data }, { attempt }) => {
      seen.push(`${data} ${attempt}`);
      if (data === 'throws' && attempt < 3) throw new Error('on purpose');
      if (data === 'rejects' && attempt < 2) return Promise.reject(new Error('on purpose'));
      return undefined;
    },
    { state: stateFolder(), retryDelay: (attempt) => attempt * 5 },
  );
  consumer.on('retry', ({ delay }) => delays.push(delay));
  await until('all are handled', () => consumer.stats().handled === 3);
  expect([...seen].sort()).toEqual(['fine 1', 'rejects 1', 'rejects 2', 'throws 1', 'throws 2', 'throws 3']);
  expect(seen.indexOf('fine 1')).toBeLessThan(seen.indexOf('throws 2'));
  expect(delays.sort()).toEqual([10, 5, 5].sort());
  await consumer.close();
});

it('a thenable that throws, and one that settles twice, do no harm', async () => {
  const queue = newQueue({ codec: codecs.utf8 });
  queue.trySendMany([{ data: 'getter' }, { data: 'twice' }]);
  const consumer = queue.consume(
    ({ data }, { attempt }) => {
      if (attempt > 1) return undefined;
      if (data === 'twice') return Object.defineProperty({}, 'then', { value: settleTwice });
      return Object.defineProperty({}, 'then', {
        get: () => {
          throw new Error('on purpose');
        },
      });
    },
    { state: stateFolder(), retryDelay: 1 },
  );
  await until('both are handled', () => consumer.stats().handled === 2);
  await consumer.close();
});

it('a dead letter keeps its bytes and its type, also past 2^53', async () => {
  const queue = newQueue({ codec: codecs.json<unknown>() });
  const letters = newQueue();
  const raw = MessageQueue.attach(queue.id);
  const type = 2n ** 63n - 1n;
  raw.trySend('{"fails":1}', { type });
  raw.trySend('no json', { type: 4 });
  const consumer = queue.consume(
    () => {
      throw new Error('on purpose');
    },
    { state: stateFolder(), attempts: 2, retryDelay: 1, deadLetter: letters },
  );
  const events: { attempts: number; inHand: boolean }[] = [];
  consumer.on('deadLetter', ({ attempts, inHand }) => events.push({ attempts, inHand }));
  await until('both are there', () => letters.stat().messageCount === 2);
  const [undecodable, failed] = letters.tryReceiveMany() as [Message, Message];
  expect([undecodable.type, undecodable.data.toString()]).toEqual([4, 'no json']);
  expect([failed.typeBigInt, failed.data.toString()]).toEqual([type, '{"fails":1}']);
  expect(events).toEqual([
    { attempts: 1, inHand: false },
    { attempts: 2, inHand: false },
  ]);
  await consumer.close();
});

itSlow('a dead-letter target that is full, and a function that fails, are tried again', async () => {
  const queue = newQueue({ codec: codecs.utf8 });
  const letters = newQueue({ maxBytes: 4 });
  letters.trySend('full');
  queue.trySend('dead');
  const fail = (): never => {
    throw new Error('on purpose');
  };
  const consumer = queue.consume(fail, { state: stateFolder(), attempts: 1, deadLetter: letters });
  const [error] = await once(consumer, 'error');
  expect(error).toMatchObject({ code: 'EAGAIN', queueId: letters.id });
  expect(consumer.stats().inHand).toBe(1);
  letters.tryReceive();
  await until('it is there', () => letters.stat().messageCount === 1, 10_000);
  await consumer.close();

  let calls = 0;
  queue.trySend('dead');
  const other = queue.consume(fail, {
    state: stateFolder(),
    attempts: 1,
    deadLetter: ({ data }, { attempts }) => {
      calls += 1;
      expect([data.toString(), attempts]).toEqual(['dead', 1]);
      if (calls === 1) throw new Error('not now');
    },
  });
  other.on('error', () => undefined);
  await until('the function has it', () => other.stats().deadLettered === 1, 10_000);
  await other.close();
});

it('without a dead-letter target the message stays in hand, and the next consumer has it', async () => {
  const queue = newQueue();
  const state = stateFolder();
  queue.trySend('stays');
  const first = queue.consume(() => Promise.reject(new Error('on purpose')), { state, attempts: 1 });
  const [{ inHand, message }] = await once(first, 'deadLetter');
  expect([inHand, message.data.toString()]).toEqual([true, 'stays']);
  expect(first.stats()).toMatchObject({ parked: 1, inHand: 1 });
  await first.close();
  expect(airlocksIn(state)).toHaveLength(1);
  const letters = newQueue();
  const second = queue.consume(() => undefined, { state, attempts: 1, deadLetter: letters });
  await until('the second one has sent it on', () => letters.stat().messageCount === 1);
  await second.close();
  expect(airlocksIn(state)).toEqual([]);
});

it('close() with a timeout leaves unfinished messages to the next consumer, and aborts their signals', async () => {
  const queue = newQueue();
  const state = stateFolder();
  queue.trySend('unfinished');
  let signal: AbortSignal | undefined;
  const first = queue.consume(
    (_message, job) => {
      signal = job.signal;
      return never;
    },
    { state },
  );
  await until('the handler runs', () => signal !== undefined);
  await first.close({ timeout: 10 });
  expect(signal?.aborted).toBe(true);
  const attempts: number[] = [];
  const second = queue.consume((_message, { attempt }) => attempts.push(attempt), { state });
  await until('the second one has it', () => attempts.length === 1);
  expect(attempts).toEqual([2]);
  await second.close();
});

it('close() from within a handler waits for that handler, and leaves nothing in hand', async () => {
  const queue = newQueue({ codec: codecs.utf8 });
  for (const kind of ['async', 'sync']) {
    const state = stateFolder();
    queue.trySend(kind);
    const consumer = queue.consume(
      ({ data }) => {
        void consumer.close();
        return data === 'async' ? new Promise((resolve) => setImmediate(resolve)) : undefined;
      },
      { state, name: kind },
    );
    await consumer.finished;
    expect(consumer.stats().handled).toBe(1);
    expect(airlocksIn(state)).toEqual([]);
  }
});

itSlow('close() ends a wait in a second thread, after the first one ended while the handler worked', async () => {
  const queue = newQueue();
  const state = stateFolder();
  const waiters = (): number => threadsNamed('sysvmq-lock').length;
  let finish = (): void => undefined;
  const consumer = queue.consume(
    () =>
      new Promise<void>((resolve) => {
        finish = resolve;
      }),
    { state },
  );
  await until('a thread waits', () => waiters() === 1);
  queue.trySend('long work');
  await until('the thread has ended', () => consumer.stats().running === 1 && waiters() === 0, 20_000);
  finish();
  await until('another thread waits', () => waiters() === 1);
  await consumer.close();
  expect(consumer.stats().handled).toBe(1);
});

it('the options signal, queue.close() and Symbol.asyncDispose end it', async () => {
  const queue = newQueue();
  const controller = new AbortController();
  const byASignal = queue.consume(() => undefined, { state: stateFolder(), signal: controller.signal });
  controller.abort();
  await byASignal.finished;
  await queue.consume(() => undefined, { state: stateFolder() })[Symbol.asyncDispose]();
  const handle = MessageQueue.open(queue.key);
  const byItsHandle = handle.consume(() => undefined, { state: stateFolder() });
  handle.close();
  await byItsHandle.finished;
});

it('a consumer by key goes on with the queue that is made again; one by id ends with an error', async () => {
  const key = freshKey();
  const queue = MessageQueue.create(key, { codec: codecs.utf8 });
  const seen: string[] = [];
  const byKey = queue.consume(({ data }) => seen.push(data), { state: stateFolder() });
  const byId = MessageQueue.createPrivate();
  const ending = byId.consume(() => undefined, { state: stateFolder() });
  const removed = once(byKey, 'removed');
  queue.remove();
  byId.remove();
  await removed;
  await expect(ending.finished).rejects.toMatchObject({ name: 'QueueRemovedError' });
  const again = MessageQueue.create(key);
  removeAfterTest(again.id);
  const [{ queueId }] = await once(byKey, 'reopened');
  expect(queueId).toBe(again.id);
  again.trySend('goes on');
  await until('it goes on', () => seen.length === 1);
  await byKey.close();
});

itSlow('longer messages than the slots hold, and the longest of all, get larger slots', async () => {
  setLimit('msgmax', 64 << 20);
  setLimit('msgmnb', 128 << 20);
  const queue = newQueue({ maxBytes: 1000 });
  const state = stateFolder();
  const lengths: number[] = [];
  const consumer = queue.consume(({ data }) => lengths.push(data.length), { state });
  expect(consumer.stats().slotBytes).toBe(1000);
  queue.set({ maxBytes: 128 << 20 });
  for (const length of [0, 1000, 1001, 64 << 20]) queue.trySend(Buffer.alloc(length));
  await until('all are handled', () => lengths.length === 4, 20_000);
  expect(lengths).toEqual([0, 1000, 1001, 64 << 20]);
  expect(consumer.stats().slotBytes).toBe(64 << 20);
  await consumer.close();
  expect(airlocksIn(state)).toEqual([]);
});

it('consume() selects by type, up to a type, and every type but one', async () => {
  const queue = newQueue({ codec: codecs.utf8 });
  for (const type of [5, 3, 9, 1]) queue.trySend(String(type), { type });
  const seen: string[] = [];
  const consumer = queue.consume(({ data }) => seen.push(data), { state: stateFolder(), upTo: 5 });
  await until('three are handled', () => seen.length === 3);
  expect(seen).toEqual(['1', '3', '5']);
  await consumer.close();
  expect(queue.stat().messageCount).toBe(1);
});

it('handlers run in the context in which consume() was called', async () => {
  const storage = new AsyncLocalStorage<string>();
  const queue = newQueue();
  const seen: unknown[] = [];
  const consumer = storage.run('mine', () =>
    queue.consume(() => seen.push(storage.getStore()), { state: stateFolder() }),
  );
  storage.run('other', () => queue.trySend('x'));
  await until('it is handled', () => seen.length === 1);
  expect(seen).toEqual(['mine']);
  await consumer.close();
});

it('job.id is the same for each attempt of a message, and another one for each message', async () => {
  const queue = newQueue({ codec: codecs.utf8 });
  const state = stateFolder();
  queue.trySendMany([{ data: 'same' }, { data: 'same' }]);
  const ids = new Map<string, number[]>();
  const note = (id: string, attempt: number): number => ids.set(id, [...(ids.get(id) ?? []), attempt]).size;
  const first = queue.consume(
    (_message, { id, attempt }) => {
      note(id, attempt);
      if (attempt === 1) throw new Error('on purpose');
      return never;
    },
    { state, retryDelay: 1, concurrency: 2 },
  );
  await until('both are tried twice', () => first.stats().attempts === 4);
  await first.close({ timeout: 0 });
  const second = queue.consume((_message, { id, attempt }) => note(id, attempt), { state });
  await until('the second one has both', () => second.stats().handled === 2);
  await second.close();
  expect([...ids.values()]).toEqual([
    [1, 2, 3],
    [1, 2, 3],
  ]);
  const once = queue.consume((_message, { id, attempt }) => note(id, attempt), { atMostOnce: true });
  queue.trySendMany([{ data: 'same' }, { data: 'same' }]);
  await until('both are handled', () => once.stats().handled === 2);
  await once.close();
  expect(ids.size).toBe(4);
});

it('with atMostOnce a codec that goes by the type encodes a dead letter as it was', async () => {
  const queue = newQueue({
    codec: {
      encode: (value: unknown, type) => (type === 2 ? JSON.stringify(value) : String(value)),
      decode: (bytes, type): unknown => (type === 2 ? JSON.parse(bytes.toString()) : bytes.toString()),
    },
  });
  const letters = newQueue();
  queue.trySend('text', { type: 1 });
  queue.trySend({ n: 7 }, { type: 2 });
  const consumer = queue.consume(
    () => {
      throw new Error('on purpose');
    },
    { atMostOnce: true, deadLetter: letters },
  );
  await until('both are there', () => letters.stat().messageCount === 2);
  await consumer.close();
  expect(letters.tryReceiveMany().map(({ type, data }) => `${type} ${data}`)).toEqual(['1 text', '2 {"n":7}']);
});

it('with atMostOnce there is no airlock, and no second attempt', async () => {
  const queue = newQueue({ codec: codecs.utf8 });
  const letters = newQueue();
  const seen: string[] = [];
  const consumer = queue.consume(
    ({ data }) => {
      seen.push(data);
      if (data === 'fails') throw new Error('on purpose');
    },
    // Options of the airlock may stay where an error has advised atMostOnce.
    { atMostOnce: true, deadLetter: letters, state: '/no/such/folder', slots: 2, retryDelay: 10 },
  );
  for (const text of ['one', 'fails', '', 'two']) await queue.send(text);
  await until('all are handled', () => seen.length === 4);
  await until('the dead letter is there', () => letters.stat().messageCount === 1);
  expect(seen).toEqual(['one', 'fails', '', 'two']);
  expect(consumer.stats()).toMatchObject({ slots: 0, stateBytes: 0, handled: 3, deadLettered: 1 });
  await consumer.close();
});
