/** Queues that are full of requests: everybody is answered, also where requests and replies share one. */

import { codecs } from '../../lib/index';
import { type ChildContext, startChild, until } from '../support/child';
import { times } from '../support/long-tests';
import { newQueue } from '../support/queues';
import { rejectionOf } from '../support/rejection';
import { gate, newClient, newServer, untilActive } from '../support/requests';
import { itSlow } from '../support/slow';

const CLIENTS = 3;
const REQUESTS = times(300, 20_000);

interface Asking {
  id: number;
  replies?: number;
  count: number;
}

/** Asks everything at once: how many answers were right. */
async function askAtOnce({ sysvmq }: ChildContext, { id, replies, count }: Asking): Promise<number> {
  const { codecs, MessageQueue, RequestClient } = sysvmq;
  const attach = (queueId: number) => MessageQueue.attach(queueId, { codec: codecs.json<string>() });
  const options = { replies: replies === undefined ? ('private' as const) : attach(replies) };
  const client = new RequestClient(attach(id), { ...options, timeout: 50_000 });
  const texts = Array.from({ length: count }, (_, number) => `${process.pid} ${number}`);
  const answers = await Promise.all(texts.map((text) => client.request(text)));
  client.close();
  return answers.filter((answer, index) => answer === texts[index]).length;
}

async function askedByMany(id: number, replies?: number): Promise<unknown[]> {
  const asking = { id, count: REQUESTS, ...(replies === undefined ? {} : { replies }) };
  return Promise.all(Array.from({ length: CLIENTS }, () => startChild(askAtOnce, asking).result));
}

// The queue holds some ten requests.
const small = { codec: codecs.json<string>(), maxBytes: 500 };

itSlow('over two queues every client is answered', async () => {
  const requests = newQueue(small);
  newServer(requests, async (text) => text);
  expect(await askedByMany(requests.id)).toEqual(Array(CLIENTS).fill(REQUESTS));
});

itSlow('over a shared queue of replies every client is answered', async () => {
  const requests = newQueue(small);
  const replies = newQueue(small);
  newServer(requests, async (text) => text, { replies });
  expect(await askedByMany(requests.id, replies.id)).toEqual(Array(CLIENTS).fill(REQUESTS));
  expect(replies.stat().messageCount).toBe(0);
});

itSlow.each([1, 8])('over one queue everybody is answered: %i at a time', async (concurrency) => {
  const queue = newQueue(small);
  const server = newServer(queue, async (text) => text, { concurrency });
  expect(await askedByMany(queue.id, queue.id)).toEqual(Array(CLIENTS).fill(REQUESTS));
  expect(server.stats).toMatchObject({ replied: CLIENTS * REQUESTS, undeliverable: 0, backlog: 0 });
  expect(queue.stat().messageCount).toBe(0);
});

itSlow('over one queue a reply does not wait behind the requests of its own process', async () => {
  const queue = newQueue(small);
  newServer(queue, async (text) => text, { concurrency: 1 });
  const client = newClient(queue, { replies: queue, timeout: 20_000 });
  const texts = Array.from({ length: 2000 }, (_, number) => String(number));
  expect(await Promise.all(texts.map((text) => client.request(text)))).toEqual(texts);
});

it('while a reply waits in one queue, requests are taken to make room for it, and handled later', async () => {
  const queue = newQueue({ ...small, maxBytes: 300 });
  const finish = gate();
  const server = newServer(
    queue,
    async (text) => {
      await finish.promise;
      return text.repeat(25); // Larger than a request.
    },
    { concurrency: 1 },
  );
  const client = newClient(queue, { replies: queue, timeout: 20_000 });
  const first = client.request('first');
  await untilActive(server, 1);
  const others = Array.from({ length: 10 }, () => client.request('other'));
  await until('the queue is full', () => queue.stat().usedBytes > 250);
  expect(server.stats).toMatchObject({ active: 1, backlog: 0 });
  finish.open();
  expect(await first).toBe('first'.repeat(25));
  expect(await Promise.all(others)).toEqual(Array(10).fill('other'.repeat(25)));
});

it('a reply for which there is no room in time is dropped, and the server goes on', async () => {
  const requests = newQueue({ codec: codecs.json<string>() });
  const replies = newQueue({ codec: codecs.json<string>(), maxBytes: 100 });
  replies.trySend('x'.repeat(98), { type: 3 }); // Nobody takes it.
  const server = newServer(requests, (text) => text, { replyTimeout: 20 });
  const controller = new AbortController();
  const given = rejectionOf(newClient(requests, { replies }).request('x', { signal: controller.signal }));
  await until('it is dropped', () => server.stats.undeliverable === 1);
  expect(await newClient(requests).request('y')).toBe('y');
  controller.abort();
  expect(await given).toMatchObject({ code: 'ABORT_ERR', requestSent: true });
});
