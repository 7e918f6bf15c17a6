// Tries each job three times, and puts away the one that never works.
//
//   node examples/recipes/dead-letters.mjs
import { codecs, MessageQueue } from 'sysvmq';

const jobs = MessageQueue.createPrivate({ codec: codecs.json(), autoRemove: true });
const dead = MessageQueue.createPrivate({ codec: codecs.json(), autoRemove: true });
for (const job of ['resize', 'explode', 'upload']) jobs.trySend({ job });

const consumer = jobs.consume(
  ({ data }, { attempt }) => {
    console.log(`${data.job}, attempt ${attempt}`);
    if (data.job === 'explode') throw new Error('it exploded');
  },
  { attempts: 3, retryDelay: 10, deadLetter: dead },
);
consumer.on('retry', (event) => console.log(`again after: ${event.error.message}`));

const { data } = await dead.receive();
console.log(`dead letter: ${data.job}`);
await consumer.close();
for (const queue of [jobs, dead]) queue.close();
