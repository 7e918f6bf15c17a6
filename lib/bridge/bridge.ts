/** The bridge: its routes, and its life from start() to stop(). */

import { EventEmitter } from 'node:events';
import { invalidType, outOfRange } from '../core/argument-errors';
import { clearInterval, nextTick, setInterval } from '../core/event-loop';
import { liveBridges } from '../core/live-bridges';
import { checkOptions, checkProperties, optionNames } from '../core/options';
import { checkObject, checkString, checkTimeout } from '../core/validators';
import { dryRun } from './dry-run';
import type { Engine, Finding } from './engine';
import { BridgeError, messageOf } from './errors';
import { labelOf, type RouteEnds, typesOf } from './loops';
import { refuseLoops, register, unregister } from './registry';
import type { RouteHost, RouteRunner, RouteState, RouteStats } from './route-runner';
import { runnerOf } from './route-runners';
import { type CheckedRoute, checkBridgeName, checkRoutes, type Route } from './routes';
import { SharedConnection } from './shared-connection';
import { consumerName, machineInstance, openStateFolder } from './state';

/** Options of createBridge. */
export interface BridgeOptions {
  /** Carries the messages: natsEngine(…), redisEngine(…), or an engine of your own. */
  engine: Engine;
  /** The routes: which queue feeds which stream, and which stream feeds which queue. */
  routes: readonly Route[];
  /** Names the bridge. A later bridge with the same name and routes takes over its work. Default: the host's name. */
  name?: string | undefined;
  /** The folder, on a tmpfs, for the state that must outlive the process. Default: /dev/shm/sysvmq-UID. */
  state?: string | undefined;
}

/** Events of a bridge. */
export interface BridgeEvents {
  /** The bridge has connected. */
  connected: [
    event: {
      /** A description of the server. */
      server: string;
    },
  ];
  /** The connection is lost. The bridge tries again, after 100 ms at first and then less often, up to every 5 s. */
  disconnected: [
    event: {
      /** Why. */
      error: Error;
    },
  ];
  /** A route's state has changed. */
  route: [
    event: {
      /** The route's name. */
      route: string;
      /** Its state now. */
      state: RouteState;
      /** Why it has stopped. */
      error?: Error | undefined;
    },
  ];
  /** A message can never be delivered. */
  refused: [
    event: {
      /** The route's name. */
      route: string;
      /** Why. */
      error: Error;
      /** Its type. */
      type: number | bigint | string | undefined;
      /** Its length in bytes. */
      length: number;
    },
  ];
  /** The engine recognized messages that were published again. */
  duplicate: [
    event: {
      /** The route's name. */
      route: string;
      /** How many. */
      count: number;
    },
  ];
  /** An operation failed, and the bridge tries it again. Without a listener the error becomes a process warning. */
  error: [error: Error];
}

/** The counts of a bridge. */
export interface BridgeStats {
  /** The bridge's name. */
  name: string;
  /** The engine's name. */
  engine: string;
  /** Whether the bridge is connected. */
  connected: boolean;
  /** The number of connections made so far. */
  connections: number;
  /** Each route. */
  routes: RouteStats[];
}

const known = optionNames<BridgeOptions>('createBridge', { engine: true, routes: true, name: true, state: true });
const knownToStop = optionNames<{ timeout?: number | undefined }>('stop', { timeout: true }, 'a promise');

const STOP_TIMEOUT_MS = 10_000;
const REGISTER_MS = 1000;

/**
 * Forwards messages between System V queues and an engine. createBridge makes one.
 *
 * Events: see BridgeEvents. It keeps the process alive from start() until stop().
 */
export class Bridge extends EventEmitter<BridgeEvents> implements AsyncDisposable {
  readonly #engine: Engine;
  readonly #name: string;
  readonly #state: string | undefined;
  readonly #routes: CheckedRoute[];
  readonly #runners: RouteRunner[] = [];
  readonly #connection: SharedConnection;
  #folder = '';
  #registering: NodeJS.Timeout | undefined;
  #started = false;
  #stopping: Promise<void> | undefined;

  /** @internal */
  constructor(options: BridgeOptions) {
    super();
    const { engine, routes, name, state } = checkProperties(options, known, 'options');
    if (typeof checkObject(engine, 'options.engine').connect !== 'function') {
      throw invalidType('options.engine', 'an engine, such as natsEngine() returns', engine);
    }
    this.#engine = engine;
    this.#routes = checkRoutes(routes);
    this.#name = checkBridgeName(name);
    this.#state = state === undefined ? undefined : checkFolder(state);
    this.#connection = new SharedConnection(engine, this.#name, this.#runners, {
      onConnected: (server) => {
        this.#emitSoon('connected', { server });
        this.#register();
      },
      onLost: (error) => {
        this.#emitSoon('disconnected', { error });
        this.#register();
      },
      onError: (error) => this.#emitError(error),
    });
  }

  /** Its name. */
  get name(): string {
    return this.#name;
  }

  /**
   * Finds the queues, takes over the messages that an earlier process left, connects, and begins.
   *
   * @throws {BridgeError} The engine is away, a stream is missing, another bridge of this name runs, or messages would
   *   go in a circle: the error names the remedy. `ERR_BRIDGE_STATE`: stop() was called meanwhile, or start() before.
   * @throws {QueueNotFoundError} `ENOENT`: a queue is missing, and its route does not say `create`.
   */
  async start(): Promise<void> {
    if (this.#started) throw new BridgeError('ERR_BRIDGE_STATE', 'This bridge was started before: create another one');
    this.#started = true;
    liveBridges.add(this);
    try {
      this.#open();
      await this.#connection.open();
      this.#refuseToGoOn();
      this.#registering = setInterval(() => this.#register(), REGISTER_MS);
    } catch (error) {
      await (this.#stopping ?? this.#end(0));
      throw error;
    }
  }

  // stop() has ended all that existed when it was called.
  #refuseToGoOn(): void {
    if (this.#stopping === undefined) return;
    throw new BridgeError('ERR_BRIDGE_STATE', 'The bridge was stopped while it started');
  }

  #open(): void {
    this.#folder = openStateFolder(this.#state);
    refuseLoops(
      this.#folder,
      this.#routes.map((route) => this.#endsOf(route)),
      this.#name,
    );
    const host = this.#host(machineInstance(this.#folder));
    for (const route of this.#routes) {
      const runner = runnerOf(route, host);
      runner.open();
      this.#runners.push(runner);
    }
    this.#register();
  }

  #endsOf(route: CheckedRoute): RouteEnds {
    const { name, direction, queue } = route;
    return { bridge: this.#name, route: name, direction, queue: labelOf(queue), types: typesOf(route) };
  }

  #host(instance: string): RouteHost {
    return {
      name: this.#name,
      folder: this.#folder,
      instance,
      onError: (error) => this.#emitError(error),
      onRefused: (route, error, { type, length }) => this.#emitSoon('refused', { route, error, type, length }),
      onDuplicate: (route, count) => this.#emitSoon('duplicate', { route, count }),
      onState: (route, state, error) =>
        this.#emitSoon('route', { route, state, ...(error === undefined ? {} : { error }) }),
    };
  }

  #register(): void {
    if (this.#folder === '' || this.#stopping !== undefined) return;
    const { isConnected: connected } = this.#connection;
    for (const runner of this.#runners) {
      const stats = runner.stats();
      const ends = this.#endsOf(runner.route);
      try {
        register(this.#folder, this.#ownerOf(runner), {
          bridge: this.#name,
          engine: this.#engine.name,
          connected,
          stats,
          ends,
        });
      } catch (error) {
        this.#emitError(error as Error);
      }
    }
  }

  #ownerOf({ route }: RouteRunner): { queueId: number; queueKey: number; consumer: string } {
    const { queue, direction, name } = route;
    return { queueId: queue.id ?? -1, queueKey: queue.key, consumer: consumerName(this.#name, direction, name) };
  }

  // Calls listeners when none of the bridge's loops runs.
  #emitSoon<Name extends keyof BridgeEvents>(name: Name, ...values: BridgeEvents[Name]): void {
    nextTick(() => (this.emit as (name: string, ...values: unknown[]) => boolean)(name, ...values));
  }

  #emitError(error: Error): void {
    nextTick(() => {
      if (this.listenerCount('error') > 0) this.emit('error', error);
      else process.emitWarning(`sysvmq bridge ${this.#name}: ${messageOf(error)}`);
    });
  }

  /** Its counts, and the messages in hand. */
  stats(): BridgeStats {
    return {
      name: this.#name,
      engine: this.#engine.name,
      connected: this.#connection.isConnected,
      connections: this.#connection.count,
      routes: this.#runners.map((runner) => runner.stats()),
    };
  }

  /**
   * Checks whether the bridge would work, and changes nothing: the queues and the rights on them, the tmpfs, the
   * server, its streams and consumers. It opens its own connection. Call it before start(), or beside a running bridge.
   */
  check(): Promise<Finding[]> {
    return dryRun(this.#engine, this.#routes, this.#host(''), this.#state);
  }

  /**
   * Stops taking messages, waits for the acknowledgements of those in hand, and ends. Messages still in hand stay on
   * the tmpfs for the next process.
   *
   * @param options.timeout - Milliseconds to wait for acknowledgements. Default: 10,000.
   */
  stop(options?: { timeout?: number | undefined }): Promise<void> {
    const timeout = checkTimeout(checkOptions(options, knownToStop)?.timeout) ?? STOP_TIMEOUT_MS;
    this.#started = true;
    this.#stopping ??= this.#end(timeout);
    return this.#stopping;
  }

  /** The same as stop(). */
  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #end(timeout: number): Promise<void> {
    liveBridges.delete(this);
    this.#connection.stopRetrying();
    clearInterval(this.#registering);
    await Promise.all(this.#runners.map((runner) => runner.stop(timeout)));
    await this.#connection.close();
    for (const runner of this.#runners) unregister(this.#folder, this.#ownerOf(runner));
  }
}

function checkFolder(state: unknown): string {
  const folder = checkString(state, 'options.state');
  if (folder.startsWith('/') && !folder.includes('\0')) return folder;
  throw outOfRange('options.state', 'an absolute path', state);
}

/**
 * Creates a bridge between System V queues and an engine that connects machines. It does nothing before start().
 *
 * @param options - The engine, the routes, and a name.
 * @throws {TypeError} `ERR_INVALID_ARG_TYPE`: an option or a route is not what it must be.
 *
 * @example
 * const { createBridge, natsEngine } = await import('sysvmq/bridge');
 * const bridge = createBridge({
 *   engine: natsEngine({ servers: 'nats://127.0.0.1:4222' }),
 *   routes: [{ name: 'orders', direction: 'out', queue: { key: 0xcafe }, to: 'orders.{host}' }],
 * });
 * assert.equal(bridge.stats().connected, false);
 */
export function createBridge(options: BridgeOptions): Bridge {
  return new Bridge(options);
}
