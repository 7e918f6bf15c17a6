// What a consumer costs whose messages come at a steady rate: steady.mjs queue SPIN, or steady.mjs socket. c/pacer.c sends.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { MessageQueue } from '../../dist/index.js';
import { BUILD } from '../harness/places.mjs';
import { serve } from './serve.mjs';

const BYTES = 64;
const [kind, spin] = process.argv.slice(2);

let received = 0;
let wanted;
let done = () => undefined;

function count(messages) {
  received += messages;
  if (received === wanted) done();
}

async function consumeQueue() {
  const queue = MessageQueue.createPrivate(spin === 'default' ? {} : { spin: Number(spin) });
  const consume = async () => {
    for await (const { data } of queue) count(data.length / BYTES);
  };
  consume();
  return ['queue', queue.id];
}

async function consumeSocket() {
  const path = join(tmpdir(), `sysvmq-steady-${process.pid}.sock`);
  const server = createServer((socket) => {
    rmSync(path); // It is connected, and nobody else shall be.
    // 64 bytes a message, whatever comes at once.
    let bytes = 0;
    socket.on('data', (chunk) => {
      bytes += chunk.length;
      count(Math.floor(bytes / BYTES));
      bytes %= BYTES;
    });
  }).listen(path);
  await once(server, 'listening');
  return ['socket', path];
}

const pacer = spawn(join(BUILD, 'pacer'), (await { queue: consumeQueue, socket: consumeSocket }[kind]()).map(String), {
  stdio: ['pipe', 'inherit', 'inherit'],
});

/** What `start` and `stop` measure while so many messages arrive, so many a second. */
async function during(rate, messages, start, stop) {
  received = 0;
  wanted = messages;
  const all = new Promise((resolve) => {
    done = resolve;
  });
  const before = start();
  pacer.stdin.write(`${rate} ${messages}\n`);
  await all;
  return stop(before);
}

/** Milliseconds of processor time, of all threads, for each second. */
async function processorTime(rate, messages) {
  const start = () => [process.cpuUsage(), performance.now()];
  return during(rate, messages, start, ([usage, at]) => {
    const { user, system } = process.cpuUsage(usage);
    return ((user + system) / (performance.now() - at)).toFixed(3);
  });
}

/** Percent of the time that the event loop was not idle. */
async function utilization(rate, messages) {
  const start = () => performance.eventLoopUtilization();
  return during(rate, messages, start, (before) => {
    return (performance.eventLoopUtilization(before).utilization * 100).toFixed(3);
  });
}

await serve(process.version, { 'processor-time': processorTime, utilization });
