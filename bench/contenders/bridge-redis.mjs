// Messages to Redis Streams and from there: bridge-redis.mjs bridge|client WINDOW. The bridge has a process of its own.
import { createRequire } from 'node:module';
import { Redis } from 'ioredis';
import { bridgeBetween } from './bridge-ends.mjs';
import { buffers, checkMessage, now, PAYLOADS, serve } from './serve.mjs';
import { startRedisServer } from './servers.mjs';

const [kind, window] = process.argv.slice(2);
const { version } = createRequire(import.meta.url)(kind === 'bridge' ? '../../package.json' : 'ioredis/package.json');
/** As an in route reads them. */
const READ_AT_ONCE = 256;
const PRELOAD_AT_ONCE = 2000;

const port = await startRedisServer();
// Commands of one turn of the event loop go together, as those of the bridge do.
const redis = new Redis(port, { enableAutoPipelining: true });
await redis.xgroup('CREATE', 'BENCH', 'bench', '$', 'MKSTREAM');

/** Appends, `most` at a time without an answer. */
function appendAll(payloads, count, most) {
  let sent = 0;
  let stored = 0;
  return new Promise((resolve, reject) => {
    const onStored = () => {
      stored += 1;
      if (stored === count) resolve();
      else append();
    };
    const append = () => {
      for (; sent < count && sent - stored < most; sent++)
        redis.xadd('BENCH', '*', 'data', payloads[sent % PAYLOADS]).then(onStored, reject);
    };
    append();
  });
}

const load = (bytes, count) => appendAll(buffers(bytes), count, PRELOAD_AT_ONCE);
const empty = () => redis.xtrim('BENCH', 'MAXLEN', 0);

const client = {
  async out(bytes, count) {
    const payloads = buffers(bytes);
    const start = now();
    await appendAll(payloads, count, Number(window));
    const elapsed = now() - start;
    await empty();
    return elapsed;
  },
  async in(bytes, count) {
    await load(bytes, count + 1);
    let received = 0;
    let start;
    let last;
    let acknowledged;
    while (received <= count) {
      const read = ['GROUP', 'bench', 'client', 'COUNT', READ_AT_ONCE, 'STREAMS', 'BENCH', '>'];
      const [[, entries]] = await redis.xreadgroupBuffer(...read);
      start ??= now();
      received += entries.length;
      [, [, last]] = entries.at(-1);
      acknowledged = redis.xack('BENCH', 'bench', ...entries.map(([id]) => id));
    }
    await acknowledged;
    const elapsed = now() - start;
    checkMessage(last, bytes, count);
    await empty();
    return elapsed;
  },
};

const ends = { load, empty };
await serve(version, kind === 'bridge' ? bridgeBetween('redis', port, Number(window), ends) : client);
