/** A small message that is kept for long keeps little memory, whatever came before and after it. */

import { inChild } from '../support/child';
import { setLimit } from '../support/namespace';
import { newQueue } from '../support/queues';
import { itSlow } from '../support/slow';

const KEPT = 400;

beforeEach(() => {
  setLimit('msgmax', 1 << 20);
  setLimit('msgmnb', 64 << 20);
});

// Where Node.js lets memory be given away (22), each message has memory of its own, which is less still.
itSlow.each([
  [6, 8192, 4],
  [6, 100_000, 4],
  [600, 8192, 30],
])(
  '400 messages of %i bytes, kept while others of %i bytes pass, hold less than %i MiB',
  async (small, large, allowedMiB) => {
    const queue = newQueue();
    const { heldMiB, shared } = await inChild(
      ({ sysvmq, require }, { id, small, large, count }) => {
        const { setFlagsFromString } = require('node:v8') as typeof import('node:v8');
        const { runInNewContext } = require('node:vm') as typeof import('node:vm');
        setFlagsFromString('--expose-gc');
        const collect = runInNewContext('gc') as () => void;
        const own = sysvmq.MessageQueue.attach(id);
        const big = Buffer.alloc(large, 1);
        const kept: Buffer[] = [];
        // V8 frees ArrayBuffers on another thread, after a collection: the least of what is seen counts.
        const held = () => {
          let least = Number.POSITIVE_INFINITY;
          for (let i = 0; i < 20; i++) {
            collect();
            least = Math.min(least, process.memoryUsage().arrayBuffers / 2 ** 20);
          }
          return least;
        };
        const before = held();
        for (let i = 0; i < count; i++) {
          for (let n = 0; n < 40; n++) {
            own.sendSync(big);
            if (own.receiveSync().data.length !== large) throw new Error('cut');
          }
          own.sendSync(Buffer.alloc(small, i));
          kept.push(own.receiveSync().data);
        }
        const heldMiB = held() - before;
        if (!kept.every((data, i) => data.equals(Buffer.alloc(small, i)))) throw new Error('changed');
        return { heldMiB, shared: Math.max(...kept.map(({ buffer }) => buffer.byteLength)) };
      },
      { id: queue.id, small, large, count: KEPT },
    );
    expect(heldMiB).toBeLessThan(allowedMiB);
    // What structuredClone and postMessage copy.
    expect(shared).toBeLessThanOrEqual(64 * 1024);
  },
);
