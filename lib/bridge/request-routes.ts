/**
 * Requests between machines: only their bodies travel. `serve`: requests from a subject go to the queue; `ask`:
 * requests from the queue go to a subject. Nothing is kept in hand: a request that is pending when the bridge dies gets
 * no answer.
 */

import { clearTimeout, setTimeout } from '../core/event-loop';
import { MessageQueue } from '../queue/message-queue';
import { RequestClient } from '../request-reply/request-client';
import { RequestServer } from '../request-reply/request-server';
import type { EngineConnection, Finding } from './engine';
import { BridgeError } from './errors';
import { findRouteQueue, openRouteQueue, pendingIn } from './route-queue';
import { noCounts, type RouteHost, type RouteRunner, type RouteState, type RouteStats } from './route-runner';
import type { CheckedRequest } from './routes';

const CONCURRENCY = 256;

abstract class RequestRunner implements RouteRunner {
  readonly route: CheckedRequest;
  state: RouteState = 'starting';
  protected readonly host: RouteHost;
  protected readonly counts = { ...noCounts };
  protected queue: MessageQueue | undefined;
  protected error: Error | undefined;
  #inFlight = 0;
  #onIdle: () => void = () => undefined;

  constructor(route: CheckedRequest, host: RouteHost) {
    this.route = route;
    this.host = host;
  }

  open(): void {
    this.queue = MessageQueue.attach(openRouteQueue(this.route.queue));
  }

  abstract attach(connection: EngineConnection): Promise<void>;
  abstract detach(): void;
  protected abstract end(): Promise<void>;

  protected async counted<T>(work: () => Promise<T>): Promise<T> {
    this.counts.taken += 1;
    this.#inFlight += 1;
    try {
      const result = await work();
      this.counts.acked += 1;
      return result;
    } catch (error) {
      this.counts.refused += 1;
      throw error;
    } finally {
      this.#inFlight -= 1;
      if (this.#inFlight === 0) this.#onIdle();
    }
  }

  protected setState(state: RouteState, error?: Error): void {
    if (this.state === state || this.state === 'stopped') return;
    this.state = state;
    this.error = error;
    this.host.onState(this.route.name, state, error);
  }

  async stop(timeout: number): Promise<void> {
    this.detach();
    if (this.#inFlight > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, timeout);
        this.#onIdle = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    await this.end();
    this.queue?.close();
  }

  stats(): RouteStats {
    const { name, direction } = this.route;
    const queueId = this.queue?.id ?? -1;
    return {
      name,
      direction,
      state: this.state,
      ...(this.error === undefined ? {} : { error: this.error.message }),
      queueId,
      ...this.counts,
      inFlight: this.#inFlight,
      oldestAge: 0,
      pending: pendingIn(queueId),
      stateBytes: 0,
    };
  }

  async check(connection: EngineConnection): Promise<Finding[]> {
    findRouteQueue(this.route.queue);
    requireRequests(connection);
    return [{ level: 'ok', route: this.route.name, text: `Requests on ${this.route.subject}` }];
  }
}

type Asking = EngineConnection & Required<Pick<EngineConnection, 'request' | 'respond'>>;

function requireRequests(connection: EngineConnection): Asking {
  if (connection.request !== undefined && connection.respond !== undefined) return connection as Asking;
  throw new BridgeError(
    'ERR_BRIDGE_UNSUPPORTED',
    'This engine has no requests and replies: serve and ask routes take NATS',
  );
}

/** Passes requests from a subject to the queue. */
export class ServeRunner extends RequestRunner {
  #client: RequestClient | undefined;
  #unsubscribe: (() => void) | undefined;

  async attach(connection: EngineConnection): Promise<void> {
    this.#client ??= new RequestClient(this.queue as MessageQueue, { timeout: this.route.timeout });
    const ask = this.#client;
    this.#unsubscribe = await requireRequests(connection).respond(this.route.subject, (data) =>
      this.counted(() => {
        this.counts.published += 1;
        return ask.request(Buffer.from(data)) as Promise<Buffer>;
      }),
    );
    this.setState('running');
  }

  detach(): void {
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
    if (this.state === 'running') this.setState('waiting');
  }

  protected async end(): Promise<void> {
    this.#client?.close();
  }
}

/** Passes requests from the queue to a subject. */
export class AskRunner extends RequestRunner {
  #server: RequestServer | undefined;

  // Requests stay in the queue while there is no connection.
  async attach(connection: EngineConnection): Promise<void> {
    const { subject, timeout } = this.route;
    const asking = requireRequests(connection);
    const ask = (data: Buffer, left: number): Promise<Buffer> =>
      this.counted(async () => {
        this.counts.published += 1;
        return Buffer.from(await asking.request(subject, data, Math.min(timeout, left)));
      });
    const server = new RequestServer(
      this.queue as MessageQueue,
      (data, request) => ask(data, Number.isFinite(request.timeLeft) ? Math.max(1, request.timeLeft) : timeout),
      { concurrency: CONCURRENCY },
    );
    server.on('error', (error) => this.setState('stopped', error));
    this.#server = server;
    this.setState('running');
  }

  detach(): void {
    const server = this.#server;
    this.#server = undefined;
    void server?.close();
    if (this.state === 'running') this.setState('waiting');
  }

  protected async end(): Promise<void> {
    await this.#server?.close();
  }
}
