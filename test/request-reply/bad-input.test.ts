/** Arguments of clients and servers that are wrong by themselves: nothing reaches the kernel. */

import { codecs, type MessageQueue, QueueRemovedError, RequestClient, RequestServer } from '../../lib/index';
import { answers, arrays, notIntegers, notNumbers, notObjects, outOfRange, wrongType } from '../support/bad-values';
import { kernelState } from '../support/kernel-state';
import { newQueue } from '../support/queues';
import { rejectionOf } from '../support/rejection';
import { newClient } from '../support/requests';

const handler = (bytes: Buffer) => bytes;
const noQueues = [null, undefined, 5, 'queue', {}, []];

it.each([
  ['client', (queue: unknown) => new RequestClient(queue as never)],
  ['server', (queue: unknown) => new RequestServer(queue as never, handler)],
])('a %s takes a MessageQueue and nothing else', (_, make) => {
  expect(answers(make, noQueues)).toEqual(wrongType('requests', 'an instance of MessageQueue', noQueues));
});

it.each([
  ['client', (options: unknown) => new RequestClient(newQueue(), options as never)],
  ['server', (options: unknown) => new RequestServer(newQueue(), handler, options as never)],
])('the options of a %s are an object', (_, make) => {
  for (const value of [...notObjects, ...arrays]) {
    expect(() => make(value)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_ARG_TYPE' }));
  }
});

it('a handler is a function', () => {
  const queue = newQueue();
  const values = [null, undefined, 5, {}, 'handler'];
  expect(answers((value) => new RequestServer(queue, value as never), values)).toEqual(
    wrongType('handler', 'of type function', values),
  );
});

describe.each<[string, number, number, (queue: MessageQueue, value: unknown) => unknown]>([
  ['type', 1, 65535, (queue, type) => new RequestClient(queue, { type } as never)],
  ['replyType', 65536, 2147483647, (queue, replyType) => new RequestClient(queue, { replyType } as never)],
  ['timeout', 0, 2147483647, (queue, timeout) => new RequestClient(queue, { timeout } as never)],
  ['type', 1, 65535, (queue, type) => new RequestServer(queue, handler, { type } as never)],
  ['upTo', 1, 65535, (queue, upTo) => new RequestServer(queue, handler, { upTo } as never)],
  ['concurrency', 1, 2147483647, (queue, concurrency) => new RequestServer(queue, handler, { concurrency } as never)],
  [
    'replyTimeout',
    0,
    2147483647,
    (queue, replyTimeout) => new RequestServer(queue, handler, { replyTimeout } as never),
  ],
  [
    'replyLifetime',
    1,
    2147483647,
    (queue, replyLifetime) => new RequestServer(queue, handler, { replyLifetime } as never),
  ],
])('the option %s', (name, min, max, make) => {
  it(`is an integer from ${min} to ${max}`, () => {
    const queue = newQueue();
    // An endless request is asked for by Infinity.
    const integers = name === 'timeout' ? notIntegers.filter((value) => value !== Infinity) : notIntegers;
    const beyond = [...integers, min - 1, max + 1, -1];
    expect(answers((value) => make(queue, value), notNumbers)).toEqual(
      wrongType(`options.${name}`, 'of type number', notNumbers),
    );
    expect(answers((value) => make(queue, value), beyond)).toEqual(
      outOfRange(`options.${name}`, `an integer >= ${min} and <= ${max}`, beyond),
    );
  });
});

it('a codec has its two functions', () => {
  const queue = newQueue();
  const make = (replyCodec: unknown) => new RequestClient(queue, { replyCodec } as never);
  const values = [null, {}, 'json', { encode: () => '' }];
  expect(answers(make, values)).toEqual(
    wrongType('options.replyCodec', 'an object with the functions encode and decode', values),
  );
});

it('options that exclude each other are refused', () => {
  const queue = newQueue();
  expect(() => new RequestServer(queue, handler, { type: 1, upTo: 2 } as never)).toThrow(RangeError);
  expect(() => new RequestClient(queue, { replies: queue, mode: 0o660 })).toThrow(RangeError);
});

it('a queue that was removed is a QueueRemovedError', () => {
  const queue = newQueue();
  queue.remove();
  expect(() => new RequestClient(queue)).toThrow(QueueRemovedError);
  expect(() => new RequestServer(queue, handler)).toThrow(QueueRemovedError);
});

describe('a request', () => {
  it.each<[string, unknown, string]>([
    ['options that are none', 5, 'ERR_INVALID_ARG_TYPE'],
    ['a type above 65535', { type: 65536 }, 'ERR_OUT_OF_RANGE'],
    ['a timeout that is a text', { timeout: '5' }, 'ERR_INVALID_ARG_TYPE'],
    ['a timeout below 0', { timeout: -1 }, 'ERR_OUT_OF_RANGE'],
    ['a signal that is none', { signal: {} }, 'ERR_INVALID_ARG_TYPE'],
  ])('with %s rejects and sends nothing', async (_, options, code) => {
    const client = newClient(newQueue());
    const before = kernelState();
    expect(await rejectionOf(client.request('x', options as never))).toMatchObject({ code });
    expect(kernelState()).toBe(before);
  });

  it('that its codec cannot write rejects and sends nothing', async () => {
    const queue = newQueue({ codec: codecs.json<unknown>() });
    const client = newClient(queue);
    expect(await rejectionOf(client.request(undefined))).toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' });
    expect(await rejectionOf(client.request(5n))).toBeInstanceOf(TypeError);
    expect(queue.stat().messageCount).toBe(0);
    expect(client.stats.pending).toBe(0);
  });

  it('that is too large rejects with its size and the header, and the next one goes', async () => {
    const queue = newQueue();
    const client = newClient(queue);
    const error = await rejectionOf(client.request(Buffer.alloc(8192)));
    expect(error).toMatchObject({ name: 'MessageTooLargeError', requested: 8192 + 32, requestSent: false });
    const next = rejectionOf(client.request(Buffer.alloc(8192 - 32), { timeout: 20 }));
    expect(await next).toMatchObject({ requestSent: true });
  });
});
