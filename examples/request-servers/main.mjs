// Asks a server in another language. The servers beside this one answer a text with its upper case.
//
//   node examples/request-servers/main.mjs /usr/bin/python3 examples/request-servers/upper.py
//   node examples/request-servers/main.mjs php examples/request-servers/upper.php
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { codecs, MessageQueue, RemoteError, RequestClient } from 'sysvmq';

const [command, ...args] = process.argv.slice(2);
if (command === undefined) {
  console.error('Usage: node main.mjs PROGRAM [ARGUMENTS]');
  process.exit(2);
}

// Any 32-bit number that no other program uses.
const KEY = 0x5eed0303;

const requests = MessageQueue.openOrCreate(KEY, { autoRemove: true, codec: codecs.utf8 });
const server = spawn(command, [...args, String(KEY)], { stdio: 'inherit' });
await once(server, 'spawn');

// Replies come back over the queue of the requests, under a type of this client's.
const client = new RequestClient(requests, { timeout: 10_000 });
console.log(`"hello" was answered with "${await client.request('hello')}"`);
const answers = await Promise.all(['one', 'two', 'three'].map((text) => client.request(text)));
console.log(`three at once: ${answers.join(', ')}`);
await client.request('').catch((error) => {
  if (!(error instanceof RemoteError)) throw error;
  console.log(`an empty text failed: ${error.message}`);
});
client.close();

const ended = once(server, 'exit');
server.kill('SIGTERM');
const [status, signal] = await ended;
console.log(`the server ended with ${signal ?? `status ${status}`}`);
requests.close(); // autoRemove: this removes it.
