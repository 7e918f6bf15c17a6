// Messages to JetStream and from there: bridge.mjs bridge|client ROUND_TRIP_MS WINDOW. The bridge has a process of its own.
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, createInbox } from '@nats-io/transport-node';
import { MessageQueue } from '../../dist/index.js';
import { BUILD, contenderPath } from '../harness/places.mjs';
import { startDelay, startNatsServer } from './nats-server.mjs';
import { buffers, checkMessage, now, PAYLOADS, serve } from './serve.mjs';

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

function makeBridge() {
  const state = mkdtempSync('/dev/shm/sysvmq-bench-');
  const queue = MessageQueue.createPrivate({ autoRemove: true });
  const child = fork(contenderPath('bridge-process.mjs'), [port, queue.id, state, window].map(String), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const peer = spawn(join(BUILD, 'peer'), [String(queue.id)], { stdio: ['pipe', 'pipe', 'inherit'] });
  const answers = createInterface({ input: peer.stdout })[Symbol.asyncIterator]();
  process.once('exit', () => {
    child.kill('SIGKILL');
    rmSync(state, { recursive: true, force: true });
  });
  const tell = async (...order) => {
    child.send(order);
    const [answer] = await once(child, 'message');
    if (answer !== order[0]) throw new Error(`the bridge answered ${answer}`);
  };
  const ask = async (line) => {
    peer.stdin.write(`${line}\n`);
    return BigInt((await answers.next()).value);
  };
  let acknowledged = 0;
  const started = lazily(() => tell('start', 'out'));
  return {
    async out(bytes, count) {
      await started();
      acknowledged += count;
      const start = now();
      const all = tell('acked', acknowledged);
      await ask(`send ${bytes} ${count}`);
      await all;
      const elapsed = now() - start;
      await manager.streams.purge('BENCH');
      return elapsed;
    },
    async in(bytes, count) {
      await load(bytes, count + 1);
      const taking = ask(`take ${bytes} ${count}`);
      await tell('start', 'in');
      const elapsed = await taking;
      await tell('stop');
      return elapsed;
    },
    async latency(bytes, count) {
      await started();
      return medianLatency(bytes, count, (payload) => {
        if (!queue.trySend(payload)) throw new Error('the queue is full');
      });
    },
  };
}

function lazily(make) {
  let made;
  return () => {
    made ??= make();
    return made;
  };
}

await serve(version, kind === 'bridge' ? makeBridge() : client);
