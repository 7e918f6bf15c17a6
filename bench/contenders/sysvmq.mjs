// This library, through its public surface, as a user would call it: every message received is a fresh Buffer or string.
import { createRequire } from 'node:module';
import { codecs, MessageQueue } from '../../dist/index.js';
import { objects } from './objects.mjs';
import { startPartner } from './partner.mjs';
import { buffers, checkMessage, now, PAYLOADS, serve, strings } from './serve.mjs';

const BATCH = 100;
const { version } = createRequire(import.meta.url)('../../package.json');

const queue = MessageQueue.createPrivate();
const textQueue = MessageQueue.attach(queue.id, { codec: codecs.utf8 });

function pair(bytes, count) {
  const payloads = buffers(bytes);
  let message;
  const start = now();
  for (let i = 0; i < count; i++) {
    if (!queue.trySend(payloads[i % PAYLOADS])) throw new Error('full');
    message = queue.tryReceive();
  }
  const elapsed = now() - start;
  checkMessage(message.data, bytes, count - 1);
  return elapsed;
}

/** Into memory of the caller's, which each message overwrites. */
function into(bytes, count) {
  const payloads = buffers(bytes);
  const memory = new Uint8Array(bytes);
  const options = { into: memory };
  let message;
  const start = now();
  for (let i = 0; i < count; i++) {
    if (!queue.trySend(payloads[i % PAYLOADS])) throw new Error('full');
    message = queue.tryReceive(options);
  }
  const elapsed = now() - start;
  checkMessage(Buffer.from(message.data), bytes, count - 1);
  return elapsed;
}

function text(bytes, count) {
  const payloads = strings(bytes);
  let message;
  const start = now();
  for (let i = 0; i < count; i++) {
    if (!textQueue.trySend(payloads[i % PAYLOADS])) throw new Error('full');
    message = textQueue.tryReceive();
  }
  const elapsed = now() - start;
  checkMessage(message.data, bytes, count - 1);
  return elapsed;
}

function batchOf(payloads) {
  return Array.from({ length: BATCH }, (_, i) => ({ data: payloads[i % PAYLOADS] }));
}

function many(bytes, count) {
  const batch = batchOf(buffers(bytes));
  let messages;
  const start = now();
  for (let done = 0; done < count; done += BATCH) {
    if (queue.trySendMany(batch) !== BATCH) throw new Error('full');
    messages = queue.tryReceiveMany({ max: BATCH });
    if (messages.length !== BATCH) throw new Error(`${messages.length} messages`);
  }
  const elapsed = now() - start;
  messages.forEach(({ data }, i) => {
    checkMessage(data, bytes, i);
  });
  return elapsed;
}

async function awaited(bytes, count) {
  const payloads = buffers(bytes);
  let message;
  const start = now();
  for (let i = 0; i < count; i++) {
    await queue.send(payloads[i % PAYLOADS]);
    message = await queue.receive();
  }
  const elapsed = now() - start;
  checkMessage(message.data, bytes, count - 1);
  return elapsed;
}

let partner;

/** Messages of another process, one by one; from the first on, so that the order's own way is not counted. */
async function stream(bytes, count) {
  partner ??= startPartner('sysvmq-partner.mjs', 'send', queue.id);
  partner.order(bytes, count + 1);
  let start;
  let received = 0;
  for await (const message of queue) {
    start ??= now();
    if (received++ < count) continue;
    const elapsed = now() - start;
    checkMessage(message.data, bytes, count);
    return elapsed;
  }
  throw new Error('the queue was closed');
}

async function streamMany(bytes, count) {
  partner ??= startPartner('sysvmq-partner.mjs', 'send-many', queue.id);
  partner.order(bytes, count + BATCH);
  const [first] = await queue.receiveMany({ max: 1 });
  checkMessage(first.data, bytes, 0);
  const start = now();
  let received = 1;
  let messages;
  while (received < count + 1) {
    messages = await queue.receiveMany({ max: Math.min(BATCH, count + 1 - received) });
    received += messages.length;
  }
  const elapsed = now() - start;
  checkMessage(messages.at(-1).data, bytes, count % BATCH);
  for (; received < count + BATCH; received++) await queue.receive();
  return elapsed;
}

function trip(options) {
  let there;
  let back;
  return async (bytes, count) => {
    if (partner === undefined) {
      there = MessageQueue.createPrivate(options);
      back = MessageQueue.createPrivate(options);
      partner = startPartner('sysvmq-partner.mjs', 'echo', there.id, back.id, JSON.stringify(options));
    }
    const untimed = 20;
    const payloads = buffers(bytes);
    let message;
    let start;
    for (let i = -untimed; i < count; i++) {
      if (i === 0) start = now();
      await there.send(payloads[(i + untimed) % PAYLOADS]);
      message = await back.receive();
    }
    const elapsed = now() - start;
    checkMessage(message.data, bytes, count - 1 + untimed);
    return elapsed;
  };
}

const jsonQueue = MessageQueue.attach(queue.id, { codec: codecs.json() });

/** Objects of another process, one by one. */
async function json(bytes, count) {
  partner ??= startPartner('sysvmq-partner.mjs', 'send-json', queue.id);
  partner.order(bytes, count + 1);
  let start;
  let received = 0;
  for await (const { data } of jsonQueue) {
    start ??= now();
    if (received++ < count) continue;
    const elapsed = now() - start;
    if (data.number !== count) throw new Error('another object arrived than was sent');
    return elapsed;
  }
  throw new Error('the queue was closed');
}

/** What V8 does to an object on either side of a queue. */
function jsonAlone(bytes, count) {
  const object = objects(bytes);
  let back;
  const start = now();
  for (let i = 0; i < count; i++) back = JSON.parse(JSON.stringify(object(i)));
  const elapsed = now() - start;
  if (back.number !== count - 1) throw new Error('another object came back');
  return elapsed;
}

await serve(version, {
  pair,
  into,
  text,
  many,
  await: awaited,
  stream,
  'stream-many': streamMany,
  trip: trip({}),
  'trip-parked': trip({ spin: 0 }),
  json,
  'json-alone': jsonAlone,
});
