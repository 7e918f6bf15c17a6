// Receiving messages that are there already: with consume(), and with receive() in a loop.
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { MessageQueue } from '../../dist/index.js';
import { buffers, checkMessage, now, PAYLOADS, serve } from './serve.mjs';

const BATCH = 100;
const { version } = createRequire(import.meta.url)('../../package.json');

const state = mkdtempSync('/dev/shm/sysvmq-bench-');
process.once('exit', () => rmSync(state, { recursive: true, force: true }));

/** Counts messages, and puts a hundred more into the queue whenever it is empty, while the clock stands. */
function meter(queue) {
  let payloads;
  let left;
  let number;
  let elapsed;
  let start;
  let last;
  let end;
  const refill = () => {
    const batch = Math.min(BATCH, left);
    for (let i = 0; i < batch; i++) {
      if (!queue.trySend(payloads[(number + i) % PAYLOADS])) throw new Error('full');
    }
    start = now();
  };
  return {
    /** The first message, which starts the clock, is one more. Resolves to the nanoseconds that the others take. */
    begin(bytes, count) {
      payloads = buffers(bytes);
      left = count;
      number = 0;
      elapsed = 0n;
      start = undefined;
      queue.trySend(payloads[PAYLOADS - 1]);
      return new Promise((resolve) => {
        end = () => {
          checkMessage(last.data, bytes, number - 1);
          resolve(elapsed);
        };
      });
    },
    take(message) {
      if (start === undefined) {
        refill();
        return;
      }
      last = message;
      number += 1;
      left -= 1;
      if (number % BATCH !== 0 && left > 0) return;
      elapsed += now() - start;
      if (left > 0) refill();
      else end();
    },
  };
}

async function receive(bytes, count) {
  const queue = MessageQueue.createPrivate({ autoRemove: true });
  const { begin, take } = meter(queue);
  const elapsed = begin(bytes, count);
  for (let received = 0; received <= count; received++) take(await queue.receive());
  queue.close();
  return elapsed;
}

function consume(concurrency, handlerOf) {
  let running;
  return (bytes, count) => {
    if (running === undefined) {
      const queue = MessageQueue.createPrivate({ autoRemove: true });
      running = meter(queue);
      queue.consume(handlerOf(running.take), { state, concurrency });
    }
    return running.begin(bytes, count);
  };
}

const asIs = (take) => take;
const asynchronous = (take) => async (message) => take(message);

await serve(version, {
  receive,
  'consume-1': consume(1, asIs),
  'consume-16': consume(16, asIs),
  'consume-async-1': consume(1, asynchronous),
  'consume-async-16': consume(16, asynchronous),
});
