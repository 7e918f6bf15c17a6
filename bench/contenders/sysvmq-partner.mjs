// The other process of contenders/sysvmq.mjs: sends messages on request, or answers.
import { codecs, MessageQueue } from '../../dist/index.js';
import { objects } from './objects.mjs';
import { buffers, obey, PAYLOADS } from './serve.mjs';

const BATCH = 100;
const [role, id, ...rest] = process.argv.slice(2);
const queue = MessageQueue.attach(Number(id), role === 'send-json' ? { codec: codecs.json() } : {});

async function send(bytes, count) {
  const payloads = buffers(bytes);
  for (let i = 0; i < count; i++) await queue.send(payloads[i % PAYLOADS]);
}

async function sendMany(bytes, count) {
  const payloads = buffers(bytes);
  const batch = Array.from({ length: BATCH }, (_, i) => ({ data: payloads[i % PAYLOADS] }));
  for (let done = 0; done < count; done += BATCH) await queue.sendMany(batch);
}

async function sendJson(bytes, count) {
  const object = objects(bytes);
  for (let i = 0; i < count; i++) await queue.send(object(i));
}

async function echo() {
  const [back, options] = rest;
  const there = MessageQueue.attach(queue.id, JSON.parse(options));
  const answers = MessageQueue.attach(Number(back));
  for await (const { data } of there) await answers.send(data);
}

if (role === 'echo') echo();
await obey({ send, 'send-many': sendMany, 'send-json': sendJson, echo }[role]);
