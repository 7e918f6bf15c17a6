// svmq: every call goes through libuv's pool. It receives at most 4052 bytes.
import MessageQueue from 'svmq';
import { startPartner } from './partner.mjs';
import { buffers, checkMessage, now, PAYLOADS, serve, versionOf } from './serve.mjs';

const KEY_THERE = 0x73766d71;

function promised(queue) {
  return {
    push: (data) =>
      new Promise((resolve, reject) => queue.push(data, (error) => (error ? reject(error) : resolve(undefined)))),
    pop: () => new Promise((resolve, reject) => queue.pop((error, data) => (error ? reject(error) : resolve(data)))),
  };
}

const there = promised(new MessageQueue(KEY_THERE, 0x600));
const back = promised(new MessageQueue(KEY_THERE + 1, 0x600));
let partner;

async function pair(bytes, count) {
  const payloads = buffers(bytes);
  let data;
  const start = now();
  for (let i = 0; i < count; i++) {
    await there.push(payloads[i % PAYLOADS]);
    data = await there.pop();
  }
  const elapsed = now() - start;
  checkMessage(data, bytes, count - 1);
  return elapsed;
}

async function stream(bytes, count) {
  partner ??= startPartner('svmq-partner.mjs', 'send', KEY_THERE);
  partner.order(bytes, count + 1);
  await there.pop();
  let data;
  const start = now();
  for (let i = 0; i < count; i++) data = await there.pop();
  const elapsed = now() - start;
  checkMessage(data, bytes, count);
  return elapsed;
}

async function trip(bytes, count) {
  partner ??= startPartner('svmq-partner.mjs', 'echo', KEY_THERE);
  const untimed = 20;
  const payloads = buffers(bytes);
  let data;
  let start;
  for (let i = -untimed; i < count; i++) {
    if (i === 0) start = now();
    await there.push(payloads[(i + untimed) % PAYLOADS]);
    data = await back.pop();
  }
  const elapsed = now() - start;
  checkMessage(data, bytes, count - 1 + untimed);
  return elapsed;
}

await serve(versionOf('svmq'), { pair, stream, trip });
