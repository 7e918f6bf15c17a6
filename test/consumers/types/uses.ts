// Statements that must compile in a project of TypeScript's own defaults, and some that must not. Nothing here runs.
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  AbortError,
  type Codec,
  type CreateOptions,
  codecs,
  drainTo,
  findStaleQueues,
  formatMessageLine,
  getLimits,
  isMessageQueueError,
  isSupported,
  LimitError,
  type Limits,
  type Message,
  MessageQueue,
  persistLimits,
  QueueFullError,
  type QueueStatus,
  type ReceiveOptions,
  RequestClient,
  RequestServer,
  removeStaleQueues,
  setLimits,
  watchQueue,
} from 'sysvmq';
import { collectQueueMetrics } from 'sysvmq/metrics';
import { IPC_CREAT, IPC_INFO, IPC_STAT, type MsqidDs, msgctl, msgget } from 'sysvmq/syscalls';
import { useMemoryQueues } from 'sysvmq/testing';

interface Job {
  id: number;
}

const options: CreateOptions<Job> = { codec: codecs.json<Job>(), mode: 0o600, maxBytes: 4096, type: 5n };
export const jobs: MessageQueue<Job> = MessageQueue.openOrCreate(0x5eed, options);
export const bytes: MessageQueue = MessageQueue.createPrivate();
export const words: MessageQueue<string> = MessageQueue.attach(bytes.id, { codec: codecs.utf8 });

const upper: Codec<string> = { encode: (value) => value.toUpperCase(), decode: (raw) => raw.toString() };
export const own = MessageQueue.open(7, { codec: upper });

export async function waits(signal: AbortSignal): Promise<Job[]> {
  await jobs.send({ id: 1 }, { type: 2, timeout: 100, signal });
  await jobs.sendMany([{ data: { id: 2 } }, { data: { id: 3 }, type: 9n }]);
  const select: ReceiveOptions = { upTo: 5, timeout: 10 };
  const one: Message<Job> = await jobs.receive(select);
  const many: Message<Job>[] = await jobs.receiveMany({ max: 5, except: 3 });
  for await (const { data, type, typeBigInt, truncated } of jobs) {
    const parts: [Job, number, bigint, boolean] = [data, type, typeBigInt, truncated];
    if (parts[3]) break;
  }
  return [one, ...many].map(({ data }) => data);
}

/** Settings that may be missing, as they come from a configuration. */
interface Settings {
  count: number | undefined;
  flag: boolean | undefined;
  signal: AbortSignal | undefined;
  file: string | undefined;
}

/** With exactOptionalPropertyTypes, too, an option may be undefined. */
export async function undefinedOptions({ count, flag, signal, file }: Settings): Promise<unknown[]> {
  const select = { maxLength: count, truncate: flag };
  const wait = { timeout: count, signal };
  const handle = { autoRemove: flag, spin: count, codec: undefined, type: count };
  const queue = MessageQueue.createPrivate({ ...handle, mode: count, maxBytes: count });
  MessageQueue.attach(queue.id, handle).close();
  MessageQueue.open(5, { ...handle, mode: count }).close();
  queue.set({ maxBytes: count, uid: count, gid: count, mode: count });
  queue.trySend('x', { type: count });
  queue.sendSync('x', { type: count, nowait: flag, timeout: count });
  await queue.send('x', { type: count, ...wait });
  await queue.sendMany([{ data: 'x', type: count }], wait);
  queue.receiveSync({ ...select, except: count, nowait: flag, timeout: count });
  queue.readable({ ...select, upTo: count, signal }).destroy();
  queue.writable({ type: count, signal }).destroy();
  setLimits({ msgmni: count, msgmnb: 65536 });
  persistLimits({ msgmax: count, msgmnb: 65536 }, { file, apply: flag });
  const client = new RequestClient<Buffer, string>(queue, {
    replies: undefined,
    replyType: count,
    mode: count,
    ...wait,
  });
  const server = new RequestServer(queue, () => undefined, { upTo: count, concurrency: count, replyTimeout: count });
  await server.close({ timeout: count });
  useMemoryQueues({ msgmni: count, msgmax: count, msgmnb: count }).restore();
  formatMessageLine({ type: 1, typeBigInt: undefined, data: 'x' });
  const consumer = queue.consume(() => undefined, { name: file, concurrency: count, attempts: count, signal });
  await consumer.close({ timeout: count });
  collectQueueMetrics({ queues: undefined, register: undefined, prefix: file }).close();
  return [
    await queue.receive({ ...select, type: count, ...wait }),
    await queue.receiveMany({ max: count, type: count, ...wait }),
    await client.request('x', { type: count, ...wait }),
    await drainTo(queue, 'file', { max: count, upTo: count, signal }),
    findStaleQueues({ olderThan: count, filter: undefined }),
    removeStaleQueues({ withMessages: flag }),
    watchQueue(queue, { interval: count, signal }),
    codecs.php({ maxDepth: count, strings: undefined }),
  ];
}

export function triesAndErrors(): number | undefined {
  const sent: boolean = bytes.trySend(new Uint8Array(3));
  bytes.trySend('text');
  bytes.trySend(new ArrayBuffer(2));
  const message: Message<Buffer> | undefined = bytes.tryReceive({ type: 1, maxLength: 10, truncate: true });
  try {
    bytes.sendSync('x', { nowait: sent });
  } catch (error) {
    if (error instanceof QueueFullError) return error.usedBytes;
    if (error instanceof LimitError) return error.limitValue;
    if (error instanceof AbortError || isMessageQueueError(error)) return error.errno;
  }
  return message?.data.readUInt8(0);
}

export function facts(): [Limits, QueueStatus, MsqidDs, number, boolean] {
  const { msgmni } = msgctl(0, IPC_INFO);
  return [getLimits(), bytes.stat(), msgctl(msgget(5, IPC_CREAT | 0o600), IPC_STAT), msgmni, isSupported()];
}

export const at: Date | null = bytes.stat().lastSentAt;
export const stream: Readable = bytes.readable({ type: 4 });

export async function streams(): Promise<void> {
  words.readable().on('data', ({ data }) => data.toUpperCase());
  for await (const { data } of jobs.readable()) jobs.writable().write({ id: data.id });
  jobs.writable().end({ id: 5 });
  await pipeline(words.readable(), words.writable());
}
// @ts-expect-error a job is not a string
jobs.writable().write('text');
// @ts-expect-error its data is a job
jobs.readable().on('data', ({ data }) => data.toUpperCase());

const point = codecs.struct({ x: 'int16_t', y: 'int16_t' }, { packed: true });
const order = codecs.struct({
  id: 'int32',
  price: 'double',
  total: 'unsigned long long',
  paid: 'bool',
  customer: ['char', 16],
  hash: ['byte', 32],
  grid: [['int', 4], 2],
  corners: [point, 2],
  at: { day: 'uint8', month: 'uint8' },
});
/** What `order` is, field by field. */
interface Order {
  id: number;
  price: number;
  total: bigint;
  paid: boolean;
  customer: string;
  hash: Buffer;
  grid: number[][];
  corners: { x: number; y: number }[];
  at: { day: number; month: number };
}
const sums = codecs.struct({ sum: 'long', sums: ['int64', 2], in: { sum: 'size_t' } }, { integers: 'number' });

export function structs(one: Order): Order | undefined {
  const queue = MessageQueue.createPrivate({ codec: order });
  queue.trySend(one);
  const { sum, sums: each, in: inner } = MessageQueue.attach(queue.id, { codec: sums }).receiveSync().data;
  const numbers: number[] = [sum, ...each, inner.sum, order.size, order.alignment, sums.offsets['sum'] ?? 0];
  queue.trySend({ ...one, id: numbers.length });
  return queue.tryReceive()?.data;
}

const mixed = codecs.byType({ 1: order, 2: codecs.json<Job>(), 3: codecs.utf8 });
const withOthers = codecs.byType({ 1: order, 2: codecs.json<Job>() }, codecs.buffer);

export async function types(): Promise<(number | string | bigint)[]> {
  const queue = MessageQueue.createPrivate({ codec: mixed });
  queue.trySend('text', { type: 3 });
  await queue.send({ id: 5 }, { type: 2 });
  const seen: (number | string | bigint)[] = [];
  for await (const message of queue) {
    switch (message.type) {
      case 1:
        seen.push(message.data.total, message.typeBigInt);
        break;
      case 2:
        seen.push(message.data.id);
        break;
      case 3:
        seen.push(message.data.toUpperCase());
        break;
      default:
        seen.push(message satisfies never);
    }
  }
  const first = queue.tryReceive() ?? queue.receiveSync() ?? (await queue.receive());
  if (first.type === 3) seen.push(first.data.length);
  for (const each of await queue.receiveMany()) if (each.type === 2) seen.push(each.data.id);
  queue.readable().on('data', (message) => message.type === 1 && seen.push(message.data.customer));
  queue.consume((message) => message.type === 1 && message.data.paid);
  const other = MessageQueue.createPrivate({ codec: withOthers }).peek();
  if (other?.type === 1) seen.push(other.data.price);
  else if (other?.type === 2) seen.push(other.data.id);
  else if (other !== undefined) seen.push(other.type, other.data.readInt8(0));
  const plain: Message<Order | Job | string> = first;
  return [...seen, plain.type];
}

/** A function for queues of any kind takes one whose messages tell their types, too. */
export async function next<T>(queue: MessageQueue<T>): Promise<T> {
  return (await queue.receive()).data;
}
export const nextOfMixed: Promise<Order | Job | string> = next(MessageQueue.createPrivate({ codec: mixed }));

declare const jobSchema: {
  '~standard': {
    version: 1;
    vendor: string;
    validate: (value: unknown) => { value: { id: number } } | { issues: { message: string; path?: string[] }[] };
    types?: { input: { id: string }; output: { id: number } };
  };
};
export const validated: MessageQueue<Job> = MessageQueue.createPrivate({ codec: codecs.json({ schema: jobSchema }) });

// @ts-expect-error there is no such type in C
codecs.struct({ id: 'int33' });
// @ts-expect-error a pointer means nothing elsewhere
codecs.struct({ name: 'char *' });
// @ts-expect-error a length is a number
codecs.struct({ name: ['char', '16'] });
// @ts-expect-error there is no such option
codecs.struct({ id: 'int' }, { pack: true });
// @ts-expect-error a field is missing
point.encode({ x: 1 });
// @ts-expect-error 64 bits are a bigint
codecs.struct({ sum: 'int64' }).encode({ sum: 5 });
// @ts-expect-error and a number where that is asked for
sums.encode({ sum: 5n, sums: [1, 2], in: { sum: 3 } });
// @ts-expect-error text, not bytes
codecs.struct({ name: ['char', 4] }).encode({ name: Buffer.alloc(4) });
// @ts-expect-error a codec that is no struct has no length
codecs.struct({ inner: codecs.utf8 });
// @ts-expect-error no codec of these writes a boolean
MessageQueue.createPrivate({ codec: mixed }).trySend(true);
// @ts-expect-error the data of type 2 is a job
export const wrongly: string = MessageQueue.createPrivate({ codec: mixed }).receiveSync({ type: 2 }).data;
// @ts-expect-error types are numbers
codecs.byType({ one: codecs.utf8 });
// @ts-expect-error not a schema
codecs.json({ schema: { parse: () => 5 } });

// @ts-expect-error a job is not a string
jobs.trySend('text');
// @ts-expect-error a key is a number
MessageQueue.open('5');
// @ts-expect-error there is no such option
MessageQueue.open(5, { maxBytes: 5 });
// @ts-expect-error there is no such option
jobs.receive({ types: 5 });
// @ts-expect-error trySend never waits
jobs.trySend({ id: 1 }, { timeout: 5 });
// @ts-expect-error tryReceive may have nothing
jobs.tryReceive().data;
// @ts-expect-error the id cannot be changed
jobs.id = 5;
// @ts-expect-error there is no public constructor
new MessageQueue(5);
// @ts-expect-error there is no public constructor
new MessageQueue();
// @ts-expect-error a class of one's own cannot extend it
export class Own extends MessageQueue {}
// @ts-expect-error a message is selected in one way
jobs.receive({ type: 1, upTo: 2 });
// @ts-expect-error a message is selected in one way
jobs.tryReceive({ type: 1, except: 2 });
// @ts-expect-error a message is selected in one way
jobs.messages({ except: 1, upTo: 2 });
// @ts-expect-error a server serves one type, or those up to one
new RequestServer(bytes, () => undefined, { type: 1, upTo: 2 });
// @ts-expect-error a reply is unknown until its codec, or its type, is said
export const guessed: Promise<string> = new RequestClient(words).request('x');
// @ts-expect-error IPC_SET takes what to set
msgctl(5, 1);
// @ts-expect-error the bytes of a message are needed
msgctl(5, IPC_STAT).msg_stime = 'now';
// @ts-expect-error not everything thrown has a code
export const code = (error: Error) => error.code;
