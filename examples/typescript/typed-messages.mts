// Messages of three types over one queue, each with data of its own, in strict TypeScript. docs/typescript.md explains it.
import { codecs, type Message, MessageQueue, QueueFullError, RequestClient, RequestServer } from 'sysvmq';

interface Job {
  name: string;
  width: number;
}

/** A type of message in C: struct reading { int32_t sensor; double celsius; char unit[8]; }. */
const reading = codecs.struct({ sensor: 'int32', celsius: 'double', unit: ['char', 8] });

const codec = codecs.byType({ 1: reading, 2: codecs.json<Job>(), 3: codecs.utf8 });
const queue = MessageQueue.createPrivate({ codec });

/** `type` tells which data a message has: the compiler knows each. */
function describe(message: NonNullable<ReturnType<typeof queue.tryReceive>>): string {
  switch (message.type) {
    case 1:
      return `sensor ${message.data.sensor}: ${message.data.celsius} ${message.data.unit}`;
    case 2:
      return `job ${message.data.name}, ${message.data.width} wide`;
    case 3:
      return `note: ${message.data.toUpperCase()}`;
  }
}

await queue.send({ sensor: 7, celsius: 21.5, unit: 'C' }, { type: 1 });
await queue.send({ name: 'resize', width: 640 }, { type: 2 });
await queue.send('lunch', { type: 3 });
for (const message of await queue.receiveMany({ timeout: 5000 })) console.log(describe(message));

/** What a message carries is in its type: a function takes the messages of one codec only. */
const widthOf = ({ data }: Message<Job>): number => data.width;
const jobs = MessageQueue.createPrivate({ codec: codecs.json<Job>() });
jobs.trySend({ name: 'crop', width: 320 });
const job = jobs.tryReceive();
if (job !== undefined) console.log(`crop to ${widthOf(job)}`);

/** A class for each error: its properties are typed behind instanceof. */
try {
  for (;;) jobs.sendSync({ name: 'fill', width: 1 }, { nowait: true });
} catch (error) {
  if (!(error instanceof QueueFullError)) throw error;
  console.log(`${error.limit}: ${error.limitValue === jobs.stat().maxBytes}`);
}

/** The reply is unknown until its codec says what it is. */
const requests = MessageQueue.createPrivate({ codec: codecs.json<Job>() });
const server = new RequestServer(requests, ({ width }) => ({ area: width ** 2 }), {
  replyCodec: codecs.json<{ area: number }>(),
});
const client = new RequestClient(requests, { replyCodec: codecs.json<{ area: number }>() });
const { area } = await client.request({ name: 'square', width: 12 }, { timeout: 5000 });
console.log(`area ${area}`);

client.close();
await server.close();
for (const one of [queue, jobs, requests]) one.remove();
