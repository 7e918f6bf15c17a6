// As many queues as the kernel has by default, nearly, and as many waits as a busy server.
import { setTimeout as pause } from 'node:timers/promises';
import { listQueues, MessageQueue } from '../../dist/index.js';
import { threadsOf } from '../../tools/harness/proc.cjs';

const rssMiB = () => process.memoryUsage().rss / 2 ** 20;
const threads = () => threadsOf().length;

const threadsAtFirst = threads();

async function until(words, condition) {
  const deadline = performance.now() + 30_000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`It takes too long until ${words}.`);
    await pause(5);
  }
}

/** Every queue gets a message and gives it back. */
export function openQueues(count) {
  const before = rssMiB();
  let from = performance.now();
  const lap = () => {
    const milliseconds = performance.now() - from;
    from = performance.now();
    return milliseconds;
  };
  const queues = Array.from({ length: count }, () => MessageQueue.createPrivate());
  const creating = lap();
  for (const queue of queues) queue.sendSync(String(queue.id), { nowait: true });
  const listed = listQueues().length;
  if (listed !== count) throw new Error(`listQueues() found ${listed} of ${count} queues`);
  const grown = rssMiB() - before;
  lap();
  for (const queue of queues) {
    const text = queue.receiveSync({ nowait: true }).data.toString();
    if (text !== String(queue.id)) throw new Error(`queue ${queue.id} had the message of ${text}`);
  }
  const receiving = lap();
  for (const queue of queues) queue.remove();
  return { creating, receiving, removing: lap(), grown };
}

/** `each` waits for every type on every queue, all of them parked; each gets a message of its own. */
export async function pendingWaits(queueCount, typeCount, each) {
  const queues = Array.from({ length: queueCount }, () => MessageQueue.createPrivate());
  await until('the threads of earlier waits have ended', () => threads() <= threadsAtFirst);
  const before = rssMiB();
  const waits = [];
  for (const queue of queues) {
    for (let type = 1; type <= typeCount; type++) {
      for (let number = 0; number < each; number++) waits.push(queue.receive({ type }));
    }
  }
  await until('all waits are parked', () => threads() >= threadsAtFirst + queueCount * typeCount);
  const during = { threads: threads() - threadsAtFirst, rss: rssMiB() - before };
  const from = performance.now();
  for (const queue of queues) {
    for (let type = 1; type <= typeCount; type++) {
      for (let number = 0; number < each; number++) await queue.send(`${queue.id} ${type} ${number}`, { type });
    }
  }
  const received = new Set((await Promise.all(waits)).map(({ data }) => data.toString()));
  const milliseconds = performance.now() - from;
  for (const queue of queues) queue.remove();
  if (received.size !== waits.length) throw new Error(`${waits.length} waits got ${received.size} messages`);
  return { waits: waits.length, ...during, milliseconds };
}
