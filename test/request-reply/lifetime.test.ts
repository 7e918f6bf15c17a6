/** Servers and clients at the end of a block, and what they keep alive. */

import { once } from 'node:events';
import {
  codecs,
  type MessageQueue,
  QueueClosedError,
  QueueRemovedError,
  type RequestClientOptions,
} from '../../lib/index';
import { type ChildContext, startChild, until } from '../support/child';
import { newQueue } from '../support/queues';
import { rejectionOf } from '../support/rejection';
import { newClient, newServer } from '../support/requests';
import { itSlow } from '../support/slow';

it('a server is closed at the end of an "await using" block', async () => {
  const requests = newQueue({ codec: codecs.json<number>() });
  const server = newServer(requests, (number) => number + 1);
  expect(await newClient<number, number>(requests).request(1)).toBe(2);
  const closed = once(server, 'close');
  await server[Symbol.asyncDispose]();
  expect(await closed).toEqual([]);
});

it('a client is closed at the end of a "using" block', async () => {
  const client = newClient(newQueue());
  client[Symbol.dispose]();
  expect(await rejectionOf(client.request(Buffer.from('x')))).toBeInstanceOf(QueueClosedError);
});

it.each<[string, (requests: MessageQueue<number>) => RequestClientOptions<number>]>([
  ['a private queue of replies', () => ({ replies: 'private' })],
  ['a shared queue of replies', () => ({ replies: newQueue({ codec: codecs.json<number>() }) })],
  ['one queue for both', () => ({})],
])('a request in a queue that is removed is a QueueRemovedError at once: %s', async (_, optionsOf) => {
  const requests = newQueue({ codec: codecs.json<number>() });
  const client = newClient(requests, optionsOf(requests));
  const refused = rejectionOf(client.request(1));
  await until('the request is in the queue', () => requests.stat().messageCount === 1);
  requests.remove();
  const error = await refused;
  expect(error).toBeInstanceOf(QueueRemovedError);
  expect(error).toMatchObject({ queueId: requests.id, requestSent: true });
  expect(client.stats).toMatchObject({ pending: 0, sent: 1, replies: 0 });
});

// Returns while it serves: from then on only the server could keep the process alive.
async function serveAndReturn({ sysvmq }: ChildContext, { id, calls }: { id: number; calls: string[] }) {
  const { codecs, MessageQueue, RequestServer } = sysvmq;
  const requests = MessageQueue.attach(id, { codec: codecs.json<number>() });
  const server = new RequestServer(requests, (number: number) => number + 1);
  return calls.every((call) => server[call as 'ref' | 'unref']() === server);
}

itSlow.each([[['unref']], [['ref', 'unref']]])('a server does not keep its process alive after %j', async (calls) => {
  const child = startChild(serveAndReturn, { id: newQueue().id, calls });
  expect(await child.result).toBe(true);
  expect(await child.exited).toEqual({ code: 0, signal: null });
});

itSlow.each([[[]], [['unref', 'ref']]])('a server keeps its process alive after %j', async (calls: string[]) => {
  const requests = newQueue({ codec: codecs.json<number>() });
  const child = startChild(serveAndReturn, { id: requests.id, calls });
  expect(await child.result).toBe(true);
  await until('its channel is closed', () => !child.process.connected);
  expect(await newClient<number, number>(requests).request(1, { timeout: 30_000 })).toBe(2);
});

itSlow('a client that is referenced again keeps its process alive while a request is pending', async () => {
  const requests = newQueue();
  const child = startChild(async ({ sysvmq }, id) => {
    const client = new sysvmq.RequestClient(sysvmq.MessageQueue.attach(id)).unref().ref();
    client.request('x').then((reply) => process.stderr.write(`answered ${reply}`));
  }, requests.id);
  await child.result;
  await until('its channel is closed', () => !child.process.connected);
  newServer(requests, (bytes) => bytes);
  expect(await child.exited).toEqual({ code: 0, signal: null });
  expect(child.stderr).toContain('answered x');
});

itSlow.each<[steps: string[]]>([[['request', 'unref']], [['ref']], [['unref', 'request']]])(
  'a client does not keep its process alive after %j',
  async (steps) => {
    const child = startChild(
      async ({ sysvmq }, { id, steps }) => {
        const client = new sysvmq.RequestClient(sysvmq.MessageQueue.attach(id));
        for (const step of steps) {
          if (step === 'request') client.request('x').catch(() => undefined);
          else client[step as 'ref' | 'unref']();
        }
      },
      { id: newQueue().id, steps },
    );
    await child.result;
    expect(await child.exited).toEqual({ code: 0, signal: null });
  },
);
