// A queue as a Readable, another as a Writable, and a Transform in between, joined by pipeline(). The second queue is
// small: until a reader takes messages, the stream waits, and the rest stays in the first.
//
//   node examples/stream-pipeline.mjs
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { codecs, MessageQueue } from 'sysvmq';

const LINES = 40;

// A Readable of a queue emits messages: their data and their type.
const parse = new Transform({
  objectMode: true,
  highWaterMark: 1, // Of what is taken out of a queue only a few messages should be on their way at a time.
  transform({ data }, _encoding, callback) {
    const [user, amount] = data.split(' ');
    callback(null, { user, cents: Math.round(Number(amount) * 100) });
  },
});

const lines = MessageQueue.createPrivate({ codec: codecs.utf8 });
const payments = MessageQueue.createPrivate({ codec: codecs.json(), maxBytes: 100 });
try {
  for (let line = 1; line <= LINES; line++) await lines.send(`user-${line} ${(line / 4).toFixed(2)}`);
  console.log(`queue ${lines.id} holds ${lines.stat().messageCount} lines, such as "${lines.peek().data}"`);

  // The stream has a handle of its own: it ends when that is closed.
  const source = MessageQueue.attach(lines.id, { codec: codecs.utf8 });
  const done = pipeline(source.readable(), parse, payments.writable());

  await pause(100); // Ample time for everything that does not have to wait.
  const { messageCount, usedBytes, maxBytes } = payments.stat();
  console.log(
    `no process reads queue ${payments.id}: ${messageCount} payments (${usedBytes} of ${maxBytes} bytes) are in it`,
  );
  console.log(`so ${lines.stat().messageCount} lines wait in queue ${lines.id}`);

  let cents = 0;
  for (let payment = 1; payment <= LINES; payment++) {
    const { data } = await payments.receive();
    cents += data.cents;
    if (payment % 10 === 0) console.log(`payment ${payment}: ${data.user} paid ${data.cents} cents`);
  }
  console.log(`${LINES} payments, ${cents} cents in all`);

  source.close();
  await done;
  console.log(
    `the pipeline has ended; ${lines.stat().messageCount} lines and ${payments.stat().messageCount} payments are left`,
  );
} finally {
  lines.remove();
  payments.remove();
}
