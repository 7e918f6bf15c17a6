/** A peer that removes the queue and makes it again, in a loop: every call that meets that ends with a typed error. */

import { availableParallelism } from 'node:os';
import { inChild, startChild } from '../support/child';
import { times } from '../support/long-tests';
import { itNeeds } from '../support/needs';
import { freshKey } from '../support/queues';
import { slow } from '../support/slow';

const ROUNDS = times(150, 5000);

const twoProcessors = {
  met: availableParallelism() > 1,
  reason: 'a call meets the removal of its queue only where two processors run at once',
};

itNeeds(
  slow(twoProcessors),
  'a peer that removes the queue in a loop brings about QueueRemovedErrors and nothing else',
  async () => {
    const key = freshKey();
    const peer = startChild(
      async ({ sysvmq, failure, say, told }, { key }) => {
        let stopped = false;
        told().then(() => {
          stopped = true;
        });
        let removals = 0;
        say('removing');
        for (; !stopped; removals++) {
          // The other side may be quicker, in either of the two.
          failure(() => {
            const queue = sysvmq.MessageQueue.openOrCreate(key);
            for (let busy = (removals * 37) % 400; busy > 0; busy--) queue.closed;
            queue.remove();
          });
          await new Promise(setImmediate);
        }
        return removals;
      },
      { key },
    );
    await peer.said('removing');

    const outcomes = await inChild(
      async ({ sysvmq }, { key, rounds }) => {
        const { MessageQueue } = sysvmq;
        type Queue = ReturnType<typeof MessageQueue.attach>;
        const mayWait = { timeout: 20 };
        const written = (queue: Queue) =>
          new Promise((resolve, reject) => {
            const stream = queue.writable({ signal: AbortSignal.timeout(20) });
            stream.on('error', reject).end('x', () => resolve(undefined));
          });
        const read = async (queue: Queue) => {
          for await (const message of queue.readable({ signal: AbortSignal.timeout(20) })) return message;
          return undefined;
        };
        const calls: [string, (queue: Queue) => unknown][] = [
          ['trySend', (queue) => queue.trySend('x')],
          ['sendSync', (queue) => queue.sendSync('x', mayWait)],
          ['send', (queue) => queue.send('x', mayWait)],
          ['sendMany', (queue) => queue.sendMany([{ data: 'x' }, { data: 'y' }], mayWait)],
          ['trySendMany', (queue) => queue.trySendMany([{ data: 'x' }, { data: 'y' }])],
          ['writable', written],
          ['tryReceive', (queue) => queue.tryReceive({ type: 5 })],
          ['receiveSync', (queue) => queue.receiveSync({ type: 5, ...mayWait })],
          ['receive', (queue) => queue.receive({ type: 5, ...mayWait })],
          ['receiveMany', (queue) => queue.receiveMany({ type: 5, ...mayWait })],
          ['tryReceiveMany', (queue) => queue.tryReceiveMany({ type: 5 })],
          ['messages', (queue) => queue.messages({ type: 5, signal: AbortSignal.timeout(20) }).next()],
          ['readable', read],
          ['peek', (queue) => queue.peek()],
          ['stat', (queue) => queue.stat()],
          ['set', (queue) => queue.set({ maxBytes: 100 })],
          ['remove', (queue) => queue.remove()],
        ];
        const counts: Record<string, Record<string, number>> = {};
        const count = (name: string, outcome: string) => {
          counts[name] ??= {};
          counts[name][outcome] = (counts[name][outcome] ?? 0) + 1;
        };
        for (let round = 0; round < rounds; round++) {
          for (const [name, call] of calls) {
            let queue: Queue;
            try {
              queue = MessageQueue.openOrCreate(key);
            } catch (error) {
              count('openOrCreate', `${(error as Error).name} ${(error as NodeJS.ErrnoException).code}`);
              continue;
            }
            try {
              await call(queue);
              count(name, 'in time');
            } catch (error) {
              count(name, `${(error as Error).name} ${(error as NodeJS.ErrnoException).code}`);
            }
            queue.close();
          }
        }
        return counts;
      },
      { key, rounds: ROUNDS },
    );
    peer.tell('stop');
    expect(await peer.result).toBeGreaterThan(ROUNDS);
    await inChild(({ sysvmq }, own) => {
      if (sysvmq.MessageQueue.exists(own)) sysvmq.MessageQueue.open(own).remove();
    }, key);

    const allowed =
      /^(in time|QueueRemovedError (EINVAL|EIDRM)|TimeoutError ETIMEDOUT|AbortError ABORT_ERR|NoMessageError ENOMSG)$/;
    const names = Object.values(outcomes).flatMap((counts) => Object.keys(counts));
    expect(names.filter((name) => !allowed.test(name))).toEqual([]);
    // The peer met every kind of call.
    const met = Object.values(outcomes).filter((counts) =>
      Object.keys(counts).some((name) => name.startsWith('QueueRemoved')),
    );
    expect(met.length).toBeGreaterThan(10);
  },
);
