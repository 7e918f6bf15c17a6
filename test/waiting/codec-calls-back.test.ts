/** A codec is the program's own code, and runs while a message is delivered: whatever it calls, none is lost. */

import { type Codec, MessageQueue } from '../../lib/index';
import { newQueue } from '../support/queues';
import { threadsAtRest, threadsNamed, untilWaiting } from '../support/waiting-threads';

/** A codec of texts that calls `inDecode` when it reads the first one. */
function codecThatCalls(inDecode: () => void): Codec<string> {
  let called = false;
  return {
    encode: (text) => text,
    decode(bytes) {
      if (!called) {
        called = true;
        inDecode();
      }
      return bytes.toString();
    },
  };
}

/** Blocks the event loop until all threads but so many have told what they have to tell. */
function blockUntilTold(parked: number): void {
  const deadline = performance.now() + 10_000;
  while (threadsAtRest('sysvmq-recv').length !== threadsNamed('sysvmq-recv').length - parked) {
    if (performance.now() > deadline) throw new Error('Our threads do not come to rest.');
  }
}

interface SetUp {
  /** How many other threads are parked until `prepare` is called, in the turn before the event loop hears of anything. */
  parkedBefore: number;
  prepare: () => void;
  inDecode: () => void;
}

const ignored = (): undefined => undefined;

describe('a message is delivered to one receive, and the next message to the next', () => {
  // For the first receive two events are on their way, one of them of an earlier receive that was canceled. While its
  // message is decoded, because of the first event, the second is not to have another message taken for it.
  it.each<[string, () => Promise<SetUp>]>([
    [
      'closes a handle whose receive was canceled',
      async () => {
        const other = newQueue({ spin: 0 });
        const controller = new AbortController();
        other.receive({ signal: controller.signal }).catch(ignored);
        const prepare = (): void => {
          other.trySend('on its way');
          blockUntilTold(0);
          controller.abort();
        };
        return { parkedBefore: 1, prepare, inDecode: () => other.close() };
      },
    ],
    [
      'calls sendSync for a queue to which a send waits',
      async () => {
        const full = newQueue({ maxBytes: 10 });
        full.trySend('0123456789');
        full.send('waits').catch(ignored);
        await untilWaiting('sysvmq-send', 1);
        const inDecode = (): void => {
          full.tryReceive();
          full.sendSync('sent');
        };
        return { parkedBefore: 0, prepare: ignored, inDecode };
      },
    ],
  ])('also when the codec %s', async (_, setUp) => {
    const { parkedBefore, prepare, inDecode } = await setUp();
    const queue = newQueue({ spin: 0, codec: codecThatCalls(inDecode) });
    const plain = MessageQueue.attach(queue.id);
    const controller = new AbortController();
    queue.receive({ signal: controller.signal }).catch(ignored);
    await untilWaiting('sysvmq-recv', parkedBefore + 1);

    plain.trySend('taken by hand');
    blockUntilTold(parkedBefore);
    controller.abort();
    plain.tryReceive();
    const receives = [queue.receive(), queue.receive()];
    plain.trySend('first');
    plain.trySend('second');
    plain.trySend('third');
    blockUntilTold(parkedBefore);
    prepare();

    const received = await Promise.all(receives);
    expect(received.map(({ data }) => data)).toEqual(['first', 'second']);
    expect(plain.tryReceiveMany().map(({ data }) => data.toString())).toEqual(['third']);
    queue.close();
  });
});
