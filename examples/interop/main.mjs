// Talks to a program in another language over two queues. The programs beside this one turn the bytes of each message
// around and keep its type.
//
//   node examples/interop/main.mjs --max-type 2147483647 /usr/bin/python3 examples/interop/reverse.py
//   node examples/interop/main.mjs php examples/interop/reverse.php
//   cc -o reverse examples/interop/reverse.c && node examples/interop/main.mjs ./reverse
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { getLimits, MessageQueue } from 'sysvmq';

const words = process.argv.slice(2);
// What cannot send types of 64 bits, as Python's sysv_ipc: --max-type 2147483647.
const maxType = words[0] === '--max-type' ? BigInt(words.splice(0, 2)[1]) : 2n ** 63n - 1n;
const [command, ...args] = words;
if (command === undefined) {
  console.error('Usage: node main.mjs [--max-type TYPE] PROGRAM [ARGUMENTS]');
  process.exit(2);
}

// Any 32-bit numbers that no other program uses. Programs that share a file can make a key of it instead: ftok().
const REQUESTS = 0x5eed0301;
const REPLIES = 0x5eed0302;

const requests = MessageQueue.openOrCreate(REQUESTS, { autoRemove: true });
const replies = MessageQueue.openOrCreate(REPLIES, { autoRemove: true });
const partner = spawn(command, [...args, String(REQUESTS), String(REPLIES)], { stdio: 'inherit' });
// When the partner has ended, no answer comes: this ends the waits.
const gone = new AbortController();
partner.once('exit', (status) => gone.abort(new Error(`the partner ended with status ${status}`)));
await once(partner, 'spawn');

const waiting = { timeout: 10_000, signal: gone.signal };
const hello = await replies.receive(waiting);
console.log(`it says ${JSON.stringify(hello.data.toString())}`);

const messages = [
  ['text', 1n, Buffer.from('System V')],
  ['no bytes', 2n, Buffer.alloc(0)],
  ['any bytes', 3n, Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))],
  ['a type of 32 bits', 2n ** 31n - 1n, Buffer.from('ab')],
  ['a type of 63 bits', 2n ** 63n - 1n, Buffer.from('ab')],
  ['the longest', 4n, Buffer.alloc(Math.min(getLimits().msgmax, requests.stat().maxBytes), 'long ')],
];
for (const [what, type, data] of messages) {
  if (type > maxType) continue;
  await requests.send(data, { ...waiting, type });
  const reply = await replies.receive(waiting);
  const right = reply.typeBigInt === type && reply.data.equals(Buffer.from(data).reverse());
  console.log(`${what}: type ${type}, ${data.length} bytes: ${right ? 'came back turned around' : 'came back WRONG'}`);
  if (!right) process.exitCode = 1;
}

const ended = once(partner, 'exit');
await requests.send('quit');
const [status] = await ended;
console.log(`the partner ended with status ${status}`);
requests.close(); // autoRemove: this removes them.
replies.close();
