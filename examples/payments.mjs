// A worker that books payments, and may be killed at any moment: node examples/payments.mjs QUEUE_KEY LEDGER
//
// consume() brings every payment at least once. The ledger makes it exactly once: a payment's file is made with O_EXCL,
// complete, under its own id. A second attempt finds it there.
import { linkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { codecs, MessageQueue } from 'sysvmq';

const [key, ledger] = process.argv.slice(2);
if (ledger === undefined) {
  console.error('Usage: node examples/payments.mjs QUEUE_KEY LEDGER_FOLDER');
  process.exit(2);
}

/** Books a payment unless it is booked already. True when this call has. */
function book(payment) {
  const draft = join(ledger, `.draft-${process.pid}-${payment.id}`);
  writeFileSync(draft, JSON.stringify(payment));
  try {
    linkSync(draft, join(ledger, String(payment.id)));
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    return false;
  } finally {
    unlinkSync(draft);
  }
}

const queue = MessageQueue.openOrCreate(Number(key), { codec: codecs.json() });
const consumer = queue.consume(
  ({ data: payment }, { attempt }) => {
    const isNew = book(payment);
    console.log(`payment ${payment.id}: ${isNew ? 'booked' : 'was booked already'} (attempt ${attempt})`);
  },
  { name: 'payments', retryDelay: 50, ...(process.env.PAYMENTS_STATE ? { state: process.env.PAYMENTS_STATE } : {}) },
);
consumer.on('recovered', ({ count }) => console.log(`${count} in hand of a worker that died`));
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => consumer.close({ timeout: 5000 }));
await consumer.finished;
