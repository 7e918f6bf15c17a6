// Waits for many queues at once, and answers each message (see c/waker.c).
import { createInterface } from 'node:readline';
import { MessageQueue } from '../../dist/index.js';

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const { value: line } = await lines.next();
const [answers, ...queues] = line.split(' ').map((id) => MessageQueue.attach(Number(id), { spin: 0 }));

async function answer(queue) {
  for await (const { data } of queue) await answers.send(data);
}

for (const queue of queues) answer(queue);
await answers.send('ready');
await lines.next();
process.exit(0);
