// What must compile, in a project of TypeScript's own defaults, and what must not. Nothing here runs.
import {
  AbortError,
  type Codec,
  type CreateOptions,
  codecs,
  getLimits,
  isMessageQueueError,
  isSupported,
  LimitError,
  type Limits,
  type Message,
  MessageQueue,
  QueueFullError,
  type QueueStatus,
  type ReceiveOptions,
} from 'sysvmq';
import { IPC_CREAT, IPC_INFO, IPC_STAT, type MsqidDs, msgctl, msgget } from 'sysvmq/syscalls';

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
export const stream: NodeJS.ReadableStream = bytes.readable({ type: 4 });

// @ts-expect-error a job is not a string
jobs.trySend('text');
// @ts-expect-error a key is a number
MessageQueue.open('5');
// @ts-expect-error there is no such option
MessageQueue.open(5, { maxBytes: 5 });
// @ts-expect-error there is no such option
jobs.receive({ types: 5 });
// @ts-expect-error with exactOptionalPropertyTypes an option is there or not
jobs.receive({ timeout: undefined });
// @ts-expect-error trySend never waits
jobs.trySend({ id: 1 }, { timeout: 5 });
// @ts-expect-error tryReceive may have nothing
jobs.tryReceive().data;
// @ts-expect-error the id cannot be changed
jobs.id = 5;
// @ts-expect-error there is no public constructor
new MessageQueue(5);
// @ts-expect-error IPC_SET takes what to set
msgctl(5, 1);
// @ts-expect-error the bytes of a message are needed
msgctl(5, IPC_STAT).msg_stime = 'now';
// @ts-expect-error not everything thrown has a code
export const code = (error: Error) => error.code;
