/** A waiter takes no processor time, however full the queue is of messages for others. */

import { type ChildContext, startChild } from '../support/child';
import { longTests, report } from '../support/long-tests';
import { fullQueue, newQueue } from '../support/queues';
import { itSlow } from '../support/slow';
import { untilWaiting } from '../support/waiting-threads';

const INTERVAL_MS = longTests ? 10_000 : 1000;
/** Of one processor. Polling would take all of it, and a thread that is woken repeatedly without success nearly as much. */
const MAX_SHARE = 0.05;

interface Queues {
  filled: number;
  alsoFilled: number;
  full: number;
}

// Waits for what is not there and for room, and says what share of a processor it uses while it does. The interval
// itself is what is measured here.
async function waitIdly({ sysvmq, say, told }: ChildContext, { queues, ms }: { queues: Queues; ms: number }) {
  const queue = sysvmq.MessageQueue.attach(queues.filled, { spin: 0 });
  const waits = [
    queue.receive({ type: 2 }),
    queue.receive({ upTo: 1 }),
    queue.receiveMany({ type: 2n ** 62n }).then(([message]) => message),
    sysvmq.MessageQueue.attach(queues.alsoFilled, { spin: 0 }).receive({ except: 5 }),
  ];
  const sending = sysvmq.MessageQueue.attach(queues.full).send('x');
  say('waiting');
  await told();
  const before = process.cpuUsage();
  say('measuring');
  await new Promise((resolve) => setTimeout(resolve, ms));
  const { user, system } = process.cpuUsage(before);
  say('used', (user + system) / 1000 / ms);
  await sending;
  return (await Promise.all(waits)).map((message) => message?.data.toString());
}

itSlow('receives that find no message and a send to a full queue cost next to nothing, and then go on', async () => {
  const filled = newQueue();
  const alsoFilled = newQueue();
  const full = fullQueue();
  const fill = (): void => {
    for (let count = 0; count < 500; count++) for (const queue of [filled, alsoFilled]) queue.trySend('', { type: 5 });
  };
  fill();
  const queues = { filled: filled.id, alsoFilled: alsoFilled.id, full: full.id };
  const child = startChild(waitIdly, { queues, ms: INTERVAL_MS });
  await child.said('waiting');
  await untilWaiting('sysvmq-recv', 4, child.pid);
  await untilWaiting('sysvmq-send', 1, child.pid);
  child.tell('measure');
  await child.said('measuring');
  fill();
  const share = (await child.said('used')) as number;
  report(`${(share * 100).toFixed(2)} % of a processor in ${INTERVAL_MS} ms`);
  expect(share).toBeLessThan(MAX_SHARE);

  full.tryReceive();
  filled.trySend('two', { type: 2 });
  filled.trySend('lowest', { type: 1 });
  filled.trySend('wide', { type: 2n ** 62n });
  alsoFilled.trySend('not five', { type: 6 });
  expect(await child.result).toEqual(['two', 'lowest', 'wide', 'not five']);
  expect(filled.stat().messageCount).toBe(1000);
  expect(full.tryReceive()?.data.toString()).toBe('x');
});
