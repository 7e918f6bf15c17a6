/** A failure to send a written message arrives as the stream's 'error'. */

import { once } from 'node:events';
import {
  AbortError,
  type Codec,
  MessageQueue,
  MessageTooLargeError,
  QueueClosedError,
  QueueRemovedError,
  type WritableQueueOptions,
} from '../../lib/index';
import { failure } from '../support/failure';
import { fullQueue, newQueue } from '../support/queues';
import { drain, newWritable, write } from '../support/streams';
import { untilWaiting } from '../support/waiting-threads';

const noEncoding = new Error('cannot be written');
const refusing: Codec<string> = {
  encode(text) {
    if (text === 'bad') throw noEncoding;
    return text;
  },
  decode: String,
};

describe("a writable's 'error'", () => {
  it.each<[string, unknown]>([
    ['a number', 5],
    ['an object', {}],
    ['an Array', ['a']],
  ])('is a TypeError when %s is written, and nothing is sent', async (_, data) => {
    const queue = newQueue();
    const stream = newWritable(queue);
    stream.write('good');
    const [error, told] = await Promise.all([once(stream, 'error').then(([error]) => error), write(stream, data)]);
    expect(error).toMatchObject({ name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' });
    expect(told).toBe(error);
    expect(drain(queue)).toEqual(['good']);
  });

  it('is what the codec throws, and nothing is sent', async () => {
    const queue = newQueue({ codec: refusing });
    const stream = newWritable(queue);
    stream.write('bad');
    stream.write('good');
    expect(await once(stream, 'error')).toEqual([noEncoding]);
    expect(queue.stat().messageCount).toBe(0);
  });

  it('is a MessageTooLargeError for a message that can never be sent', async () => {
    const queue = newQueue({ maxBytes: 10 });
    const stream = newWritable(queue);
    stream.write(Buffer.alloc(11));
    const [error] = await once(stream, 'error');
    expect(error).toBeInstanceOf(MessageTooLargeError);
    expect(error).toMatchObject({ code: 'EINVAL', limit: 'msg_qbytes', limitValue: 10, requested: 11 });
  });

  it.each([
    ['while a message waits', 'EIDRM', true],
    ['before', 'EINVAL', false],
  ])('is a QueueRemovedError when the queue was removed %s', async (_, code, waiting) => {
    const queue = fullQueue(1);
    const stream = newWritable(queue);
    if (!waiting) queue.remove();
    stream.write('a');
    if (waiting) {
      await untilWaiting('sysvmq-send', 1);
      queue.remove();
    }
    const [error] = await once(stream, 'error');
    expect(error).toBeInstanceOf(QueueRemovedError);
    expect(error).toMatchObject({ code, syscall: 'msgsnd', queueId: queue.id });
  });

  it.each([
    ['while a message waits', true],
    ['before', false],
  ])('is a QueueClosedError when the handle was closed %s', async (_, waiting) => {
    const queue = fullQueue(1);
    const stream = newWritable(queue);
    if (!waiting) queue.close();
    stream.write('a');
    if (waiting) {
      await untilWaiting('sysvmq-send', 1);
      queue.close();
    }
    const [error] = await once(stream, 'error');
    expect(error).toBeInstanceOf(QueueClosedError);
    expect(error).toMatchObject({ code: 'ERR_QUEUE_CLOSED' });
    expect(drain(MessageQueue.attach(queue.id))).toEqual(['x']);
  });

  it.each([
    ['a message waits', true],
    ['nothing is written', false],
  ])('is an AbortError with the reason when the signal is aborted while %s', async (_, waiting) => {
    const queue = fullQueue(1);
    const controller = new AbortController();
    const stream = newWritable(queue, { signal: controller.signal });
    const reason = new Error('enough');
    if (waiting) {
      stream.write('a');
      await untilWaiting('sysvmq-send', 1);
    }
    controller.abort(reason);
    const [error] = await once(stream, 'error');
    expect(error).toBeInstanceOf(AbortError);
    expect(error).toMatchObject({ code: 'ABORT_ERR', syscall: 'msgsnd', queueId: queue.id });
    expect((error as AbortError).cause).toBe(reason);
    await untilWaiting('sysvmq-send', 0);
    expect(drain(queue)).toEqual(['x']);
  });
});

describe('writable() itself', () => {
  it('throws for a closed handle, and for a signal that is aborted already', () => {
    const queue = newQueue();
    expect(failure(() => queue.writable({ signal: AbortSignal.abort() }))).toBeInstanceOf(AbortError);
    queue.close();
    expect(failure(() => queue.writable())).toMatchObject({ name: 'QueueClosedError', code: 'ERR_QUEUE_CLOSED' });
  });

  it.each<[string, object | null, string]>([
    ['a type of 0', { type: 0 }, 'ERR_OUT_OF_RANGE'],
    ['a type of 2^63', { type: 2n ** 63n }, 'ERR_OUT_OF_RANGE'],
    ['a type that is text', { type: '1' }, 'ERR_INVALID_ARG_TYPE'],
    ['a signal that is none', { signal: {} }, 'ERR_INVALID_ARG_TYPE'],
    ['options that are null', null, 'ERR_INVALID_ARG_TYPE'],
  ])('throws for %s', (_, options, code) => {
    expect(failure(() => newQueue().writable(options as WritableQueueOptions))).toMatchObject({ code });
  });
});
