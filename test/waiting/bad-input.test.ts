/** Arguments of what waits: what is wrong is refused, by a rejection where there is a promise, and nothing is tried. */

import { inspect } from 'node:util';
import type { MessageQueue } from '../../lib/index';
import { inChild } from '../support/child';
import { kernelState } from '../support/kernel-state';
import { fullQueue, newQueue } from '../support/queues';
import { hasSettled, rejectionOf } from '../support/rejection';
import { itSlow } from '../support/slow';

type Call = (queue: MessageQueue, options: never) => unknown;

/** What takes options and returns a promise. */
const promising: [string, Call][] = [
  ['send', (queue, options) => queue.send('x', options)],
  ['receive', (queue, options) => queue.receive(options)],
  ['sendMany', (queue, options) => queue.sendMany([{ data: 'x' }], options)],
  ['receiveMany', (queue, options) => queue.receiveMany(options)],
];
const synchronous: [string, Call][] = [
  ['sendSync', (queue, options) => queue.sendSync('x', options)],
  ['receiveSync', (queue, options) => queue.receiveSync(options)],
];
const streaming: [string, Call][] = [
  ['messages', (queue, options) => queue.messages(options)],
  ['readable', (queue, options) => queue.readable(options)],
  ['writable', (queue, options) => queue.writable(options)],
];

const notIntegers = [
  -1,
  -0.5,
  0.5,
  1.5,
  NaN,
  Infinity,
  -Infinity,
  2 ** 31,
  2 ** 32,
  2 ** 53,
  Number.MIN_VALUE,
  -(2 ** 53),
];
const notNumbers = [null, '5', '', 5n, true, {}, [], [5], new Date(0), () => 5, Symbol('5')];
const noSignals = [
  null,
  0,
  'abort',
  true,
  {},
  [],
  { aborted: false },
  new EventTarget(),
  () => undefined,
  AbortController,
];
const noObjects = [null, 0, 5, 'timeout', true, 5n, Symbol('options'), [], [5], () => undefined];
const noBooleans = [null, 0, 1, 'true', {}, []];

/** What a call answers to each of the values of an option; it must not throw but reject, and change nothing. */
async function answers(call: Call, values: unknown[], optionsOf: (value: unknown) => unknown): Promise<string[]> {
  const queue = newQueue();
  queue.trySend('there');
  const before = kernelState();
  const lines: string[] = [];
  for (const value of values) {
    let promise: unknown;
    try {
      promise = call(queue, optionsOf(value) as never);
    } catch (error) {
      lines.push(`${inspect(value)}: it threw ${error}`);
      continue;
    }
    const { name, code } = await rejectionOf(promise as Promise<unknown>);
    lines.push(`${inspect(value)}: ${name} [${code}]`);
  }
  expect(kernelState()).toBe(before);
  return lines;
}

/** The same for a call that returns no promise. */
async function thrownAnswers(call: Call, values: unknown[], optionsOf: (value: unknown) => unknown): Promise<string[]> {
  return answers(async (queue, options) => call(queue, options), values, optionsOf);
}

const typeErrors = (values: unknown[]) => values.map((value) => `${inspect(value)}: TypeError [ERR_INVALID_ARG_TYPE]`);
const rangeErrors = (values: unknown[]) => values.map((value) => `${inspect(value)}: RangeError [ERR_OUT_OF_RANGE]`);

describe.each(promising)('%s rejects', (_, call) => {
  it('a timeout that is no integer from 0 to 2^31−1', async () => {
    expect(await answers(call, notIntegers, (timeout) => ({ timeout }))).toEqual(rangeErrors(notIntegers));
    expect(await answers(call, notNumbers, (timeout) => ({ timeout }))).toEqual(typeErrors(notNumbers));
  });

  it('a signal that is no AbortSignal', async () => {
    expect(await answers(call, noSignals, (signal) => ({ signal }))).toEqual(typeErrors(noSignals));
  });

  it('options that are no object', async () => {
    expect(await answers(call, noObjects, (options) => options)).toEqual(typeErrors(noObjects));
  });

  it('what a getter of the options throws', async () => {
    const thrown = new Error('from the getter');
    const options = {
      get timeout(): number {
        throw thrown;
      },
    };
    expect(await rejectionOf(call(newQueue(), options as never) as Promise<unknown>)).toBe(thrown);
  });
});

describe.each(synchronous)('%s throws for', (_, call) => {
  it('a timeout that is no integer from 0 to 2^31−1', async () => {
    expect(await thrownAnswers(call, notIntegers, (timeout) => ({ timeout }))).toEqual(rangeErrors(notIntegers));
    expect(await thrownAnswers(call, notNumbers, (timeout) => ({ timeout }))).toEqual(typeErrors(notNumbers));
  });
});

describe.each(streaming)('%s throws for', (_, call) => {
  it('a signal that is no AbortSignal, and options that are no object', async () => {
    expect(await thrownAnswers(call, noSignals, (signal) => ({ signal }))).toEqual(typeErrors(noSignals));
    expect(await thrownAnswers(call, noObjects, (options) => options)).toEqual(typeErrors(noObjects));
  });
});

describe.each([...promising, ...synchronous].filter(([name]) => !name.endsWith('Many')))('%s refuses', (_, call) => {
  it('a nowait that is no boolean', async () => {
    expect(await thrownAnswers(call, noBooleans, (nowait) => ({ nowait }))).toEqual(typeErrors(noBooleans));
  });
});

describe.each(promising.filter(([name]) => name.startsWith('receive')))('%s rejects', (_, call) => {
  it.each<[string, unknown, string]>([
    ['a type of 0', { type: 0 }, 'RangeError'],
    ['an upTo below 1', { upTo: -1 }, 'RangeError'],
    ['a type that is text', { type: '1' }, 'TypeError'],
    ['two selectors', { type: 1, except: 2 }, 'RangeError'],
    ['truncate without maxLength', { truncate: true }, 'RangeError'],
    ['a negative maxLength', { maxLength: -1 }, 'RangeError'],
  ])('%s', async (_, options, name) => {
    const [answer] = await answers(call, [options], (value) => value);
    expect(answer).toContain(`}: ${name} [ERR_`);
  });
});

describe('send rejects', () => {
  it.each<[string, unknown]>([
    ['undefined', undefined],
    ['null', null],
    ['a number', 5],
    ['an object', {}],
    ['shared memory', new SharedArrayBuffer(4)],
  ])('data that are %s', async (_, data) => {
    const queue = newQueue();
    const error = await rejectionOf(queue.send(data as string));
    expect(error).toMatchObject({ name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' });
    expect(queue.stat().messageCount).toBe(0);
  });

  it.each([0, -1, 1.5, NaN, 2 ** 53, 0n, 2n ** 63n])('a type of %p', async (type) => {
    const error = await rejectionOf(newQueue().send('x', { type }));
    expect(error).toMatchObject({ name: 'RangeError', code: 'ERR_OUT_OF_RANGE' });
  });

  it('a message that can never be sent, at once, though there is no room either', async () => {
    const error = await rejectionOf(fullQueue(10).send(Buffer.alloc(11)));
    expect(error).toMatchObject({ name: 'MessageTooLargeError', code: 'EINVAL', limit: 'msg_qbytes' });
  });
});

describe('a timeout', () => {
  itSlow('of 2^31−1 milliseconds is none in practice, and no warning', async () => {
    const outcome = await inChild(async ({ sysvmq }) => {
      const warnings: string[] = [];
      process.on('warning', ({ message }) => warnings.push(message));
      const queue = sysvmq.MessageQueue.createPrivate({ autoRemove: true });
      const received = queue.receive({ timeout: 2 ** 31 - 1 });
      await new Promise((resolve) => setTimeout(resolve, 20));
      queue.trySend('came');
      const text = (await received).data.toString();
      queue.close();
      return { text, warnings };
    });
    expect(outcome).toEqual({ text: 'came', warnings: [] });
  });

  it('of 0 takes what is there, and waits for nothing', async () => {
    const queue = newQueue();
    queue.trySend('there');
    expect((await queue.receive({ timeout: 0 })).data.toString()).toBe('there');
    const error = await rejectionOf(queue.receive({ timeout: 0 }));
    expect(error).toMatchObject({ name: 'TimeoutError', code: 'ETIMEDOUT' });
  });

  it('of 0 sends when there is room, and waits for none', async () => {
    const queue = newQueue({ maxBytes: 1 });
    await queue.send('a', { timeout: 0 });
    const error = await rejectionOf(queue.send('b', { timeout: 0 }));
    expect(error).toMatchObject({ name: 'TimeoutError', code: 'ETIMEDOUT' });
    expect(queue.stat().messageCount).toBe(1);
  });

  it('of −0 is one of 0', async () => {
    const error = await rejectionOf(newQueue().receive({ timeout: -0 }));
    expect(error).toMatchObject({ name: 'TimeoutError', code: 'ETIMEDOUT' });
  });

  it('beside nowait is not waited for', async () => {
    const received = newQueue().receive({ nowait: true, timeout: 2 ** 31 - 1 });
    const sent = fullQueue().send('x', { nowait: true, timeout: 2 ** 31 - 1 });
    expect(await rejectionOf(received)).toMatchObject({ name: 'NoMessageError', code: 'ENOMSG' });
    expect(await rejectionOf(sent)).toMatchObject({ name: 'QueueFullError', code: 'EAGAIN' });
    expect(() => newQueue().receiveSync({ nowait: true, timeout: 1000 })).toThrow(
      expect.objectContaining({ name: 'NoMessageError' }),
    );
    expect(() => fullQueue().sendSync('x', { nowait: true, timeout: 1000 })).toThrow(
      expect.objectContaining({ name: 'QueueFullError' }),
    );
  });

  it('that is undefined is none', async () => {
    const queue = newQueue();
    // The types do not say so, and a caller may pass on what it was given.
    const received = queue.receive({ timeout: undefined, signal: undefined } as never);
    expect(await hasSettled(received)).toBe(false);
    queue.trySend('came');
    expect((await received).data.toString()).toBe('came');
  });
});
