// The other process of contenders/svmq.mjs: sends messages on request, or answers.
import MessageQueue from 'svmq';
import { buffers, obey, PAYLOADS } from './serve.mjs';

const [role, key] = process.argv.slice(2);
const there = new MessageQueue(Number(key), 0x600);
const back = new MessageQueue(Number(key) + 1, 0x600);

const push = (queue, data) =>
  new Promise((resolve, reject) => queue.push(data, (error) => (error ? reject(error) : resolve(undefined))));
const pop = (queue) =>
  new Promise((resolve, reject) => queue.pop((error, data) => (error ? reject(error) : resolve(data))));

async function send(bytes, count) {
  const payloads = buffers(bytes);
  for (let i = 0; i < count; i++) await push(there, payloads[i % PAYLOADS]);
}

async function echo() {
  for (;;) await push(back, await pop(there));
}

if (role === 'echo') echo();
await obey(send);
