// The largest messages and the largest types.
import { createHash } from 'node:crypto';
import { MessageQueue, setLimits } from '../../dist/index.js';

const digest = (bytes) => createHash('sha256').update(bytes).digest('hex');

/** Messages of `bytes`, there and back; MSGMAX is raised to that. */
export async function largeMessages(bytes, count, random) {
  setLimits({ msgmax: bytes, msgmnb: 2 * bytes });
  const queue = MessageQueue.createPrivate();
  const data = Buffer.alloc(bytes);
  let milliseconds = 0;
  for (let done = 0; done < count; done++) {
    for (let at = 0; at < bytes; at += 4093) data[at] = random.below(256);
    const from = performance.now();
    if (done % 2 === 0) queue.sendSync(data);
    else await queue.send(data);
    const back = (done % 4 < 2 ? queue.receiveSync() : await queue.receive()).data;
    milliseconds += performance.now() - from;
    if (digest(back) !== digest(data)) throw new Error(`a message of ${bytes} bytes came back changed`);
  }
  queue.remove();
  return { mibPerSecond: (2 * count * bytes) / 2 ** 20 / (milliseconds / 1000) };
}

/** Random types of every size up to 2^63 − 1, selected one by one in another order. */
export function largeTypes(count, random) {
  const queue = MessageQueue.createPrivate({ maxBytes: 0x4000 });
  const most = 2n ** 63n - 1n;
  const types = new Set([1n, 2n ** 31n, 2n ** 32n, 2n ** 53n, 2n ** 53n + 1n, most - 1n, most]);
  while (types.size < count) {
    const bits = (BigInt(random.below(2 ** 31)) << 32n) | BigInt(random.below(2 ** 31));
    types.add((bits >> BigInt(random.below(62))) + 1n);
  }
  for (const type of types) queue.sendSync(String(type), { type, nowait: true });
  for (const type of [...types].reverse()) {
    const { data, typeBigInt } = queue.receiveSync({ type, nowait: true });
    if (typeBigInt !== type || data.toString() !== String(type)) throw new Error(`type ${type} came as ${typeBigInt}`);
  }
  queue.remove();
  return types.size;
}
