/** The connection that the routes of a bridge share: made, lost, and made again. */

import { clearTimeout, setTimeout } from '../core/event-loop';
import type { Engine, EngineConnection } from './engine';
import { isFinal } from './errors';
import type { RouteRunner } from './route-runner';

const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 5000;

/** The bridge, as far as its connection reports to it. */
export interface ConnectionEvents {
  /** Every route uses the connection. */
  onConnected(server: string): void;
  /** The connection is lost, and another one will be made. */
  onLost(error: Error): void;
  onError(error: Error): void;
}

export class SharedConnection {
  readonly #engine: Engine;
  readonly #name: string;
  readonly #runners: readonly RouteRunner[];
  readonly #events: ConnectionEvents;
  #connection: EngineConnection | undefined;
  #count = 0;
  #retry: NodeJS.Timeout | undefined;
  #delay = FIRST_RETRY_MS;
  #closed = false;

  constructor(engine: Engine, name: string, runners: readonly RouteRunner[], events: ConnectionEvents) {
    this.#engine = engine;
    this.#name = name;
    this.#runners = runners;
    this.#events = events;
  }

  /** The number of connections made so far. */
  get count(): number {
    return this.#count;
  }

  get isConnected(): boolean {
    return this.#connection !== undefined && this.#count > 0;
  }

  /** The first connection. Its failure goes to the caller; later ones are retried, except those that no retry can fix. */
  async open(): Promise<void> {
    const connection = await this.#engine.connect(this.#name);
    if (this.#closed) await connection.close();
    else await this.#attach(connection);
  }

  async #attach(connection: EngineConnection): Promise<void> {
    this.#connection = connection;
    void connection.lost.then((error) => this.#onLost(connection, error));
    const isFirst = this.#count === 0;
    const failures = await this.#attachRoutes(connection);
    const [failure] = isFirst ? failures : failures.filter((error) => !this.#isReported(error));
    if (failure !== undefined) {
      if (!isFirst && isFinal(failure)) this.#events.onError(failure);
      if (isFirst) throw failure;
      connection.abandon(failure);
      return;
    }
    if (this.#connection !== connection) {
      // Lost meanwhile. Nothing opens another one before the first has worked.
      if (isFirst && !this.#closed) throw await connection.lost;
      return;
    }
    this.#count += 1;
    this.#delay = FIRST_RETRY_MS;
    this.#events.onConnected(connection.server);
  }

  // Routes that may create a stream start before those that take from it.
  async #attachRoutes(connection: EngineConnection): Promise<Error[]> {
    const isOut = ({ route }: RouteRunner): number => Number(route.direction === 'out');
    const failures: Error[] = [];
    for (const runner of [...this.#runners].sort((a, b) => isOut(b) - isOut(a))) {
      try {
        await runner.attach(connection);
      } catch (error) {
        failures.push(error as Error);
      }
    }
    return failures;
  }

  // The route has already reported its own end.
  #isReported(error: Error): boolean {
    return this.#runners.some((runner) => runner.stats().error === error.message);
  }

  #onLost(connection: EngineConnection, error: Error): void {
    if (this.#connection !== connection) return;
    this.#connection = undefined;
    for (const runner of this.#runners) runner.detach();
    if (this.#closed || this.#count === 0) return;
    this.#events.onLost(error);
    this.#openAgain();
  }

  #openAgain(): void {
    this.#retry = setTimeout(() => void this.#tryAgain(), this.#delay);
    this.#delay = Math.min(this.#delay * 2, LAST_RETRY_MS);
  }

  async #tryAgain(): Promise<void> {
    let connection: EngineConnection;
    try {
      connection = await this.#engine.connect(this.#name);
    } catch (error) {
      if (this.#closed) return;
      this.#events.onError(error as Error);
      this.#openAgain();
      return;
    }
    if (this.#closed) connection.abandon(new Error('The bridge was stopped'));
    else await this.#attach(connection);
  }

  /** No connection is made from now on. The present one stays for what is in hand, until close(). */
  stopRetrying(): void {
    this.#closed = true;
    clearTimeout(this.#retry);
  }

  async close(): Promise<void> {
    this.stopRetrying();
    const connection = this.#connection;
    this.#connection = undefined;
    await connection?.close();
  }
}
