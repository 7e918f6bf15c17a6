// Messages to JetStream and from there: bridge.mjs bridge|client ROUND_TRIP_MS WINDOW. The bridge has a process of its own.
import { createRequire } from 'node:module';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, createInbox } from '@nats-io/transport-node';
import { bridgeBetween } from './bridge-ends.mjs';
import { buffers, checkMessage, now, PAYLOADS, serve } from './serve.mjs';
import { startDelay, startNatsServer } from './servers.mjs';

const [kind, roundTripMs, window] = process.argv.slice(2);
const { version } = createRequire(import.meta.url)(
  kind === 'bridge' ? '../../package.json' : '@nats-io/transport-node/package.json',
);
/** As an in route has it by default: messages that are delivered and not acknowledged. */
const MAX_PENDING = 256;
const PRELOAD_AT_ONCE = 2000;
const STREAM_BYTES = 512 << 20;

const near = await startNatsServer();
const port = Number(roundTripMs) > 0 ? await startDelay(near, Number(roundTripMs)) : near;
const nats = await connect({ servers: `127.0.0.1:${port}` });
// Calls that are not measured bypass the delay.
const direct = await connect({ servers: `127.0.0.1:${near}` });
const manager = await jetstreamManager(direct, { checkAPI: false });
await manager.streams.add({ name: 'BENCH', subjects: ['bench'], max_bytes: STREAM_BYTES, discard: 'old' });
await manager.consumers.add('BENCH', { durable_name: 'bench', ack_policy: 'explicit', max_ack_pending: MAX_PENDING });

/** Publishes with an inbox for the acknowledgements, `most` at a time. */
async function publishAll(connection, payloads, count, most) {
  const inbox = createInbox();
  let sent = 0;
  let acknowledged = 0;
  await new Promise((resolve, reject) => {
    const publish = () => {
      for (; sent < count && sent - acknowledged < most; sent++)
        connection.publish('bench', payloads[sent % PAYLOADS], { reply: inbox });
    };
    const subscription = connection.subscribe(inbox, {
      callback: (error, message) => {
        if (error !== null || !(JSON.parse(message.string()).seq > 0))
          return reject(error ?? new Error(message.string()));
        acknowledged += 1;
        if (acknowledged < count) return publish();
        subscription.unsubscribe();
        resolve();
      },
    });
    publish();
  });
}

const load = (bytes, count) => publishAll(direct, buffers(bytes), count, PRELOAD_AT_ONCE);

const client = {
  async out(bytes, count) {
    const payloads = buffers(bytes);
    const start = now();
    await publishAll(nats, payloads, count, Number(window));
    const elapsed = now() - start;
    await manager.streams.purge('BENCH');
    return elapsed;
  },
  async in(bytes, count) {
    await load(bytes, count + 1);
    const consumer = await jetstream(nats, { checkAPI: false }).consumers.get('BENCH', 'bench');
    let received = 0;
    let start;
    let end;
    let last;
    const all = new Promise((resolve) => {
      end = resolve;
    });
    const callback = (message) => {
      message.ack();
      start ??= now();
      last = message.data;
      if (received++ === count) end(now() - start);
    };
    const messages = await consumer.consume({ max_messages: MAX_PENDING, callback });
    const elapsed = await all;
    await messages.close();
    // Until the server knows: what is delivered to this inbox afterwards would come again half a minute later only.
    await nats.flush();
    checkMessage(Buffer.from(last), bytes, count);
    return elapsed;
  },
  latency: (bytes, count) => medianLatency(bytes, count, (payload) => nats.publish('bench', payload)),
};

/** From a send until a consumer has it: the median, as if each had taken so long. */
async function medianLatency(bytes, count, send) {
  await manager.streams.purge('BENCH');
  const inbox = createInbox();
  let arrived;
  const subscription = nats.subscribe(inbox, { callback: (_, { data }) => arrived(data) });
  const { name } = await manager.consumers.add('BENCH', {
    ...{ deliver_subject: inbox, ack_policy: 'none', deliver_policy: 'new' },
  });
  const payloads = buffers(bytes);
  const took = [];
  for (let i = 0; i < count; i++) {
    const data = new Promise((resolve) => {
      arrived = resolve;
    });
    const start = now();
    send(payloads[i % PAYLOADS]);
    checkMessage(Buffer.from(await data), bytes, i);
    took.push(now() - start);
  }
  subscription.unsubscribe();
  await manager.consumers.delete('BENCH', name);
  took.sort((a, b) => Number(a - b));
  return took[took.length >> 1] * BigInt(count);
}

const ends = {
  load,
  empty: () => manager.streams.purge('BENCH'),
  latency: medianLatency,
};

await serve(version, kind === 'bridge' ? bridgeBetween('nats', port, Number(window), ends) : client);
