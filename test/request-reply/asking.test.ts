/** Requests and their replies, over two queues, over a shared queue of replies, and over one queue for both. */

import { codecs, MessageQueue, RemoteError, type RequestClientOptions } from '../../lib/index';
import { newQueue } from '../support/queues';
import { rejectionOf } from '../support/rejection';
import { gate, newClient, newServer, untilActive } from '../support/requests';

/** The options of a client for each way to lay out queues. */
const layouts: [string, (requests: MessageQueue<never>) => RequestClientOptions<never>][] = [
  ['one queue for requests and replies', () => ({})],
  ['a private queue for each client', () => ({ replies: 'private' })],
  ['a queue of replies that clients share', () => ({ replies: sharedReplies })],
  ['the queue of the requests named for replies', (requests) => ({ replies: requests })],
];
let sharedReplies: MessageQueue<never>;

beforeEach(() => {
  sharedReplies = newQueue({ codec: codecs.json() }) as never;
});

describe.each(layouts)('with %s', (_, optionsOf) => {
  it('every request gets its own reply, in whatever order they are made', async () => {
    const requests = newQueue({ codec: codecs.json<number>() });
    const server = newServer(requests, async (number) => {
      for (let turns = number % 7; turns > 0; turns--) await new Promise(setImmediate);
      return number * 2;
    });
    const clients = [1, 2, 3].map(() => newClient(requests, optionsOf(requests as never)));
    const numbers = Array.from({ length: 300 }, (_value, index) => index);
    const replies = await Promise.all(numbers.map((number) => clients[number % 3]?.request(number)));
    expect(replies).toEqual(numbers.map((number) => number * 2));
    expect(server.stats).toMatchObject({ received: 300, replied: 300, active: 0, backlog: 0, malformed: 0 });
    for (const client of clients) {
      expect(client.stats).toEqual({ pending: 0, sent: 100, replies: 100, lateReplies: 0, strayMessages: 0 });
    }
  });

  it('an error that the handler throws is a RemoteError with its name, message and code', async () => {
    const requests = newQueue({ codec: codecs.json() });
    const server = newServer(requests, () => {
      throw Object.assign(new RangeError('no such number'), { code: 'ERR_NUMBER' });
    });
    const errors: unknown[] = [];
    server.on('handlerError', (error) => errors.push(error));
    const error = await rejectionOf(newClient(requests, optionsOf(requests as never)).request(1));
    expect(error).toBeInstanceOf(RemoteError);
    expect(error).toMatchObject({
      name: 'RemoteError',
      message: 'no such number',
      code: 'ERR_REMOTE',
      queueId: requests.id,
      remoteName: 'RangeError',
      remoteCode: 'ERR_NUMBER',
      requestSent: true,
    });
    expect(errors).toMatchObject([{ message: 'no such number' }]);
    expect(server.stats).toMatchObject({ failed: 1, replied: 1 });
  });

  it('nothing stays in the queues', async () => {
    const requests = newQueue({ codec: codecs.json() });
    newServer(requests, (value) => value);
    const client = newClient(requests, optionsOf(requests as never));
    await client.request('one');
    expect(requests.stat().messageCount).toBe(0);
    expect(sharedReplies.stat().messageCount).toBe(0);
  });
});

describe('the data of requests and replies', () => {
  it('is bytes without a codec, and a view of any kind may be sent', async () => {
    const requests = newQueue();
    newServer(requests, (bytes) => Buffer.concat([bytes, Buffer.from([0])]));
    const client = newClient(requests);
    expect(await client.request(new Uint16Array([0x0201]))).toEqual(Buffer.from([1, 2, 0]));
    expect(await client.request('')).toEqual(Buffer.from([0]));
  });

  it('may have different codecs each way', async () => {
    const requests = newQueue({ codec: codecs.json<number[]>() });
    newServer(requests, (numbers) => new Set(numbers), { replyCodec: codecs.structured<Set<number>>() });
    const client = newClient(requests, { replyCodec: codecs.structured<Set<number>>() });
    expect(await client.request([1, 2, 2])).toEqual(new Set([1, 2]));
  });

  it('takes the codec of a queue of replies', async () => {
    const requests = newQueue({ codec: codecs.json<number>() });
    const replies = newQueue({ codec: codecs.utf8 });
    newServer(requests, (number) => `number ${number}`, { replies });
    expect(await newClient(requests, { replies }).request(5)).toBe('number 5');
  });

  it('a handler that returns nothing resolves the request with undefined, whatever the codec', async () => {
    const requests = newQueue({ codec: codecs.json() });
    newServer(requests, async () => undefined);
    expect(await newClient(requests).request('do something')).toBeUndefined();
  });

  it('a request that does not decode is a RemoteError, and the handler is not called', async () => {
    const requests = newQueue({ codec: codecs.json() });
    const handler = jest.fn();
    newServer(requests, handler);
    const client = newClient(MessageQueue.attach(requests.id));
    expect(await rejectionOf(client.request('{ not json'))).toMatchObject({
      remoteName: 'DecodeError',
      remoteCode: 'ERR_MESSAGE_DECODE',
    });
    expect(handler).not.toHaveBeenCalled();
  });

  it('a reply that does not decode is a DecodeError with its bytes', async () => {
    const requests = newQueue();
    newServer(requests, () => '{ not json');
    const client = newClient<Buffer, unknown>(requests, { replyCodec: codecs.json() });
    expect(await rejectionOf(client.request('x'))).toMatchObject({
      code: 'ERR_MESSAGE_DECODE',
      raw: Buffer.from('{ not json'),
    });
    expect(client.stats.pending).toBe(0);
  });

  it('a reply that is too large for its queue is a RemoteError that says so', async () => {
    const requests = newQueue();
    newServer(requests, () => Buffer.alloc(100_000));
    const error = await rejectionOf(newClient(requests, { timeout: 20_000 }).request('x'));
    expect(error).toMatchObject({ remoteName: 'MessageTooLargeError', remoteCode: 'EINVAL' });
    expect(error.message).toContain('MSGMAX');
  });

  it('a reply that the codec cannot write is a RemoteError', async () => {
    const requests = newQueue({ codec: codecs.json() });
    newServer(requests, () => 5n);
    expect(await rejectionOf(newClient(requests).request(1))).toMatchObject({ remoteName: 'TypeError' });
  });

  it.each([
    ['a text', 'just words', { message: 'just words', remoteName: undefined }],
    ['null', null, { message: 'null' }],
    ['a long message', new Error('x'.repeat(100_000)), { message: 'x'.repeat(2000) }],
    ['what has no words', Object.create(null), { message: 'The handler threw a value that has no text.' }],
  ])('a handler that throws %s is a RemoteError, too', async (_, thrown, expected) => {
    const requests = newQueue();
    newServer(requests, () => {
      throw thrown;
    });
    const error = await rejectionOf(newClient(requests).request('x'));
    expect(error.name).toBe('RemoteError');
    expect(error).toMatchObject(expected);
  });
});

describe('a server', () => {
  it('handles at most as many requests at a time as concurrency says, and the others stay in the queue', async () => {
    const requests = newQueue({ codec: codecs.json<number>() });
    const finish = gate();
    let most = 0;
    const server = newServer(
      requests,
      async (number) => {
        most = Math.max(most, server.stats.active);
        await finish.promise;
        return number;
      },
      { concurrency: 3 },
    );
    const client = newClient(requests);
    const all = Promise.all(Array.from({ length: 10 }, (_, index) => client.request(index)));
    await untilActive(server, 3);
    expect(requests.stat().messageCount).toBe(7);
    finish.open();
    expect(await all).toHaveLength(10);
    expect(most).toBe(3);
  });

  it('with concurrency 1 handles requests in their order', async () => {
    const requests = newQueue({ codec: codecs.json<number>() });
    const order: number[] = [];
    const handler = async (number: number) => {
      await new Promise(setImmediate);
      order.push(number);
      return number;
    };
    newServer(requests, handler, { concurrency: 1 });
    const client = newClient(requests);
    const numbers = Array.from({ length: 50 }, (_, index) => index);
    await Promise.all(numbers.map((number) => client.request(number)));
    expect(order).toEqual(numbers);
  });

  it('with upTo handles the lowest types first', async () => {
    const requests = newQueue({ codec: codecs.json<string>() });
    const client = newClient(requests, { type: 9 });
    const order: [string, number][] = [];
    const all = [client.request('later'), client.request('soon', { type: 2 }), client.request('now', { type: 1 })];
    const handler = (text: string, { type }: { type: number }) => {
      order.push([text, type]);
      return text;
    };
    newServer(requests, handler, { upTo: 9, concurrency: 1 });
    await Promise.all(all);
    expect(order).toEqual([
      ['now', 1],
      ['soon', 2],
      ['later', 9],
    ]);
  });

  it('leaves requests of other types alone', async () => {
    const requests = newQueue({ codec: codecs.json<string>() });
    const client = newClient(requests, { timeout: 20_000 });
    newServer(requests, () => 'of type 5', { type: 5 });
    const other = client.request('x', { type: 4 });
    expect(await client.request('x', { type: 5 })).toBe('of type 5');
    newServer(requests, () => 'of type 4', { type: 4 });
    expect(await other).toBe('of type 4');
  });

  it('shares a queue with another one: each request goes to one of them', async () => {
    const requests = newQueue({ codec: codecs.json<number>() });
    const one = newServer(requests, (number) => number, { concurrency: 1 });
    const other = newServer(requests, (number) => number, { concurrency: 1 });
    const client = newClient(requests);
    await Promise.all(Array.from({ length: 200 }, (_, index) => client.request(index)));
    expect(one.stats.received + other.stats.received).toBe(200);
  });

  it('answers only over the queue of replies that it was given', async () => {
    const requests = newQueue();
    const replies = newQueue();
    const server = newServer(requests, (bytes) => bytes, { replies });
    const stranger = newClient(requests, { replies: 'private' });
    const refused = rejectionOf(stranger.request('to a queue of my own', { timeout: 20_000 }));
    expect((await newClient(requests, { replies }).request('x')).toString()).toBe('x');
    expect(server.stats.undeliverable).toBe(1);
    stranger.close();
    expect(await refused).toMatchObject({ code: 'ERR_QUEUE_CLOSED' });
  });

  it('discards messages that are no requests, and goes on', async () => {
    const requests = newQueue();
    requests.trySend('no header');
    requests.trySend(Buffer.concat([Buffer.from('RQ\x02'), Buffer.alloc(40)]));
    requests.trySend('');
    const server = newServer(requests, (bytes) => bytes);
    expect((await newClient(requests).request('x')).toString()).toBe('x');
    expect(server.stats).toMatchObject({ malformed: 3, received: 4 });
  });
});
