// Questions and answers between two processes over one queue. Every question names the type that its answer is to have,
// so that each answer finds the one who asked, in whatever order they come.
//
//   node examples/request-reply.mjs
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { codecs, MessageQueue, TimeoutError } from 'sysvmq';

const REQUEST = 1; // All questions have this type. Those of the answers are above it.
let questions = 0;

const [role, id] = process.argv.slice(2);
if (role === 'server') {
  await serve(MessageQueue.attach(Number(id), { codec: codecs.json() }));
} else {
  await ask();
}

/** The server: answers questions, several at a time. */
async function serve(queue) {
  const answers = [];
  for await (const { data } of queue.messages({ type: REQUEST })) {
    if (data.stop) break;
    answers.push(answer(queue, data));
  }
  await Promise.all(answers);
}

async function answer(queue, { replyType, text, takes }) {
  await pause(takes); // Some answers take longer than others.
  await queue.send({ pid: process.pid, text: text.toUpperCase() }, { type: replyType });
}

/** The client. */
async function ask() {
  // With many clients two queues are better, one each way: questions that fill the only queue leave no room for answers.
  const queue = MessageQueue.createPrivate({ codec: codecs.json() });
  console.log(`client ${process.pid}: asks over queue ${queue.id}`);
  try {
    const server = spawn(process.execPath, [fileURLToPath(import.meta.url), 'server', String(queue.id)], {
      stdio: 'inherit',
    });
    const exit = once(server, 'exit');

    // All at once, the one that takes longest first.
    await Promise.all([
      request(queue, 'the long question', 300),
      request(queue, 'the short question', 20),
      request(queue, 'the quick question', 0),
    ]);

    // No answer comes in time. A late one would stay in the queue, under a type that no process asks for again.
    try {
      await queue.receive({ type: newReplyType(), timeout: 50 });
    } catch (error) {
      if (!(error instanceof TimeoutError)) throw error;
      console.log(`client ${process.pid}: no answer came to a question that was not asked (${error.code})`);
    }

    await queue.send({ stop: true }, { type: REQUEST });
    const [code] = await exit;
    console.log(
      `client ${process.pid}: the server ended with status ${code}; ${queue.stat().messageCount} messages are left`,
    );
  } finally {
    queue.remove();
  }
}

/** Sends a question and waits for its answer. */
async function request(queue, text, takes) {
  const replyType = newReplyType();
  await queue.send({ replyType, text, takes }, { type: REQUEST });
  const { data } = await queue.receive({ type: replyType, timeout: 20_000 });
  console.log(
    `client ${process.pid}: "${text}" was answered by server ${data.pid} with type ${replyType}: "${data.text}"`,
  );
}

// No other client has this process's id, and no other question of this client has the number.
function newReplyType() {
  questions += 1;
  return process.pid * 1000 + questions;
}
