/** The stack of a wait that fails has the functions that wait. */

import { codecs, MessageQueue, RequestClient, TimeoutError } from '../../lib/index';
import { rejectionOf as rejectionOfWait } from '../../lib/waiting/caller-frames';
import { fullQueue, newQueue } from '../support/queues';
import { rejectionOf } from '../support/rejection';

async function stackOf(call: () => Promise<unknown>): Promise<string> {
  try {
    await call();
  } catch (error) {
    return (error as Error).stack ?? '';
  }
  throw new Error('The call was to fail, and did not.');
}

async function theFunctionThatWaits(wait: () => Promise<unknown>): Promise<void> {
  await wait();
}

const soon = { timeout: 1 };

it.each<[call: string, wait: () => Promise<unknown>]>([
  ['receive', () => newQueue().receive(soon)],
  ['receive that is aborted', () => newQueue().receive({ signal: AbortSignal.timeout(1) })],
  ['receiveMany', () => newQueue().receiveMany(soon)],
  ['send', () => fullQueue().send('x', soon)],
  ['sendMany', () => fullQueue().sendMany([{ data: 'x' }, { data: 'y' }], soon)],
  [
    "the iterator's next",
    () =>
      newQueue()
        .messages({ signal: AbortSignal.timeout(1) })
        .next(),
  ],
])('the error of %s has the frames of its caller', async (_, wait) => {
  const stack = await stackOf(() => theFunctionThatWaits(wait));
  expect(stack).toMatch(/at (async )?theFunctionThatWaits .*caller-frames/);
});

it('the error of a queue that is removed or closed has the frames of the waiter, and those of close()', async () => {
  const removed = newQueue();
  const first = stackOf(() => theFunctionThatWaits(() => removed.receive()));
  removed.remove();
  expect(await first).toMatch(/at (async )?theFunctionThatWaits/);
  const closed = newQueue();
  const second = stackOf(() => theFunctionThatWaits(() => closed.receive()));
  closed.close();
  expect(await second).toMatch(/at MessageQueue.close [\s\S]*at (async )?theFunctionThatWaits/);
});

it('the error of a message that does not decode has the frames of the waiter', async () => {
  const queue = newQueue({ codec: codecs.json() });
  const stack = stackOf(() => theFunctionThatWaits(() => queue.receive()));
  MessageQueue.attach(queue.id).trySend('{');
  expect(await stack).toMatch(/at (async )?theFunctionThatWaits/);
});

it('the error of a request has the frames of its caller', async () => {
  const client = new RequestClient(newQueue());
  expect(await stackOf(() => theFunctionThatWaits(() => client.request('x', soon)))).toMatch(
    /at (async )?theFunctionThatWaits/,
  );
  client.close();
});

it('the error of a loop has the frames of the loop', async () => {
  const queue = newQueue();
  async function theLoop(): Promise<void> {
    for await (const _ of queue.messages({ signal: AbortSignal.timeout(1) }));
  }
  // Jest's source maps take the name away.
  expect(await stackOf(theLoop)).toContain('caller-frames.test');
});

it('a program that forms stacks in its own way is left alone', async () => {
  const { prepareStackTrace } = Error;
  Error.prepareStackTrace = () => ({ formed: true });
  try {
    await expect(newQueue().receive(soon)).rejects.toMatchObject({ code: 'ETIMEDOUT', stack: { formed: true } });
  } finally {
    Error.prepareStackTrace = prepareStackTrace;
  }
});

it('stacks in words of the program have only the frames of the caller added', async () => {
  const { prepareStackTrace } = Error;
  Error.prepareStackTrace = (error, frames) =>
    [`stopped at noon: ${error}`, ...frames.map((f) => `  at ${f}`)].join('\n');
  try {
    const stack = await stackOf(() => theFunctionThatWaits(() => newQueue().receive(soon)));
    expect(stack.match(/stopped at noon/g)).toHaveLength(1);
    expect(stack).toMatch(/at (async )?theFunctionThatWaits/);
  } finally {
    Error.prepareStackTrace = prepareStackTrace;
  }
});

it('a program that forms the stacks of errors only is left alone', async () => {
  const { prepareStackTrace } = Error;
  Error.prepareStackTrace = (error) => (error instanceof Error ? `formed: ${error.name}` : { formed: true });
  try {
    const error = await rejectionOf(newQueue().receive(soon));
    expect(error).toMatchObject({ code: 'ETIMEDOUT', stack: 'formed: TimeoutError' });
  } finally {
    Error.prepareStackTrace = prepareStackTrace;
  }
});

it('an error that several waits share has the frames of one of them', async () => {
  const error = new TimeoutError('msgrcv', 1, 0);
  const stacks = [0, 1].map(() => stackOf(() => theFunctionThatWaits(async () => rejectionOfWait(error))));
  await Promise.all(stacks);
  expect(error.stack?.match(/at (async )?theFunctionThatWaits/g)).toHaveLength(1);
});

it.each(['text', undefined, null, 5])(
  'what is no error of this library is rejected with as it is: %j',
  async (thrown) => {
    const queue = newQueue({ codec: codecs.json() });
    MessageQueue.attach(queue.id).trySend('{');
    const onDecodeError = (): never => {
      throw thrown;
    };
    const outcome = queue.messages({ onDecodeError }).next();
    await expect(outcome).rejects.toBe(thrown);
    const waiting = queue.messages({ onDecodeError }).next();
    MessageQueue.attach(queue.id).trySend('{');
    await expect(waiting).rejects.toBe(thrown);
  },
);

it('a stack without frames gets none', async () => {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    const stack = await stackOf(() => theFunctionThatWaits(() => newQueue().receive(soon)));
    expect(stack).toMatch(/^[^\n]+$/);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
});
