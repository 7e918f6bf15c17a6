// The least that an addon of Node-API does (floor/floor.c): what any binding adds to a system call in C, ours included.
import { createRequire } from 'node:module';
import { now, PAYLOADS, serve } from './serve.mjs';

const { registers, sendNow, receiveNow, isPayload } = createRequire(import.meta.url)(
  '../floor/build/Release/floor.node',
);
const PAYLOAD = 0;
const BYTES = 1;
const BATCH = 100;

function pair(bytes, count) {
  let length;
  const start = now();
  for (let i = 0; i < count; i++) {
    registers[PAYLOAD] = i % PAYLOADS;
    registers[BYTES] = bytes;
    if (sendNow() !== 0) throw new Error('full');
    length = receiveNow();
  }
  const elapsed = now() - start;
  registers[PAYLOAD] = (count - 1) % PAYLOADS;
  if (length !== bytes || isPayload() !== 1) throw new Error('other bytes arrived than were sent');
  return elapsed;
}

/** Only the receiving, of messages that are there. */
function take(bytes, count) {
  let length;
  let elapsed = 0n;
  registers[BYTES] = bytes;
  for (let done = 0; done < count; done += BATCH) {
    for (let i = 0; i < BATCH; i++) {
      registers[PAYLOAD] = i % PAYLOADS;
      if (sendNow() !== 0) throw new Error('full');
    }
    const start = now();
    for (let i = 0; i < BATCH; i++) length = receiveNow();
    elapsed += now() - start;
  }
  if (length !== bytes || isPayload() !== 1) throw new Error('other bytes arrived than were sent');
  return elapsed;
}

await serve(process.version, { pair, take });
