// A consumer in a process of its own, which writes down what it begins and what it has done. It is killed at any time.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { openSync, writeSync } from 'node:fs';
import { setTimeout as pause, setImmediate as turn } from 'node:timers/promises';
import { MessageQueue } from '../../dist/index.js';
import { seeded } from '../../tools/harness/random.cjs';
import { isAsSent } from './texts.mjs';

process.on('disconnect', () => process.exit(1));
// It is started before it is needed: a start takes longer than most lives.
const [{ key, id, log: path, number, seed, kind, work, options, deadLetterKey, closeTimeout }] = await once(
  process,
  'message',
);
const log = openSync(path, 'a');
const random = seeded(seed);
const note = (line) => writeSync(log, `${line}\n`);
const queue = key === undefined ? MessageQueue.attach(id) : MessageQueue.open(key);

/** What names a message in the log: its number, '-' where it has none, or what tells long ones apart. */
function nameOf({ data, typeBigInt }) {
  if (kind === 'identical') return '-';
  if (kind === 'sizes') return `${typeBigInt}/${data.length}/${createHash('sha256').update(data).digest('hex')}`;
  const colon = data.indexOf(':');
  return colon < 0 ? 'corrupted' : data.latin1Slice(0, colon);
}

/** What every worker does for a message: sometimes at once, sometimes in another turn, sometimes later. */
function doWork(signal) {
  if (work === 'long') return pause(random.below(20), undefined, { signal }).catch(() => undefined);
  if (work === 'slow') return pause(random.between(1, 8));
  const draw = random.below(10);
  if (draw < 5) return undefined;
  return draw < 9 ? turn() : pause(1);
}

function handle(message, job) {
  const name = nameOf(message);
  note(`b ${job.id} ${name} ${job.attempt} ${number} ${message.type}`);
  if (kind === 'numbered' && !isAsSent(name, message))
    note(`x ${job.id} ${name} ${job.uncertain} ${message.data.length}`);
  if (kind === 'poison' && name.startsWith('poison')) process.kill(process.pid, 'SIGKILL');
  // After the signal is aborted the work counts as undone.
  const done = () => job.signal.aborted || note(`d ${job.id} ${name} ${job.attempt} ${number}`);
  const result = doWork(job.signal);
  if (result === undefined) return void done();
  return result.then(done);
}

const deadLetter = deadLetterKey === undefined ? {} : { deadLetter: MessageQueue.open(deadLetterKey) };
let consumer;
try {
  consumer = queue.consume(handle, { retryDelay: 1, ...options, ...deadLetter });
} catch (error) {
  process.send({ refused: { code: error.code, message: error.message } });
  process.disconnect();
  process.exit(0);
}
for (const event of ['removed', 'reopened', 'recovered']) consumer.on(event, (value) => process.send({ event, value }));
consumer.on('error', ({ code, message }) => process.send({ event: 'error', value: { code, message } }));
process.once('SIGTERM', () => void consumer.close({ timeout: closeTimeout ?? 1000 }).then(() => process.exit(0)));
process.on('message', () => void consumer.close().then(() => process.exit(0)));
process.send({ event: 'consuming', value: consumer.stats() });
