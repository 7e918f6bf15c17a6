// Announces itself in the second queue, then takes the messages of the first one with so many handlers at once (see c/consumers.c).
import { mkdtempSync, rmSync } from 'node:fs';
import { MessageQueue } from '../../dist/index.js';

const [concurrency, ...ids] = process.argv.slice(2).map(Number);
const [queue, ready] = ids.map((id) => MessageQueue.attach(id));
const state = mkdtempSync('/dev/shm/sysvmq-bench-');
process.once('exit', () => rmSync(state, { recursive: true, force: true }));
for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => process.exit(0));
queue.consume(async () => undefined, { state, concurrency });
await ready.send('ready');
