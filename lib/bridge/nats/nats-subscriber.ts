/** Takes messages with a durable pull consumer of JetStream. */

import type { IncomingMessage, StreamPosition, Subscriber, SubscribeSource } from '../engine';
import { BridgeError, messageOf } from '../errors';
import { ApiCode, apiCode, Header } from './nats-client';
import { deliveryOf } from './nats-delivery';
import type { NatsLink } from './nats-link';
import { readMessage, readNext } from './nats-scan';
import { identityOf } from './nats-streams';
import type { ConsumerInfo, ConsumerMessages, JsMsg, StoredMsg, StreamInfo } from './nats-types';

const ACK_WAIT_MS = 30_000;
const NANOS_IN_MS = 1_000_000;
const ACK = new TextEncoder().encode('+ACK');
const TERM = new TextEncoder().encode('+TERM');
const WORKING = new TextEncoder().encode('+WPI');

export async function openNatsSubscriber(
  connection: NatsLink,
  source: SubscribeSource,
  stream: StreamInfo,
): Promise<Subscriber> {
  const info = await openConsumer(connection, source);
  requireUsable(source, info);
  const delivered = info.delivered.stream_seq;
  if (delivered > stream.state.last_seq) {
    throw new BridgeError(
      'ERR_BRIDGE_CONSUMER_AHEAD',
      `The consumer ${source.consumer} is at ${delivered}, and the stream ${source.stream} ends at ${stream.state.last_seq}: the stream has lost data, and the consumer would skip new messages. Remove the consumer (nats consumer rm ${source.stream} ${source.consumer}); the bridge makes it again, and knows what it has delivered`,
    );
  }
  return new NatsSubscriber(connection, source, stream, info);
}

async function openConsumer({ manager }: NatsLink, source: SubscribeSource): Promise<ConsumerInfo> {
  const { stream, consumer, filter, window } = source;
  try {
    return await manager.consumers.info(stream, consumer);
  } catch (error) {
    if (apiCode(error) !== ApiCode.consumerNotFound) throw error;
  }
  return manager.consumers.add(stream, {
    durable_name: consumer,
    ack_policy: 'explicit',
    ack_wait: ACK_WAIT_MS * NANOS_IN_MS,
    max_ack_pending: window,
    max_deliver: -1,
    ...(filter === undefined ? {} : { filter_subject: filter }),
  });
}

/** The fault of a consumer that the bridge has not created; undefined: none. */
export function faultOf({ filter }: Pick<SubscribeSource, 'filter'>, { config }: ConsumerInfo): string | undefined {
  if (config.deliver_subject !== undefined) return 'pushes its messages; the bridge needs one that is pulled from';
  if (config.ack_policy !== 'explicit') return 'does not ask for explicit acknowledgements';
  if ((config.max_deliver ?? -1) > 0) return `gives a message up after ${config.max_deliver} tries (max_deliver)`;
  const filters = config.filter_subjects ?? (config.filter_subject ? [config.filter_subject] : []);
  if (filter !== undefined && !filters.includes(filter))
    return `has the filter ${filters.join(', ') || 'none'}, not ${filter}`;
  return undefined;
}

function requireUsable(source: SubscribeSource, info: ConsumerInfo): void {
  const fault = faultOf(source, info);
  if (fault === undefined) return;
  throw new BridgeError(
    'ERR_BRIDGE_CONSUMER',
    `The consumer ${source.consumer} of the stream ${source.stream} ${fault}. Name another consumer, which the bridge makes`,
  );
}

class NatsSubscriber implements Subscriber {
  readonly identity: string;
  readonly numbering = 'each';
  readonly acknowledgeWithin: number;
  readonly #connection: NatsLink;
  readonly #source: SubscribeSource;
  readonly #info: ConsumerInfo;
  #messages: ConsumerMessages | undefined;

  constructor(connection: NatsLink, source: SubscribeSource, stream: StreamInfo, info: ConsumerInfo) {
    this.#connection = connection;
    this.#source = source;
    this.#info = info;
    this.identity = identityOf(stream);
    this.acknowledgeWithin = (info.config.ack_wait ?? ACK_WAIT_MS * NANOS_IN_MS) / NANOS_IN_MS;
  }

  async floor(): Promise<StreamPosition> {
    const { stream, consumer } = this.#source;
    return (await this.#connection.manager.consumers.info(stream, consumer)).ack_floor.stream_seq;
  }

  async *unsettled(isSettled: (position: StreamPosition, storedAt: number) => boolean): AsyncIterable<IncomingMessage> {
    // Other bridges may hold the unacknowledged messages.
    if (this.#source.shared) return;
    for await (const stored of this.#outstanding()) {
      const message = this.#fromStore(stored);
      if (!isSettled(message.position, message.storedAt)) yield message;
      else message.acknowledge();
    }
  }

  // Everything between the acknowledgement floor and the newest delivery, in order. Nearly all of it may be acknowledged: one
  // message that is not keeps the floor where it is. Once it is acknowledged, the floor rises to the next one, and what lies
  // between need not be read.
  async *#outstanding(): AsyncIterable<StoredMsg> {
    const last = this.#info.delivered.stream_seq;
    let sequence = this.#info.ack_floor.stream_seq + 1;
    while (sequence <= last) {
      const { messages, next } = await this.#read(sequence, last);
      yield* messages;
      sequence = next > last ? next : Math.max(next, Number(await this.floor()) + 1);
    }
  }

  /** Messages from a sequence number on, as many as may be delivered at a time, and where to go on. */
  async #read(from: number, last: number): Promise<{ messages: StoredMsg[]; next: number }> {
    const { stream, window } = this.#source;
    const filter = this.#info.config.filter_subject;
    if (filter) return this.#readMatching(from, last, filter);
    const next = Math.min(from + window, last + 1);
    const read = Array.from({ length: next - from }, (_, index) => readMessage(this.#connection, stream, from + index));
    return { messages: (await Promise.all(read)).filter((message) => message !== undefined), next };
  }

  // Others' messages may lie between, so each is found from the one before it.
  async #readMatching(from: number, last: number, filter: string): Promise<{ messages: StoredMsg[]; next: number }> {
    const messages: StoredMsg[] = [];
    let next = from;
    while (messages.length < this.#source.window && next <= last) {
      const message = await readNext(this.#connection, this.#source.stream, next, filter);
      if (message === undefined || message.seq > last) return { messages, next: last + 1 };
      messages.push(message);
      next = message.seq + 1;
    }
    return { messages, next };
  }

  // The message is read from the stream, not delivered, so the code builds the subject of its acknowledgement, as
  // ADR-15 of NATS describes. If a server does not accept it, the message comes again and is acknowledged then.
  #fromStore({ seq, subject, header, data, time }: StoredMsg): IncomingMessage {
    const { stream, consumer } = this.#source;
    const { nats } = this.#connection;
    const reply = `$JS.ACK.${stream}.${consumer}.1.${seq}.${seq}.${time.getTime() * NANOS_IN_MS}.0`;
    const answer = (words: Uint8Array): void => {
      if (!nats.isClosed()) nats.publish(reply, words);
    };
    return {
      position: seq,
      storedAt: time.getTime(),
      type: header.get(Header.type) || undefined,
      origin: header.get(Header.origin) || undefined,
      subject,
      data,
      acknowledge: () => answer(ACK),
      terminate: () => answer(TERM),
      extend: () => answer(WORKING),
    };
  }

  async start(onMessage: (message: IncomingMessage) => void): Promise<void> {
    const { stream, consumer, window, onLost } = this.#source;
    const pulled = await this.#connection.client.consumers.get(stream, consumer);
    this.#messages = await pulled.consume({
      max_messages: window,
      callback: (message) => onMessage(new DeliveredMessage(message)),
    });
    void this.#watch(this.#messages, onLost);
  }

  async #watch(messages: ConsumerMessages, onLost: (error: Error) => void): Promise<void> {
    const { stream, consumer } = this.#source;
    for await (const { type } of messages.status()) {
      if (type === 'consumer_deleted' || type === 'consumer_not_found' || type === 'stream_not_found') {
        onLost(new Error(`The consumer ${consumer} of the stream ${stream} is gone (${type})`));
      }
    }
    const error = await messages.closed();
    if (error instanceof Error) onLost(new Error(`The consumer ${consumer} has ended: ${messageOf(error)}`));
  }

  async stop(): Promise<void> {
    const messages = this.#messages;
    this.#messages = undefined;
    // The server learns of it when the connection closes, at the latest.
    void messages?.close().catch(() => undefined);
  }
}

class DeliveredMessage implements IncomingMessage {
  readonly position: number;
  readonly storedAt: number;
  readonly #message: JsMsg;

  constructor(message: JsMsg) {
    const { position, storedAt } = deliveryOf(message);
    this.#message = message;
    this.position = position;
    this.storedAt = storedAt;
  }

  get type(): string | undefined {
    return this.#message.headers?.get(Header.type) || undefined;
  }

  get origin(): string | undefined {
    return this.#message.headers?.get(Header.origin) || undefined;
  }

  get subject(): string {
    return this.#message.subject;
  }

  get data(): Uint8Array {
    return this.#message.data;
  }

  acknowledge(): void {
    this.#message.ack();
  }

  terminate(): void {
    this.#message.term();
  }

  extend(): void {
    this.#message.working();
  }
}
