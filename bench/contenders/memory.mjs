// Memory of idle waits: the resident set of a process before and after so many receives wait, each for its own queue.
import { setTimeout } from 'node:timers/promises';
import { MessageQueue } from '../../dist/index.js';
import { threadsOf } from '../../tools/harness/proc.cjs';
import { serve } from './serve.mjs';

const KIB = 1024;

/** Until no thread has come or gone for a while. */
async function atRest() {
  let before;
  let threads = threadsOf().length;
  do {
    before = threads;
    await setTimeout(200);
    threads = threadsOf().length;
  } while (threads !== before);
}

async function residentKiB() {
  globalThis.gc();
  await atRest();
  globalThis.gc();
  return process.memoryUsage.rss() / KIB;
}

async function memory(_bytes, count) {
  // The first wait loads and compiles code, which is no part of the cost of a wait.
  const first = MessageQueue.createPrivate({ spin: 0 });
  first.receive();
  const queues = Array.from({ length: count }, () => MessageQueue.createPrivate({ spin: 0 }));
  const before = await residentKiB();
  const waits = queues.map((queue) => queue.receive());
  const after = await residentKiB();
  // They do wait: each takes its message.
  for (const queue of [first, ...queues]) queue.trySend('message');
  await Promise.all(waits);
  return Math.max(0, (after - before) / count).toFixed(3);
}

await serve(process.version, { memory });
