// Milliseconds from consume() until the last message is handled that a killed consumer had in hand.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { MessageQueue } from '../../dist/index.js';
import { buffers, PAYLOADS, serve } from './serve.mjs';

const [id, folder, slots] = process.argv.slice(2);
const state = folder ?? mkdtempSync('/dev/shm/sysvmq-bench-');

/** Takes what comes and never finishes it. */
function holdAll() {
  let held = 0;
  const hold = () => {
    held += 1;
    process.send(held);
    return new Promise(() => undefined);
  };
  MessageQueue.attach(Number(id)).consume(hold, { state, concurrency: Number(slots), slots: Number(slots) });
}

async function recovery(bytes, count) {
  const queue = MessageQueue.createPrivate({ autoRemove: true });
  const holder = fork(fileURLToPath(import.meta.url), [String(queue.id), state, String(count)]);
  const held = new Promise((resolve) => holder.on('message', (message) => message === count && resolve()));
  const payloads = buffers(bytes);
  for (let i = 0; i < count; i++) await queue.send(payloads[i % PAYLOADS]);
  await held;
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  let handled = 0;
  const start = process.hrtime.bigint();
  const consumer = queue.consume(
    ({ data }, { attempt }) => {
      if (data.length !== bytes || attempt !== 2) throw new Error('something else came back');
      handled += 1;
      if (handled === count) consumer.close();
    },
    { state },
  );
  await consumer.finished;
  const elapsed = Number(process.hrtime.bigint() - start) / 1e6;
  queue.close();
  rmSync(state, { recursive: true });
  return elapsed.toFixed(3);
}

if (id === undefined) await serve(process.version, { recovery });
else holdAll();
