/** Servers and clients in other processes, which are killed. */

import { codecs, MessageQueue, QueueRemovedError, TimeoutError } from '../../lib/index';
import { type Child, type ChildContext, inChild, startChild, until } from '../support/child';
import { remainingQueues } from '../support/namespace';
import { fullQueue, newQueue, removeAfterTest } from '../support/queues';
import { rejectionOf } from '../support/rejection';
import { newClient, newServer } from '../support/requests';
import { itSlow } from '../support/slow';

interface Serving {
  id: number;
  /** Says so and never answers. */
  stuckOn?: string;
}

/** Serves until it is asked to end: the pid and the text. */
async function serve({ sysvmq, say, told }: ChildContext, { id, stuckOn }: Serving): Promise<unknown> {
  const { codecs, MessageQueue, RequestServer } = sysvmq;
  const requests = MessageQueue.attach(id, { codec: codecs.json<string>() });
  const server = new RequestServer(
    requests,
    (text: string) => {
      if (text !== stuckOn) return `${process.pid} ${text}`;
      say('stuck');
      return new Promise<string>(() => undefined);
    },
    { concurrency: 1 },
  );
  say('serving');
  await told();
  await server.close();
  return server.stats;
}

async function startServer(serving: Serving): Promise<Child> {
  const child = startChild(serve, serving);
  await child.said('serving');
  return child;
}

describe('a server in another process', () => {
  itSlow('answers, and ends when it is closed', async () => {
    const requests = newQueue({ codec: codecs.json<string>() });
    const server = await startServer({ id: requests.id });
    const client = newClient(requests);
    expect(await client.request('hello')).toBe(`${server.pid} hello`);
    server.tell('end');
    expect(await server.result).toMatchObject({ received: 1, replied: 1 });
    expect(await server.exited).toEqual({ code: 0, signal: null });
  });

  itSlow('that is killed leaves one request without an answer, and the next server goes on with the rest', async () => {
    const requests = newQueue({ codec: codecs.json<string>() });
    const server = await startServer({ id: requests.id, stuckOn: 'stop here' });
    const client = newClient(requests);
    const stuck = rejectionOf(client.request('stop here', { timeout: 2000 }));
    await server.said('stuck');
    const waiting = ['a', 'b', 'c'].map((text) => client.request(text));
    await until('they are in the queue', () => requests.stat().messageCount === 3);
    await server.kill('SIGKILL');
    const next = await startServer({ id: requests.id });
    expect(await Promise.all(waiting)).toEqual(['a', 'b', 'c'].map((text) => `${next.pid} ${text}`));
    const error = await stuck;
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error).toMatchObject({ requestSent: true });
    expect(client.stats).toMatchObject({ pending: 0, sent: 4, replies: 3 });
    next.tell('end');
    await next.result;
  });

  itSlow(
    'that removes its queue ends requests at once: those that it has answered are, the others are QueueRemovedErrors',
    async () => {
      const requests = newQueue({ codec: codecs.json<string>() });
      const server = startChild(async ({ sysvmq, say }, id) => {
        const queue = sysvmq.MessageQueue.attach(id, { codec: sysvmq.codecs.json<string>() });
        const server = new sysvmq.RequestServer(queue, (text: string) => text, { concurrency: 1 });
        while (server.stats.replied < 3) await new Promise(setImmediate);
        await server.close();
        queue.remove();
        say('removed');
      }, requests.id);
      // Replies in the queue itself would be removed with it.
      const client = newClient(requests, { replies: 'private' });
      const texts = ['a', 'b', 'c', 'd', 'e', 'f'];
      const outcomes = await Promise.allSettled(texts.map((text) => client.request(text)));
      await server.said('removed');
      const answered = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? outcome.value : []));
      const errors = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? outcome.reason : []));
      expect(answered).toEqual(texts.slice(0, answered.length));
      expect(answered.length).toBeGreaterThanOrEqual(3);
      expect(errors.every((error) => error instanceof QueueRemovedError && error.queueId === requests.id)).toBe(true);
      expect(client.stats.pending).toBe(0);
    },
  );

  itSlow('whose queue is removed emits error and close', async () => {
    const requests = newQueue();
    const server = newServer(requests, (bytes) => bytes);
    const failed = new Promise((resolve) => server.once('error', resolve));
    const closed = new Promise<void>((resolve) => server.once('close', resolve));
    await inChild(({ sysvmq }, id) => sysvmq.MessageQueue.attach(id).remove(), requests.id);
    expect(await failed).toMatchObject({ name: 'QueueRemovedError', queueId: requests.id });
    await closed;
    expect(server.closed).toBe(true);
  });

  itSlow('whose queue is removed crashes its process when nobody listens for that, as any EventEmitter', async () => {
    const requests = newQueue();
    const child = startChild(({ sysvmq, say }, id) => {
      new sysvmq.RequestServer(sysvmq.MessageQueue.attach(id), (bytes) => bytes);
      say('serving');
      return new Promise(() => undefined);
    }, requests.id);
    await child.said('serving');
    requests.remove();
    expect((await child.exited).code).not.toBe(0);
    expect(child.stderr).toContain('QueueRemovedError');
  });

  it('drops a client whose queue of replies is removed, and that client makes another one', async () => {
    const requests = newQueue({ codec: codecs.json<string>() });
    const before = remainingQueues();
    const client = newClient(requests, { replies: 'private' });
    const pending = rejectionOf(client.request('x'));
    const own = remainingQueues().filter((id) => !before.includes(id));
    expect(own).toHaveLength(1);
    MessageQueue.attach(own[0] as number).remove();
    expect(await pending).toBeInstanceOf(QueueRemovedError);
    const server = newServer(requests, (text) => text);
    expect(await client.request('y')).toBe('y');
    expect(server.stats).toMatchObject({ undeliverable: 1, replied: 1 });
  });
});

interface Asking {
  id: number;
  replies?: number;
  count: number;
}

/** Asks so many questions, says so, and is killed: it listens for no reply, because its event loop is blocked. */
async function askAndHang({ sysvmq, say }: ChildContext, { id, replies, count }: Asking): Promise<void> {
  const { MessageQueue, RequestClient } = sysvmq;
  const options = { replies: replies === undefined ? ('private' as const) : MessageQueue.attach(replies) };
  const client = new RequestClient(MessageQueue.attach(id), options);
  for (let number = 0; number < count; number++) client.request(String(number)).catch(() => undefined);
  say('asked');
  await new Promise((resolve) => setImmediate(resolve));
  for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

describe('a client that is killed', () => {
  itSlow('does not keep the server from answering others', async () => {
    const requests = newQueue();
    const before = remainingQueues();
    const child = startChild(askAndHang, { id: requests.id, count: 20 });
    await child.said('asked');
    await child.kill('SIGKILL');
    // Its private queue is left behind, with room for ten bytes.
    const [left] = remainingQueues().filter((id) => !before.includes(id));
    MessageQueue.attach(removeAfterTest(left as number)).set({ maxBytes: 10 + 24 });
    const server = newServer(requests, (bytes) => Buffer.alloc(10, bytes), { concurrency: 1, replyTimeout: 500 });
    const startedAt = performance.now();
    expect((await newClient(requests).request('x')).toString()).toBe('x'.repeat(10));
    // One waited for room, the rest did not.
    expect(performance.now() - startedAt).toBeLessThan(19 * 500);
    expect(server.stats).toMatchObject({ received: 21, replied: 2, undeliverable: 19 });
  });

  itSlow('leaves replies in a shared queue, which are swept out when it is full and they are old', async () => {
    const requests = newQueue();
    const replies = newQueue({ maxBytes: 1000 });
    const child = startChild(askAndHang, { id: requests.id, replies: replies.id, count: 5 });
    await child.said('asked');
    await child.kill('SIGKILL');
    const server = newServer(requests, () => Buffer.alloc(200), { replies, replyLifetime: 1000, replyTimeout: 5000 });
    // Four of five fit; the last one waits until those are old.
    await until('all are answered', () => server.stats.replied === 5);
    const client = newClient(requests, { replies, timeout: 20_000 });
    for (let count = 0; count < 10; count++) expect(await client.request('x')).toHaveLength(200);
    await until('the last one is swept, too', () => replies.stat().messageCount === 0);
  });

  itSlow(
    'leaves replies in the one queue for both, which are swept out though they keep requests from getting in',
    async () => {
      const queue = newQueue({ maxBytes: 1000 });
      const child = startChild(askAndHang, { id: queue.id, replies: queue.id, count: 4 });
      await child.said('asked');
      await child.kill('SIGKILL');
      const server = newServer(queue, () => Buffer.alloc(225), { replyLifetime: 1000 });
      await until('its replies are there', () => server.stats.replied === 4);
      const client = newClient(queue, { replies: queue, timeout: 20_000 });
      expect(await client.request('x')).toHaveLength(225);
    },
  );

  itSlow('leaves messages of others alone that lie among its replies', async () => {
    const requests = newQueue();
    const replies = newQueue({ maxBytes: 600 });
    const child = startChild(askAndHang, { id: requests.id, replies: replies.id, count: 1 });
    await child.said('asked');
    await child.kill('SIGKILL');
    replies.trySend('not a reply', { type: 3 });
    const server = newServer(requests, () => Buffer.alloc(500), { replyLifetime: 1000, replyTimeout: 5000 });
    await until('it was answered', () => server.stats.replied === 1);
    expect(await newClient(requests, { replies }).request('x')).toHaveLength(500);
    expect(replies.tryReceive()?.data.toString()).toBe('not a reply');
  });
});

describe('a process', () => {
  itSlow('ends by itself when its client has nothing pending and its server is closed', async () => {
    const queue = newQueue();
    const result = await inChild(async ({ sysvmq }, id) => {
      const requests = sysvmq.MessageQueue.attach(id);
      const server = new sysvmq.RequestServer(requests, (bytes) => bytes);
      const client = new sysvmq.RequestClient<Buffer, Buffer>(requests);
      const reply = (await client.request('x')).toString();
      await server.close();
      return reply; // The client is open.
    }, queue.id);
    expect(result).toBe('x');
    expect(remainingQueues()).toEqual([queue.id]);
  });

  itSlow('is kept alive by a pending request, and not by one of a client that is unreferenced', async () => {
    const queue = newQueue();
    const child = startChild(async ({ sysvmq, say, told }, id) => {
      const client = new sysvmq.RequestClient(sysvmq.MessageQueue.attach(id));
      client.request('x').then((reply) => process.stderr.write(`answered ${reply}`));
      say('asked');
      await told();
    }, queue.id);
    await child.said('asked');
    child.tell('go on');
    newServer(queue, (bytes) => bytes);
    expect(await child.exited).toEqual({ code: 0, signal: null });
    expect(child.stderr).toContain('answered x');

    const other = newQueue();
    const unreferenced = startChild(async ({ sysvmq }, id) => {
      const client = new sysvmq.RequestClient(sysvmq.MessageQueue.attach(id)).unref();
      client.request('x').catch(() => undefined);
    }, other.id);
    expect(await unreferenced.exited).toEqual({ code: 0, signal: null });
    expect(other.stat().messageCount).toBe(1);
  });

  itSlow('that may only write requests gets its replies', async () => {
    const requests = fullQueue(1000);
    requests.tryReceive();
    newServer(requests, (bytes) => bytes);
    requests.set({ mode: 0o622 });
    const reply = await inChild(
      async ({ sysvmq }, id) => {
        const client = new sysvmq.RequestClient<Buffer, Buffer>(sysvmq.MessageQueue.attach(id), {
          replies: 'private',
          timeout: 20_000,
        });
        const bytes = await client.request('from nobody');
        client.close();
        return bytes.toString();
      },
      requests.id,
      { user: { uid: 65534, gid: 65534 } },
    );
    expect(reply).toBe('from nobody');
  });

  itSlow('releases a client, a server and the private queue of a worker that is terminated', async () => {
    const requests = newQueue();
    await inChild(async ({ sysvmq, require }, id) => {
      const { Worker } = require('node:worker_threads') as typeof import('node:worker_threads');
      const source = `
        const { MessageQueue, RequestClient, RequestServer } = require(process.env.SYSVMQ_TEST_PACKAGE);
        const requests = MessageQueue.attach(require('node:worker_threads').workerData);
        new RequestServer(requests, () => new Promise(() => {}));
        new RequestClient(requests, { replies: 'private' }).request('x');
      `;
      const worker = new Worker(source, { eval: true, workerData: id });
      const requests = sysvmq.MessageQueue.attach(id);
      while (requests.stat().lastReceivedAt === null) await new Promise(setImmediate);
      await worker.terminate();
    }, requests.id);
    expect(remainingQueues()).toEqual([requests.id]);
  });
});

/** Asks as a client does by default, and waits. */
async function askByDefault({ sysvmq, say }: ChildContext, id: number): Promise<void> {
  const answer = new sysvmq.RequestClient(sysvmq.MessageQueue.attach(id)).request('x');
  say('asked');
  await answer;
}

itSlow.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)(
  'a client that %s ends leaves no queue behind',
  async (signal) => {
    const requests = newQueue();
    const child = startChild(askByDefault, requests.id);
    await child.said('asked');
    await child.kill(signal);
    expect(remainingQueues()).toEqual([requests.id]);
  },
);
