// Four processes share a queue. A job's type is its priority: 1 goes first, 9 last.
//
//   node examples/recipes/priority-workers.mjs
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { codecs, MessageQueue } from 'sysvmq';

const [id] = process.argv.slice(2).map(Number);
if (id === undefined) await lead();
else await work(MessageQueue.attach(id, { codec: codecs.json() }));

async function lead() {
  const queue = MessageQueue.createPrivate({ codec: codecs.json(), autoRemove: true });
  for (let job = 1; job <= 12; job++) queue.trySend({ job }, { type: job % 3 === 0 ? 1 : 9 });
  const workers = Array.from({ length: 4 }, () => fork(fileURLToPath(import.meta.url), [String(queue.id)]));
  for (const worker of workers) worker.on('message', (text) => console.log(text));
  // A message of type 10 for each worker: nothing is left before it.
  for (const _ of workers) await queue.send({}, { type: 10 });
  await Promise.all(workers.map((worker) => once(worker, 'exit')));
  queue.close();
}

async function work(queue) {
  for await (const { type, data } of queue.messages({ upTo: 10 })) {
    if (type === 10) break;
    process.send(`job ${data.job} of priority ${type}`);
  }
  process.disconnect();
}
