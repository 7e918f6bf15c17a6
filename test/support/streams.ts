/** Streams over queues, for tests: looked at from outside, and destroyed at the end of the test. */

import type { Readable, Writable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import type { Message, MessageQueue, MessagesOptions, WritableQueueOptions } from '../../lib/index';

const streams = new Set<Readable | Writable>();

// A test that fails leaves its stream behind. Its queue is removed, and an error that nobody listens to would end all
// tests.
function destroyAfterTest<Stream extends Readable | Writable>(stream: Stream): Stream {
  stream.on('error', () => undefined);
  streams.add(stream);
  return stream;
}

/** `queue.readable(options)`. */
export function newReadable<T>(queue: MessageQueue<T>, options?: MessagesOptions): Readable {
  return destroyAfterTest(queue.readable(options));
}

/** `queue.writable(options)`. */
export function newWritable<T>(queue: MessageQueue<T>, options?: WritableQueueOptions): Writable {
  return destroyAfterTest(queue.writable(options));
}

afterEach(() => {
  for (const stream of streams) stream.destroy();
  streams.clear();
});

/** Lets everything happen that a few turns of the event loop can bring about. */
export async function turns(count = 20): Promise<void> {
  for (let each = 0; each < count; each++) await turn();
}

/** Reads what comes, by 'data', into a list of texts. */
export function textsOf(stream: Readable): string[] {
  const texts: string[] = [];
  stream.on('data', ({ data }: Message<string | Buffer>) => texts.push(data.toString()));
  return texts;
}

/** The names of the events that a stream has emitted, in order, of those that tell of its end. */
export function endingOf(stream: NodeJS.EventEmitter): string[] {
  const events: string[] = [];
  for (const name of ['end', 'finish', 'error', 'close']) stream.on(name, () => events.push(name));
  return events;
}

/** Writes, and returns the argument of the callback: nothing when the message was sent. */
export function write(stream: Writable, data: unknown): Promise<Error | null | undefined> {
  return new Promise((resolve) => stream.write(data, resolve));
}

/** Takes all messages that are there, as texts. */
export function drain(queue: MessageQueue): string[] {
  return queue.tryReceiveMany({ max: 1000 }).map(({ data }) => data.toString());
}
