/** pipeline() from one queue to another: what goes through it, and what is left when it ends or fails. */

import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Codec, codecs, type Message, MessageQueue } from '../../lib/index';
import { inChild, until } from '../support/child';
import { newQueue } from '../support/queues';
import { rejectionOf } from '../support/rejection';
import { itSlow } from '../support/slow';
import { drain, newReadable, newWritable, turns } from '../support/streams';
import { untilWaiting } from '../support/waiting-threads';

/** Sends a Message on as it was received. */
const forwarded: Codec<Message> = {
  encode: ({ data }) => data,
  decode(bytes) {
    throw new Error(`nobody reads this: ${bytes}`);
  },
};

function upperCase(): Transform {
  return new Transform({
    objectMode: true,
    transform({ data }: Message<string>, _encoding, callback) {
      if (data === 'bad') callback(new Error('cannot be written larger'));
      else callback(null, data.toUpperCase());
    },
  });
}

async function untilNothingWaits(): Promise<void> {
  await untilWaiting('sysvmq-recv', 0);
  await untilWaiting('sysvmq-send', 0);
}

/** A queue to read from, one to write to, and streams of both. Each stream has a handle of its own. */
function twoQueues(maxBytes = 16384) {
  const [source, target] = [newQueue(), newQueue({ maxBytes })];
  const sourceHandle = MessageQueue.attach(source.id, { codec: codecs.utf8, spin: 0 });
  const targetHandle = MessageQueue.attach(target.id, { codec: codecs.utf8 });
  return {
    source,
    target,
    sourceHandle,
    targetHandle,
    readable: newReadable(sourceHandle),
    writable: newWritable(targetHandle),
  };
}

describe('pipeline() of two queues', () => {
  it('takes each message from one to the other, in order', async () => {
    const { source, target, sourceHandle, readable, writable } = twoQueues();
    source.trySendMany([{ data: 'a' }, { data: 'b' }]);
    const done = pipeline(readable, upperCase(), writable);
    await until('both went through', () => target.stat().messageCount === 2);
    source.trySend('c');
    await until('the third went through', () => target.stat().messageCount === 3);
    sourceHandle.close();
    await done;
    expect(drain(target)).toEqual(['A', 'B', 'C']);
    expect(writable.writableFinished).toBe(true);
  });

  it('works with an async generator in between', async () => {
    const { source, target, sourceHandle, readable, writable } = twoQueues();
    source.trySendMany([{ data: 'a' }, { data: 'b' }]);
    const done = pipeline(
      readable,
      async function* (messages: AsyncIterable<Message<string>>) {
        for await (const { data } of messages) yield `${data}${data}`;
      },
      writable,
    );
    await until('both went through', () => target.stat().messageCount === 2);
    sourceHandle.close();
    await done;
    expect(drain(target)).toEqual(['aa', 'bb']);
  });

  it('leaves the messages in the first queue when the second is full', async () => {
    const [source, target] = [newQueue(), newQueue({ maxBytes: 1, codec: forwarded })];
    for (let sent = 0; sent < 100; sent++) source.trySend('a');
    const [readable, writable] = [newReadable(source), newWritable(target)];
    const failed = rejectionOf(pipeline(readable, writable));
    await untilWaiting('sysvmq-send', 1);
    await turns(50);
    // One is in the second queue, and as many as the writable holds are on their way.
    expect(source.stat().messageCount).toBeGreaterThanOrEqual(100 - 1 - writable.writableHighWaterMark - 1);
    readable.destroy();
    expect(await failed).toMatchObject({ code: 'ERR_STREAM_PREMATURE_CLOSE' });
  });

  it('finishes only when all that was taken is in the second queue', async () => {
    const { source, target, sourceHandle, readable, writable } = twoQueues(1);
    source.trySendMany(['a', 'b', 'c', 'd'].map((data) => ({ data })));
    let done = false;
    const piped = pipeline(readable, upperCase(), writable).then(() => {
      done = true;
    });
    await until('all are on their way', () => source.stat().messageCount === 0);
    sourceHandle.close();
    const received: string[] = [];
    while (received.length < 4) {
      await until('there is a message', () => target.stat().messageCount === 1);
      await turns();
      expect(done).toBe(received.length === 3);
      received.push(...drain(target));
    }
    await piped;
    expect(received).toEqual(['A', 'B', 'C', 'D']);
  });

  itSlow('between two processes carries a thousand messages, none lost and none twice', async () => {
    const count = 1000;
    const { source, target, readable, writable, sourceHandle } = twoQueues(200);
    const done = pipeline(readable, upperCase(), writable);
    const outcome = await inChild(
      async ({ sysvmq }, { sourceId, targetId, count }) => {
        const source = sysvmq.MessageQueue.attach(sourceId);
        const target = sysvmq.MessageQueue.attach(targetId);
        const received: string[] = [];
        const receiving = (async () => {
          while (received.length < count) received.push((await target.receive()).data.toString());
        })();
        for (let number = 0; number < count; number++) await source.send(`n${number}`);
        await receiving;
        return received;
      },
      { sourceId: source.id, targetId: target.id, count },
    );
    expect(outcome).toEqual(Array.from({ length: count }, (_, number) => `N${number}`));
    sourceHandle.close();
    await done;
  });
});

describe('pipeline() of two queues that fails', () => {
  it('in between: takes no more from the first, and nothing keeps waiting', async () => {
    const { source, target, readable, writable } = twoQueues();
    const failed = rejectionOf(pipeline(readable, upperCase(), writable));
    source.trySendMany(['a', 'bad'].map((data) => ({ data })));
    expect(await failed).toMatchObject({ message: 'cannot be written larger' });
    expect([readable.destroyed, writable.destroyed]).toEqual([true, true]);
    expect(drain(target)).toEqual(['A']);
    source.trySend('stays');
    await untilNothingWaits();
    expect(drain(source)).toEqual(['stays']);
  });

  it('because the first queue is removed: what was taken has arrived', async () => {
    const { source, target, readable, writable } = twoQueues();
    const failed = rejectionOf(pipeline(readable, upperCase(), writable));
    source.trySend('a');
    await until('it went through', () => target.stat().messageCount === 1);
    await untilWaiting('sysvmq-recv', 1);
    source.remove();
    expect(await failed).toMatchObject({ name: 'QueueRemovedError', code: 'EIDRM', syscall: 'msgrcv' });
    expect(writable.destroyed).toBe(true);
    expect(drain(target)).toEqual(['A']);
  });

  it('because the second queue is removed: the first is no longer read', async () => {
    const { source, target, readable, writable } = twoQueues();
    const failed = rejectionOf(pipeline(readable, upperCase(), writable));
    target.remove();
    source.trySend('a');
    expect(await failed).toMatchObject({ name: 'QueueRemovedError', code: 'EINVAL', syscall: 'msgsnd' });
    source.trySend('stays');
    await untilNothingWaits();
    expect(drain(source)).toEqual(['stays']);
  });

  it('because its signal is aborted: both waits are canceled', async () => {
    const { source, target, readable, writable } = twoQueues(1);
    const controller = new AbortController();
    const failed = rejectionOf(pipeline(readable, upperCase(), writable, { signal: controller.signal }));
    source.trySendMany(['a', 'b'].map((data) => ({ data })));
    await untilWaiting('sysvmq-send', 1);
    await untilWaiting('sysvmq-recv', 1);
    controller.abort();
    expect(await failed).toMatchObject({ name: 'AbortError', code: 'ABORT_ERR' });
    await untilNothingWaits();
    source.trySend('stays');
    expect(drain(target)).toEqual(['A']);
    await turns();
    expect(drain(source)).toEqual(['stays']);
    expect(drain(target)).toEqual([]);
  });

  it('because the handle of the second is closed: nothing keeps waiting', async () => {
    const { source, targetHandle, readable, writable } = twoQueues();
    const failed = rejectionOf(pipeline(readable, upperCase(), writable));
    await untilWaiting('sysvmq-recv', 1);
    targetHandle.close();
    source.trySend('a');
    expect(await failed).toMatchObject({ name: 'QueueClosedError', code: 'ERR_QUEUE_CLOSED' });
    await untilNothingWaits();
    source.trySend('stays');
    await turns();
    expect(drain(source)).toEqual(['stays']);
  });
});

it('a process whose pipeline has failed ends by itself', async () => {
  const [source, target] = [newQueue(), newQueue()];
  const outcome = await inChild(
    async ({ sysvmq, require }, [sourceId, targetId]) => {
      const { pipeline } = require('node:stream/promises') as typeof import('node:stream/promises');
      const readable = sysvmq.MessageQueue.attach(sourceId as number).readable();
      const writable = sysvmq.MessageQueue.attach(targetId as number).writable();
      const failed = pipeline(readable, writable).catch((error) => error.code);
      sysvmq.MessageQueue.attach(sourceId as number).trySend('a Message is no data to send');
      return failed;
    },
    [source.id, target.id],
  );
  expect(outcome).toBe('ERR_INVALID_ARG_TYPE');
});
