/** The parts that all routes of a bridge share: how they begin, connect, and end. */

import type { EngineConnection, Finding } from './engine';
import type { CheckedRoute } from './routes';

/** The counts of a route, and its messages in hand. */
export interface RouteStats {
  /** The route's name. */
  name: string;
  /** out, in, serve or ask. */
  direction: 'out' | 'in' | 'serve' | 'ask';
  /**
   * `waiting`: for its queue, or the engine. `stopped`: it can't continue, and `error` says why. `ended`: its queue is
   * gone.
   */
  state: RouteState;
  /** Why it has stopped. */
  error?: string | undefined;
  /** The queue's id; -1 while there is none. */
  queueId: number;
  /** Messages taken: from the queue (out), from the stream (in), requests (serve, ask). */
  taken: number;
  /** Messages passed on, retries included: to the engine (out), to the queue (in). */
  published: number;
  /** Messages that are done. */
  acked: number;
  /** Messages that the other side already had. */
  duplicates: number;
  /** Messages that were published again after a crash, or a lost connection. */
  republished: number;
  /** Messages that can never be delivered. */
  refused: number;
  /** Refused messages that became dead letters. */
  deadLettered: number;
  /** Messages whose length was reconstructed after a crash; it may be a byte short. */
  uncertain: number;
  /** Messages in hand. */
  inFlight: number;
  /** The age of the oldest message in hand, in milliseconds; 0 without one. */
  oldestAge: number;
  /** Messages in the queue. */
  pending: number;
  /** Bytes of shared memory that the route takes. */
  stateBytes: number;
}

/** See RouteStats. */
export type RouteState = 'starting' | 'running' | 'waiting' | 'stopped' | 'ended';

/** Through this a route reports to its bridge. */
export interface RouteHost {
  /** The bridge's name. */
  readonly name: string;
  readonly folder: string;
  /** This machine, for `Sysvmq-Origin`. */
  readonly instance: string;
  onError(error: Error, route: string): void;
  onRefused(route: string, error: Error, message: { type: number | bigint | string | undefined; length: number }): void;
  onDuplicate(route: string, count: number): void;
  onState(route: string, state: RouteState, error: Error | undefined): void;
}

export interface RouteRunner {
  readonly route: CheckedRoute;
  readonly state: RouteState;
  /** Finds the queue, and takes over the messages that an earlier process left. @throws when that fails. */
  open(): void;
  /** The bridge has connected. @throws when the route can't use the connection. */
  attach(connection: EngineConnection): Promise<void>;
  /** The connection is lost. */
  detach(): void;
  /** Stops taking messages, waits for those in hand, and ends. */
  stop(timeout: number): Promise<void>;
  stats(): RouteStats;
  check(connection: EngineConnection): Promise<Finding[]>;
}

/** The counts that every route keeps: see RouteStats. */
export type Counts = typeof noCounts;

export const noCounts = {
  taken: 0,
  published: 0,
  acked: 0,
  duplicates: 0,
  republished: 0,
  refused: 0,
  deadLettered: 0,
  uncertain: 0,
};
