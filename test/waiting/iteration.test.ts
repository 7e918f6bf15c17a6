/** `for await` over messages(): which messages it gets, and in which order. */

import { codecs, Message, MessageQueue } from '../../lib/index';
import { inChild, startChild, until } from '../support/child';
import { newQueue } from '../support/queues';
import { hasSettled } from '../support/rejection';
import { itSlow } from '../support/slow';
import { untilWaiting } from '../support/waiting-threads';

const texts = ['a', 'b', 'c', 'd'];

function queueOf(...sent: string[]): MessageQueue<string> {
  const queue = newQueue({ codec: codecs.utf8 });
  queue.trySendMany(sent.map((data) => ({ data })));
  return queue;
}

describe('messages()', () => {
  it('has the messages that are there and those that come, in their order', async () => {
    const queue = queueOf('a', 'b');
    const seen: string[] = [];
    for await (const { data } of queue.messages()) {
      seen.push(data);
      if (seen.length === 2) setImmediate(() => queue.trySendMany([{ data: 'c' }, { data: 'd' }]));
      if (seen.length === 4) break;
    }
    expect(seen).toEqual(texts);
  });

  it('is what "for await" over the queue itself does', async () => {
    const queue = queueOf(...texts);
    const seen: string[] = [];
    for await (const { data } of queue) if (seen.push(data) === 4) break;
    expect(seen).toEqual(texts);
  });

  it('has a Message with its type and what the codec made of it', async () => {
    const queue = newQueue({ codec: codecs.json<number[]>() });
    queue.trySend([1, 2], { type: 2n ** 63n - 1n });
    const { value } = await queue.messages().next();
    expect(value).toBeInstanceOf(Message);
    expect(value).toMatchObject({ data: [1, 2], typeBigInt: 2n ** 63n - 1n, truncated: false });
  });

  it('has empty messages', async () => {
    const queue = newQueue({ spin: 0 });
    const iterator = queue.messages();
    queue.trySend('', { type: 5 });
    expect((await iterator.next()).value).toMatchObject({ type: 5, data: Buffer.alloc(0) });
    const next = iterator.next();
    await untilWaiting('sysvmq-recv', 1);
    queue.trySend('', { type: 6 });
    expect((await next).value).toMatchObject({ type: 6, data: Buffer.alloc(0) });
  });

  it.each([
    ['type', { type: 2 }, [2, 2], [3, 1, 3, 1]],
    ['except', { except: 2 }, [3, 1, 3, 1], [2, 2]],
    ['upTo', { upTo: 2 }, [1, 1, 2, 2], [3, 3]],
  ])('takes only the messages that match: %s', async (_, select, taken, left) => {
    const queue = newQueue();
    for (const type of [3, 2, 1, 3, 2, 1]) queue.trySend('x', { type });
    const types: number[] = [];
    for await (const { type } of queue.messages(select)) if (types.push(type) === taken.length) break;
    expect(types).toEqual(taken);
    expect(queue.tryReceiveMany().map(({ type }) => type)).toEqual(left);
  });

  it('waits for a message that matches while others come', async () => {
    const queue = newQueue();
    const next = queue.messages({ type: 2 }).next();
    queue.trySend('other', { type: 1 });
    expect(await hasSettled(next)).toBe(false);
    queue.trySend('this', { type: 2 });
    expect((await next).value).toMatchObject({ type: 2, data: Buffer.from('this') });
    expect(queue.stat().messageCount).toBe(1);
  });

  it('cuts longer messages with maxLength and truncate', async () => {
    const { value } = await queueOf('abcdef').messages({ maxLength: 3, truncate: true }).next();
    expect(value).toMatchObject({ data: 'abc', truncated: true });
  });

  it('takes each message when it is asked for it, and none before', async () => {
    const queue = queueOf(...texts);
    const iterator = queue.messages();
    expect(queue.stat().messageCount).toBe(4);
    await iterator.next();
    expect(await hasSettled(new Promise(() => undefined))).toBe(false);
    expect(queue.stat().messageCount).toBe(3);
  });

  it('lets other things happen while it waits', async () => {
    const queue = newQueue({ codec: codecs.utf8 });
    const next = queue.messages().next();
    expect(await hasSettled(next)).toBe(false);
    setTimeout(() => queue.trySend('from a timer'), 5);
    expect((await next).value).toMatchObject({ data: 'from a timer' });
  });

  itSlow('leaves the event loop to others also when there is always a message', async () => {
    const queue = queueOf('first');
    let seen = 0;
    let turns = 0;
    const countTurns = (): void => {
      turns += 1;
      if (seen < 50_000) setImmediate(countTurns);
    };
    setImmediate(countTurns);
    for await (const _ of queue) {
      seen += 1;
      if (seen === 50_000) break;
      queue.trySend('another');
    }
    expect(turns).toBeGreaterThan(10);
  });

  itSlow('has ten thousand messages of another process once each, in order', async () => {
    const count = 10_000;
    const queue = newQueue({ codec: codecs.utf8 });
    const sender = startChild(
      ({ sysvmq }, { id, count }) => {
        const queue = sysvmq.MessageQueue.attach(id);
        for (let number = 0; number < count; number++) queue.sendSync(String(number));
      },
      { id: queue.id, count },
    );
    const seen: string[] = [];
    for await (const { data } of queue) if (seen.push(data) === count) break;
    await sender.result;
    expect(seen).toEqual(Array.from({ length: count }, (_, number) => String(number)));
  });
});

describe('next()', () => {
  it('called several times at once has the messages in the order of the calls', async () => {
    const queue = queueOf('a', 'b');
    const iterator = queue.messages();
    const results = texts.map(() => iterator.next());
    queue.trySend('c');
    queue.trySend('d');
    expect((await Promise.all(results)).map(({ value }) => value?.data)).toEqual(texts);
  });

  itSlow('called several times at once while nothing is there, too', async () => {
    const queue = newQueue({ codec: codecs.utf8, spin: 0 });
    const iterator = queue.messages();
    const results = texts.map(() => iterator.next());
    await untilWaiting('sysvmq-recv', 1);
    await inChild(
      ({ sysvmq }, { id, texts }) => {
        for (const text of texts) sysvmq.MessageQueue.attach(id).sendSync(text);
      },
      { id: queue.id, texts },
    );
    expect((await Promise.all(results)).map(({ value }) => value?.data)).toEqual(texts);
  });

  it('takes its turn among the receives of the process', async () => {
    const queue = newQueue({ codec: codecs.utf8 });
    const iterator = queue.messages();
    const results = [
      iterator.next().then(({ value }) => value?.data),
      queue.receive().then(({ data }) => data),
      iterator.next().then(({ value }) => value?.data),
      MessageQueue.attach(queue.id, { codec: codecs.utf8 })
        .receive()
        .then(({ data }) => data),
    ];
    queue.trySendMany(texts.map((data) => ({ data })));
    expect(await Promise.all(results)).toEqual(texts);
  });
});

describe('two iterations over one queue', () => {
  itSlow.each([
    ['of one handle', false],
    ['of two handles', true],
  ])('%s share the messages: each goes to one of them, in order', async (_, twoHandles) => {
    const count = 1000;
    const queue = newQueue({ codec: codecs.utf8 });
    const other = twoHandles ? MessageQueue.attach(queue.id, { codec: codecs.utf8 }) : queue;
    const seen: [number[], number[]] = [[], []];
    const iterate = async (handle: MessageQueue<string>, numbers: number[]): Promise<void> => {
      for await (const { data } of handle) numbers.push(Number(data));
    };
    const ended = [iterate(queue, seen[0]), iterate(other, seen[1])];
    await inChild(
      ({ sysvmq }, { id, count }) => {
        for (let number = 0; number < count; number++) sysvmq.MessageQueue.attach(id).sendSync(String(number));
      },
      { id: queue.id, count },
    );
    await until('all were seen', () => seen.flat().length === count);
    queue.close();
    other.close();
    await Promise.all(ended);
    for (const numbers of seen) expect(numbers).toEqual([...numbers].sort((one, next) => one - next));
    expect(seen.flat().sort((one, next) => one - next)).toEqual(Array.from({ length: count }, (_, number) => number));
  });

  it('of which one ends leave its messages to the other', async () => {
    const queue = newQueue({ codec: codecs.utf8, spin: 0 });
    const [ending, going] = [queue.messages(), queue.messages()];
    const [first, second] = [ending.next(), going.next()];
    await untilWaiting('sysvmq-recv', 1);
    await ending.return?.();
    queue.trySend('a');
    expect(await first).toEqual({ done: true, value: undefined });
    expect((await second).value).toMatchObject({ data: 'a' });
  });
});
