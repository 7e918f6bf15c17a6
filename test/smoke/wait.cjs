// Waiting on the event loop: for a message, for room, as an iterator, as streams, and for another process.
const assert = require('node:assert/strict');
const { spawn } = require('node:child_process');
const { once } = require('node:events');
const { MessageQueue } = require('sysvmq');

// How to start a Node.js of the same kind: under an emulator the kernel cannot do it by itself.
const node = JSON.parse(process.env.SYSVMQ_SMOKE_NODE ?? JSON.stringify([process.execPath]));

async function message(spin) {
  const queue = MessageQueue.createPrivate({ spin });
  const received = queue.receive({ type: 3 });
  await queue.send('not this one', { type: 4 });
  await queue.send('this one', { type: 3 });
  assert.equal((await received).data.toString(), 'this one');
  queue.remove();
}

async function room() {
  const queue = MessageQueue.createPrivate({ maxBytes: 10 });
  queue.trySend('0123456789');
  const sends = [queue.send('abcdefghij'), queue.sendMany([{ data: 'x' }, { data: 'y' }])];
  const taken = [];
  for (let i = 0; i < 4; i++) taken.push((await queue.receive({ timeout: 60_000 })).data.toString());
  await Promise.all(sends);
  assert.deepEqual(taken, ['0123456789', 'abcdefghij', 'x', 'y']);
  queue.remove();
}

async function iterationAndStreams() {
  const queue = MessageQueue.createPrivate();
  const writable = queue.writable({ type: 2 });
  for (const word of ['one', 'two', 'three']) writable.write(word);
  writable.end();
  await once(writable, 'finish');
  const words = [];
  for await (const { data } of queue) {
    words.push(data.toString());
    if (words.length === 2) break;
  }
  const readable = queue.readable();
  const [last] = await once(readable, 'data');
  words.push(last.data.toString());
  readable.destroy();
  await once(readable, 'close');
  assert.deepEqual(words, ['one', 'two', 'three']);
  queue.remove();
}

async function anotherProcess() {
  const queue = MessageQueue.createPrivate({ spin: 0 });
  const [command, ...args] = [...node, __filename, String(queue.id)];
  const child = spawn(command, args, { cwd: __dirname, stdio: ['ignore', 'inherit', 'inherit'] });
  const exited = once(child, 'close');
  await queue.send('a question', { type: 1 });
  assert.equal((await queue.receive({ type: 2, timeout: 600_000 })).data.toString(), 'answer to a question');
  assert.deepEqual(await exited, [0, null]);
  queue.remove();
}

/** What the other process does; a file of its own would be another program to the matrix, and Deno has no -e. */
async function answer(id) {
  const queue = MessageQueue.attach(id);
  const { data } = await queue.receive({ type: 1 });
  await queue.send(`answer to ${data}`, { type: 2 });
}

async function main() {
  await message(100);
  await message(0);
  await room();
  await iterationAndStreams();
  await anotherProcess();
}

const [id] = process.argv.slice(2);
if (id === undefined) main();
else answer(Number(id));
