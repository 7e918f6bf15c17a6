/** A connection to NATS: publishers, subscribers and requests over it. */

import type {
  EngineConnection,
  Finding,
  Publisher,
  PublishTarget,
  Respond,
  Subscriber,
  SubscribeSource,
} from '../engine';
import { BridgeError, messageOf } from '../errors';
import { within } from '../within';
import { checkNatsSource, checkNatsTarget } from './nats-checks';
import { Header, jetStream, transport } from './nats-client';
import type { Denial, NatsLink } from './nats-link';
import { NatsPublisher } from './nats-publisher';
import { findStream, requireStream } from './nats-streams';
import { openNatsSubscriber } from './nats-subscriber';
import type { JetStreamClient, JetStreamManager, Msg, NatsConnection } from './nats-types';

const API_TIMEOUT_MS = 10_000;
const CLOSE_MS = 1000;
const QUEUE_GROUP = 'sysvmq';

export class NatsEngineConnection implements EngineConnection, NatsLink {
  readonly lost: Promise<Error>;
  readonly server: string;
  readonly nats: NatsConnection;
  readonly client: JetStreamClient;
  readonly manager: JetStreamManager;
  readonly domain: string | undefined;
  readonly #createStream: boolean;
  readonly #denials = new Set<Denial>();
  #reason: Error | undefined;

  static async open(
    nats: NatsConnection,
    domain: string | undefined,
    createStream: boolean,
  ): Promise<NatsEngineConnection> {
    const options = { timeout: API_TIMEOUT_MS, ...(domain === undefined ? {} : { domain }) };
    try {
      const manager = await jetStream().jetstreamManager(nats, { ...options, checkAPI: false });
      return new NatsEngineConnection(nats, manager, domain, createStream);
    } catch (error) {
      await nats.close().catch(() => undefined);
      throw error;
    }
  }

  private constructor(
    nats: NatsConnection,
    manager: JetStreamManager,
    domain: string | undefined,
    createStream: boolean,
  ) {
    this.nats = nats;
    this.manager = manager;
    this.client = manager.jetstream();
    this.domain = domain;
    this.#createStream = createStream;
    this.server = `NATS ${nats.info?.version ?? ''} at ${nats.getServer()}`;
    this.lost = nats.closed().then((error) => this.#reason ?? error ?? new Error('The connection was closed'));
    void this.#watchStatus();
  }

  get maxPayload(): number {
    return this.nats.info?.max_payload ?? 1 << 20;
  }

  // A forbidden publish gets no answer: only the connection's status reports it.
  async #watchStatus(): Promise<void> {
    try {
      for await (const status of this.nats.status()) {
        if (status.type !== 'error') continue;
        const { operation, subject } = status.error as Error & { operation?: string; subject?: string };
        if (operation !== undefined && subject !== undefined) this.#onDenied(operation, subject, status.error);
      }
    } catch {
      // The connection is closed.
    }
  }

  #onDenied(operation: string, subject: string, cause: Error): void {
    const verb = operation === 'publish' ? 'publish to' : 'subscribe to';
    const error = new BridgeError(
      'ERR_BRIDGE_DENIED',
      `This client may not ${verb} ${subject}: give it the permission in the server's configuration`,
      cause,
    );
    for (const denial of this.#denials) if (matches(denial.subject, subject)) denial.denied(error);
  }

  watchDenials(denial: Denial): () => void {
    this.#denials.add(denial);
    return () => this.#denials.delete(denial);
  }

  async openPublisher(target: PublishTarget): Promise<Publisher> {
    const stream = await findStream(this.manager, target.pattern, this.#createStream);
    if (target.deadLetter !== undefined) await findStream(this.manager, target.deadLetter, this.#createStream);
    return new NatsPublisher(this, target, stream);
  }

  async openSubscriber(source: SubscribeSource): Promise<Subscriber> {
    const info = await requireStream(this.manager, source.stream, source.filter, this.#createStream);
    return openNatsSubscriber(this, source, info);
  }

  checkTarget(target: Pick<PublishTarget, 'pattern' | 'deadLetter'>, longest: number): Promise<Finding[]> {
    return checkNatsTarget(this, target, longest, this.#createStream);
  }

  checkSource(source: Omit<SubscribeSource, 'onLost'>): Promise<Finding[]> {
    return checkNatsSource(this, source);
  }

  async request(subject: string, data: Uint8Array, timeout: number): Promise<Uint8Array> {
    const reply = await this.nats.request(subject, data, { timeout });
    const failure = reply.headers?.get(Header.error);
    if (failure) throw new Error(decodeURIComponent(failure));
    return reply.data;
  }

  async respond(subject: string, respond: Respond): Promise<() => void> {
    const answer = async (message: Msg): Promise<void> => {
      try {
        message.respond(await respond(message.data));
      } catch (error) {
        const headers = transport().headers();
        headers.set(Header.error, encodeURIComponent(messageOf(error)));
        message.respond(new Uint8Array(0), { headers });
      }
    };
    const subscription = this.nats.subscribe(subject, {
      queue: QUEUE_GROUP,
      callback: (error, message) => {
        if (error === null) void answer(message).catch(() => undefined);
      },
    });
    await this.nats.flush();
    return () => subscription.unsubscribe();
  }

  async close(): Promise<void> {
    if (this.nats.isClosed()) return;
    await within(CLOSE_MS, this.nats.drain());
    await this.nats.close().catch(() => undefined);
  }

  abandon(reason: Error): void {
    this.#reason ??= reason;
    void this.nats.close().catch(() => undefined);
  }
}

/** Whether a subject matches a pattern with * and >. */
export function matches(pattern: string, subject: string): boolean {
  const wanted = pattern.split('.');
  const tokens = subject.split('.');
  for (const [index, token] of wanted.entries()) {
    if (token === '>') return tokens.length > index;
    if (index >= tokens.length || (token !== '*' && token !== tokens[index])) return false;
  }
  return tokens.length === wanted.length;
}
