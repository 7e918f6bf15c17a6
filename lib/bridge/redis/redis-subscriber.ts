/** Takes messages with a consumer group of Redis Streams. */

import { clearInterval, queueMicrotask, setInterval } from '../../core/event-loop';
import type { IncomingMessage, StreamPosition, Subscriber, SubscribeSource } from '../engine';
import { BridgeError } from '../errors';
import { answeredWithin } from '../within';
import { errorWord, Field, pairsOf } from './redis-client';
import type { RedisLink } from './redis-link';
import { idOf, millisecondsOf, positionOf } from './redis-positions';
import type { RedisClient, RedisEntry } from './redis-types';

const ACK_WAIT_MS = 30_000;
const CLAIM_MS = 5000;
const BLOCK_MS = 2000;
/** A blocking read that is not answered this long after its time: the pings of the other connection say nothing of this one. */
const SILENT_MS = 10_000;
const SILENT = `Redis has not answered a blocking read for ${(BLOCK_MS + SILENT_MS) / 1000} s`;
const READ_AT_ONCE = 256;
/** The name of a group's only consumer: the same on every machine, so that one takes over what another has left. */
const ONLY_CONSUMER = 'sysvmq';

/** @throws BridgeError where the stream is missing, or its key is something else. */
export async function openRedisSubscriber(
  link: RedisLink,
  source: SubscribeSource,
  createStream: boolean,
): Promise<Subscriber> {
  if (source.filter !== undefined) {
    throw new BridgeError('ERR_BRIDGE_UNSUPPORTED', 'Redis Streams have no subjects: a filter takes NATS');
  }
  const isNew = await openGroup(link.main, source, createStream);
  const info = pairsOf(await link.main.call('XINFO', 'STREAM', source.stream));
  return new RedisSubscriber(link, source, isNew, String(info.get('last-generated-id')));
}

/** Makes the group, which begins with the first entry, where it is missing. */
async function openGroup(
  client: RedisClient,
  { stream, consumer }: SubscribeSource,
  createStream: boolean,
): Promise<boolean> {
  try {
    await client.call('XGROUP', 'CREATE', stream, consumer, '0', ...(createStream ? ['MKSTREAM'] : []));
    return true;
  } catch (error) {
    if (errorWord(error) === 'BUSYGROUP') return false;
    throw groupError(error as Error, stream);
  }
}

export function noStream(stream: string, cause?: unknown): BridgeError {
  return new BridgeError(
    'ERR_BRIDGE_NO_STREAM',
    `Redis has no stream ${stream}: start the bridge that publishes to it, or let this one make it (createStream, --create-stream)`,
    cause,
  );
}

function groupError(error: Error, stream: string): Error {
  const word = errorWord(error);
  if (/requires the key to exist/.test(error.message)) return noStream(stream, error);
  const advice =
    word === 'WRONGTYPE'
      ? 'the key has something else: name another one'
      : word === 'NOPERM'
        ? `give this user XGROUP, XREADGROUP, XACK, XINFO, XRANGE, XCLAIM and XAUTOCLAIM on ${stream}`
        : undefined;
  if (advice === undefined) return error;
  return new BridgeError(
    'ERR_BRIDGE_DENIED',
    `Redis does not let this client take from ${stream} (${error.message}): ${advice}`,
    error,
  );
}

class RedisSubscriber implements Subscriber {
  readonly identity: string;
  readonly numbering: 'ordered' | 'any';
  readonly acknowledgeWithin = ACK_WAIT_MS;
  readonly #link: RedisLink;
  readonly #source: SubscribeSource;
  readonly #isNewGroup: boolean;
  readonly #lastId: string;
  readonly #consumer: string;
  #acknowledged: string[] = [];
  #outstanding = 0;
  #onRoom: (() => void) | undefined;
  #blocking: RedisClient | undefined;
  #claimTimer: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(link: RedisLink, source: SubscribeSource, isNewGroup: boolean, lastId: string) {
    this.#link = link;
    this.#source = source;
    this.#isNewGroup = isNewGroup;
    this.#lastId = lastId;
    this.identity = `redis ${source.stream} ${source.consumer}`;
    this.numbering = source.shared ? 'any' : 'ordered';
    this.#consumer = source.shared ? source.taker : ONLY_CONSUMER;
  }

  // Messages come in order, so the note itself contains the floor.
  async floor(): Promise<StreamPosition> {
    return 0;
  }

  // A stream has no identity: one that was deleted and made again shows by the group that is gone, and by its ids.
  async knownUpTo(position: StreamPosition): Promise<StreamPosition> {
    const last = positionOf(this.#lastId);
    if (BigInt(position) > last) return this.#isNewGroup ? 0 : last;
    if (!this.#isNewGroup || BigInt(position) === 0n) return position;
    const { stream } = this.#source;
    const id = idOf(position);
    const same = (await this.#link.main.call('XRANGE', stream, id, id)) as unknown[];
    if (same.length > 0) return position;
    const before = (await this.#link.main.call('XRANGE', stream, '-', id, 'COUNT', 1)) as unknown[];
    return before.length === 0 ? position : 0;
  }

  async *unsettled(
    isSettled: (position: StreamPosition, storedAt: number, redelivered?: boolean) => boolean,
  ): AsyncIterable<IncomingMessage> {
    for (let after = '0'; ; ) {
      const entries = await this.#read(this.#link.main, after, READ_AT_ONCE);
      if (entries.length === 0) return;
      for (const entry of entries) {
        const message = this.#messageOf(entry, true);
        after = entry[0].toString('latin1');
        if (message === undefined) continue;
        this.#outstanding += 1;
        if (isSettled(message.position, message.storedAt, true)) message.acknowledge();
        else yield message;
      }
    }
  }

  async #read(client: RedisClient, after: string, count: number): Promise<RedisEntry[]> {
    const { stream, consumer } = this.#source;
    const blocks = after === '>';
    const block = blocks ? ['BLOCK', BLOCK_MS] : [];
    const names = ['GROUP', consumer, this.#consumer, 'COUNT', count, ...block, 'STREAMS', stream, after];
    const work = client.callBuffer('XREADGROUP', ...names);
    const reply = (await (blocks ? answeredWithin(BLOCK_MS + SILENT_MS, work, SILENT) : work)) as
      | [Buffer, RedisEntry[]][]
      | null;
    return reply?.[0]?.[1] ?? [];
  }

  async start(onMessage: (message: IncomingMessage) => void): Promise<void> {
    const blocking = await this.#link.openAnother();
    this.#blocking = blocking;
    // stop() came before the connection, which would stay open.
    if (this.#isStopped) return blocking.disconnect();
    const lost = (error: unknown): void => {
      if (!this.#isStopped) this.#source.onLost(error as Error);
    };
    this.#readOn(blocking, onMessage).catch(lost);
    this.#claimTimer = setInterval(() => {
      this.#claim(onMessage).catch((error: Error) => {
        // Those that were delivered to this name come with the next connection.
        if (errorWord(error) === 'NOPERM' && !this.#source.shared) clearInterval(this.#claimTimer);
        else lost(error);
      });
    }, CLAIM_MS);
  }

  // Half of the window at least, so that a read is worth its way.
  async #readOn(blocking: RedisClient, onMessage: (message: IncomingMessage) => void): Promise<void> {
    const { window } = this.#source;
    while (!this.#isStopped) {
      const room = window - this.#outstanding;
      if (room < Math.ceil(window / 2)) {
        await new Promise<void>((resolve) => {
          this.#onRoom = resolve;
        });
        continue;
      }
      this.#hand(await this.#read(blocking, '>', Math.min(room, READ_AT_ONCE)), false, onMessage);
    }
  }

  #hand(entries: readonly RedisEntry[], redelivered: boolean, onMessage: (message: IncomingMessage) => void): void {
    for (const entry of entries) {
      const message = this.#messageOf(entry, redelivered);
      if (message === undefined) continue;
      this.#outstanding += 1;
      onMessage(message);
    }
  }

  // The messages that another consumer has held for longer than it may. Also those of this name that nobody has received: a
  // read of the connection before may reach Redis when the network is there again.
  async #claim(onMessage: (message: IncomingMessage) => void): Promise<void> {
    const { stream, consumer, window } = this.#source;
    const room = window - this.#outstanding;
    if (room <= 0) return;
    const args = [stream, consumer, this.#consumer, ACK_WAIT_MS, '0', 'COUNT', room];
    const [, entries] = (await this.#link.main.callBuffer('XAUTOCLAIM', ...args)) as [Buffer, (RedisEntry | null)[]];
    // Redis 6.2 has null for an entry that was deleted from the stream.
    const there = entries.filter((entry) => entry !== null);
    if (!this.#isStopped) this.#hand(there, true, onMessage);
  }

  // One that was deleted from the stream has no fields: nothing is left to deliver.
  #messageOf([idBytes, fields]: RedisEntry, redelivered: boolean): RedisMessage | undefined {
    const id = idBytes.toString('latin1');
    if (fields !== null) return new RedisMessage(id, fields, this.#source.stream, redelivered, this);
    this.#outstanding += 1;
    this.acknowledge(id);
    return undefined;
  }

  acknowledge(id: string): void {
    this.#outstanding -= 1;
    if (this.#acknowledged.push(id) === 1) queueMicrotask(() => this.#sendAcknowledgements());
    if (this.#outstanding > this.#source.window / 2) return;
    this.#onRoom?.();
    this.#onRoom = undefined;
  }

  #sendAcknowledgements(): void {
    const ids = this.#acknowledged;
    this.#acknowledged = [];
    const { stream, consumer, onLost } = this.#source;
    this.#link.main.call('XACK', stream, consumer, ...ids).catch((error: Error) => {
      // They come again over the next connection, and are known.
      if (this.#link.main.status === 'ready') onLost(error);
    });
  }

  extend(id: string): void {
    const { stream, consumer } = this.#source;
    const args = [stream, consumer, this.#consumer, 0, id, 'JUSTID'];
    this.#link.main.call('XCLAIM', ...args).catch(() => undefined);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    clearInterval(this.#claimTimer);
    this.#onRoom?.();
    this.#blocking?.disconnect();
  }
}

class RedisMessage implements IncomingMessage {
  readonly position: bigint;
  readonly storedAt: number;
  readonly type: string | undefined;
  readonly origin: string | undefined;
  readonly subject: string;
  readonly data: Buffer;
  readonly fault: string | undefined;
  readonly redelivered: boolean;
  readonly #id: string;
  readonly #subscriber: Pick<RedisSubscriber, 'acknowledge' | 'extend'>;

  constructor(
    id: string,
    fields: readonly Buffer[],
    stream: string,
    redelivered: boolean,
    subscriber: Pick<RedisSubscriber, 'acknowledge' | 'extend'>,
  ) {
    this.redelivered = redelivered;
    this.#id = id;
    this.#subscriber = subscriber;
    this.position = positionOf(id);
    this.storedAt = millisecondsOf(id);
    this.subject = stream;
    let data: Buffer | undefined;
    for (let index = 0; index + 1 < fields.length; index += 2) {
      const value = fields[index + 1] as Buffer;
      const name = (fields[index] as Buffer).toString('latin1');
      if (name === Field.data) data = value;
      else if (name === Field.type) this.type = value.toString('latin1');
      else if (name === Field.origin) this.origin = value.toString('latin1');
    }
    // A producer that names its only field otherwise has no doubt about what the message is.
    if (data === undefined && fields.length === 2) data = fields[1];
    this.data = data ?? Buffer.alloc(0);
    this.fault = data === undefined ? 'it has no field data' : undefined;
  }

  acknowledge(): void {
    this.#subscriber.acknowledge(this.#id);
  }

  terminate(): void {
    this.#subscriber.acknowledge(this.#id);
  }

  extend(): void {
    this.#subscriber.extend(this.#id);
  }
}
