// The other process of contenders/zeromq.mjs: sends messages on request, or answers.
import { Pair } from 'zeromq';
import { buffers, obey, PAYLOADS } from './serve.mjs';

const [role, address] = process.argv.slice(2);
const socket = new Pair();
socket.connect(address);

async function send(bytes, count) {
  const payloads = buffers(bytes);
  for (let i = 0; i < count; i++) await socket.send(payloads[i % PAYLOADS]);
}

async function echo() {
  for await (const [data] of socket) await socket.send(data);
}

if (role === 'echo') echo();
await obey(send);
