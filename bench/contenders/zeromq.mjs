// zeromq.js: its fastest transport within a process, and ipc (Unix sockets) between two. It has no call that does not wait.
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pair } from 'zeromq';
import { startPartner } from './partner.mjs';
import { buffers, checkMessage, now, PAYLOADS, serve, versionOf } from './serve.mjs';

let ends;

async function pair(bytes, count) {
  if (ends === undefined) {
    ends = [new Pair(), new Pair()];
    await ends[0].bind('inproc://pair');
    ends[1].connect('inproc://pair');
  }
  const payloads = buffers(bytes);
  let data;
  const start = now();
  for (let i = 0; i < count; i++) {
    await ends[0].send(payloads[i % PAYLOADS]);
    [data] = await ends[1].receive();
  }
  const elapsed = now() - start;
  checkMessage(data, bytes, count - 1);
  return elapsed;
}

let socket;
let partner;

async function connect(role) {
  if (partner !== undefined) return;
  const address = `ipc://${join(tmpdir(), `sysvmq-bench-zeromq-${process.pid}`)}`;
  socket = new Pair();
  await socket.bind(address);
  partner = startPartner('zeromq-partner.mjs', role, address);
}

async function stream(bytes, count) {
  await connect('send');
  partner.order(bytes, count + 1);
  let start;
  let received = 0;
  for await (const [data] of socket) {
    start ??= now();
    if (received++ < count) continue;
    const elapsed = now() - start;
    checkMessage(data, bytes, count);
    return elapsed;
  }
  throw new Error('the socket was closed');
}

async function trip(bytes, count) {
  await connect('echo');
  const untimed = 20;
  const payloads = buffers(bytes);
  let data;
  let start;
  for (let i = -untimed; i < count; i++) {
    if (i === 0) start = now();
    await socket.send(payloads[(i + untimed) % PAYLOADS]);
    [data] = await socket.receive();
  }
  const elapsed = now() - start;
  checkMessage(data, bytes, count - 1 + untimed);
  return elapsed;
}

await serve(versionOf('zeromq'), { pair, stream, trip });
