// What the contenders that run in Node share: the protocol with the harness, and the payloads.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

export const PAYLOADS = 16;

/** The version of a package of bench/node_modules. */
export function versionOf(name) {
  return JSON.parse(readFileSync(new URL(`../node_modules/${name}/package.json`, import.meta.url), 'utf8')).version;
}

/** Sixteen messages whose bytes differ; every contender sends the same ones in turn. */
export function buffers(bytes) {
  return Array.from({ length: PAYLOADS }, (_, i) => Buffer.alloc(bytes, 'abcdefghijklmnop'[i]));
}

/** The same as strings. */
export function strings(bytes) {
  return buffers(bytes).map((buffer) => buffer.toString('latin1'));
}

/** Throws unless the message with this number has arrived with its own bytes. Never called while the clock runs. */
export function checkMessage(data, bytes, number) {
  assert.equal(data.toString('latin1'), 'abcdefghijklmnop'[number % PAYLOADS].repeat(bytes));
}

/** Nanoseconds since some moment. */
export const now = () => process.hrtime.bigint();

/**
 * Carries out lines "operation bytes count" and answers each with the nanoseconds that it took.
 * `operations` has a function (bytes, count) for each, which returns them or a promise of them.
 */
export async function serve(version, operations) {
  process.stdout.write(`ready ${version}\n`);
  for await (const line of createInterface({ input: process.stdin })) {
    const [operation, bytes, count] = line.split(' ');
    process.stdout.write(`${await operations[operation](Number(bytes), Number(count))}\n`);
  }
  process.exit(0);
}

/** Carries out orders "bytes count …" of a partner process, one a line, without an answer. */
export async function obey(order) {
  for await (const line of createInterface({ input: process.stdin })) await order(...line.split(' ').map(Number));
  process.exit(0);
}
