// One path in a process of its own: --expose-gc, and what the process has after so many messages.
import { readdirSync, readFileSync } from 'node:fs';
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import { MessageQueue } from '../../dist/index.js';
import { queueIds, threadsOf, writeLimit } from '../../tools/harness/proc.cjs';
import { paths } from './paths.mjs';
import { slopeOf } from './slope.mjs';

const SAMPLES = 40;
const SETTLE_MS = 15_000;
const PAGE_BYTES = 4096;

const { path, seconds, messages: most } = JSON.parse(process.argv[2]);

// Room for messages of 2 MiB, and for two batches.
writeLimit('msgmax', 4 << 20);
writeLimit('msgmnb', 8 << 20);

async function sample(messages) {
  for (let i = 0; i < 3; i++) {
    globalThis.gc();
    await nextTurn(); // What is finalized needs a turn.
  }
  const { heapUsed, external } = process.memoryUsage();
  return {
    messages,
    rss: Number(readFileSync('/proc/self/statm', 'latin1').split(' ')[1]) * PAGE_BYTES,
    memory: heapUsed + external,
    threads: threadsOf().length,
    fds: readdirSync('/proc/self/fd').length,
    queues: queueIds().length,
  };
}

const queue = MessageQueue.createPrivate({ autoRemove: true });
const pass = paths[path].make(queue);

// A quarter of the time warms up, and shows how many messages make a sample.
const warmUpMs = (seconds * 1000) / 4;
const began = performance.now();
let warm = 0;
while (performance.now() - began < warmUpMs && warm < most / 4) warm += await pass(64);
const rate = warm / (performance.now() - began);
const chunk = Math.max(1, Math.ceil(Math.min((rate * 3 * warmUpMs) / SAMPLES, most / SAMPLES)));

for (let i = 0; i < 5; i++) await sample(0); // The first samples make memory of their own.
const samples = [await sample(0)];
let messages = 0;
const end = performance.now() + 3 * warmUpMs;
while (samples.length < SAMPLES && (performance.now() < end || samples.length < 8)) {
  messages += await pass(chunk);
  samples.push(await sample(messages));
}
await pass.end?.();

// Threads that wait for nobody end after some seconds.
const first = samples[0];
let last = await sample(messages);
for (const deadline = performance.now() + SETTLE_MS; last.threads > first.threads && performance.now() < deadline; ) {
  await pause(100);
  last = await sample(messages);
}
const line = (name) => slopeOf(samples.map((one) => [one.messages, one[name]]));
process.stdout.write(
  `${JSON.stringify({ path, messages: messages + warm, sampled: messages, samples: samples.length, rss: line('rss'), memory: line('memory'), first, last })}\n`,
);
process.exit(0);
