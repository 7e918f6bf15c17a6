/**
 * Publishes to JetStream with an inbox of its own for acknowledgements: hundreds are pending at a time, and the
 * client's own publish would cost a promise and a timer for each.
 */

import type { OutgoingMessage, Publisher, PublishOutcome, PublishTarget, StreamPosition } from '../engine';
import { messageOf } from '../errors';
import { ApiCode, transport } from './nats-client';
import { OutgoingHeaders } from './nats-headers';
import type { NatsLink } from './nats-link';
import { findIds } from './nats-scan';
import { identityOf } from './nats-streams';
import type { Msg, StreamInfo, Subscription } from './nats-types';

type OnOutcome = (outcome: PublishOutcome) => void;

const REFUSED: ReadonlySet<number> = new Set([ApiCode.messageTooLong, ApiCode.headersTooLong, ApiCode.streamSealed]);
const NO_RESPONDERS = 503;
const NANOS_IN_MS = 1_000_000;

export class NatsPublisher implements Publisher {
  readonly identity: string;
  readonly deduplicationWindow: number;
  readonly releasesData = true;
  readonly #connection: NatsLink;
  readonly #stream: StreamInfo;
  readonly #inbox: string;
  readonly #acknowledgements: Subscription;
  readonly #waiting = new Map<number, OnOutcome>();
  readonly #stopWatching: (() => void)[];
  readonly #headers = new OutgoingHeaders();
  #next = 0;

  constructor(connection: NatsLink, target: PublishTarget, stream: StreamInfo) {
    this.#connection = connection;
    this.#stream = stream;
    this.identity = identityOf(stream);
    // In a work-queue stream, finished messages leave the stream, and a restarted server remembers only the ids in the
    // stream.
    const isWorkQueue = stream.config.retention === 'workqueue';
    this.deduplicationWindow = isWorkQueue ? 0 : (stream.config.duplicate_window ?? 0) / NANOS_IN_MS;
    this.#inbox = transport().createInbox();
    this.#acknowledgements = connection.nats.subscribe(`${this.#inbox}.*`, {
      callback: (_error, message) => this.#onAcknowledgement(message),
    });
    const denied = (error: Error): void => target.onDenied(error);
    const subjects = [
      target.pattern,
      `${this.#inbox}.*`,
      ...(target.deadLetter === undefined ? [] : [target.deadLetter]),
    ];
    this.#stopWatching = subjects.map((subject) => connection.watchDenials({ subject, denied }));
  }

  publish(message: OutgoingMessage, onOutcome: OnOutcome): void {
    const token = this.#next++;
    const headers = this.#headers.of(message);
    this.#waiting.set(token, onOutcome);
    try {
      this.#connection.nats.publish(message.to, message.data, { headers, reply: `${this.#inbox}.${token}` });
    } catch (error) {
      this.#waiting.delete(token);
      // Another place handles a closed connection, and everything is published again over the next one.
      if (this.#connection.nats.isClosed()) return;
      onOutcome({ kind: 'refused', error: this.#tooLong(message, error) });
    }
  }

  #tooLong(message: OutgoingMessage, cause: unknown): Error {
    const text = `a message of ${message.data.length} bytes and its headers do not fit the server's max_payload of ${this.#connection.maxPayload} (${messageOf(cause)})`;
    return new Error(text, { cause });
  }

  #onAcknowledgement(message: Msg): void {
    const token = Number(message.subject.slice(this.#inbox.length + 1));
    const onOutcome = this.#waiting.get(token);
    if (onOutcome === undefined) return;
    this.#waiting.delete(token);
    onOutcome(outcomeOf(message));
  }

  async findStored(ids: ReadonlySet<string>, after: StreamPosition): Promise<Map<string, StreamPosition>> {
    return findIds(this.#connection, this.#stream.config.name, ids, Number(after));
  }

  close(): void {
    this.#waiting.clear();
    for (const stop of this.#stopWatching) stop();
    if (!this.#connection.nats.isClosed()) this.#acknowledgements.unsubscribe();
  }
}

interface Acknowledgement {
  seq?: number;
  duplicate?: boolean;
  error?: { code: number; err_code?: number; description: string };
}

const PLAIN_START = Buffer.from('{"stream":"');
const PLAIN_END = Buffer.from('"seq":');
const [ZERO, NINE, CLOSING_BRACE] = Buffer.from('09}') as unknown as [number, number, number];
const MAX_DIGITS = 15;

// {"stream":"ORDERS","seq":12}, as nearly all are, without a parser. An acknowledgement with an error begins with it. 0: another one.
function plainPosition(data: Uint8Array): number {
  let at = data.length - 1;
  if (data[at] !== CLOSING_BRACE) return 0;
  let position = 0;
  let weight = 1;
  for (let digits = 0; digits < MAX_DIGITS; digits++) {
    const byte = data[--at] as number;
    if (!(byte >= ZERO && byte <= NINE)) break;
    position += (byte - ZERO) * weight;
    weight *= 10;
  }
  return endsWith(data, at + 1, PLAIN_END) && endsWith(data, PLAIN_START.length, PLAIN_START) ? position : 0;
}

function endsWith(data: Uint8Array, end: number, wanted: Uint8Array): boolean {
  const start = end - wanted.length;
  if (start < 0) return false;
  for (let index = 0; index < wanted.length; index++) if (data[start + index] !== wanted[index]) return false;
  return true;
}

/** Only a sequence number confirms that the message is stored. */
export function outcomeOf(message: Pick<Msg, 'data' | 'headers'>): PublishOutcome {
  if (message.data.length === 0 && message.headers?.code === NO_RESPONDERS) {
    return { kind: 'retry', error: new Error('No stream takes the subject now, or JetStream is not there yet (503)') };
  }
  const position = plainPosition(message.data);
  if (position > 0) return { kind: 'stored', position, duplicate: false };
  let acknowledgement: Acknowledgement;
  try {
    acknowledgement = JSON.parse(Buffer.from(message.data).toString()) as Acknowledgement;
  } catch (error) {
    return { kind: 'retry', error: error as Error };
  }
  const { seq = 0, duplicate = false, error } = acknowledgement;
  if (error === undefined && seq > 0) return { kind: 'stored', position: seq, duplicate };
  const code = error?.err_code ?? 0;
  const words = new Error(
    error === undefined ? 'The acknowledgement has no sequence' : `${error.description} (${code})`,
  );
  return { kind: REFUSED.has(code) ? 'refused' : 'retry', error: words };
}
