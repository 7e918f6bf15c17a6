/** What all routes of a bridge have in common: how they begin, are connected, and end. */

import type { EngineConnection, Finding } from './engine';
import type { CheckedRoute } from './routes';

/** The counts of a route, and its messages in hand. */
export interface RouteStats {
  /** The route's name. */
  name: string;
  /** out, in, serve or ask. */
  direction: 'out' | 'in' | 'serve' | 'ask';
  /** `waiting`: for its queue, or the engine. `stopped`: it can't go on, and `error` says why. `ended`: its queue is gone. */
  state: RouteState;
  /** Why it has stopped. */
  error?: string | undefined;
  /** The queue's id; -1 while there is none. */
  queueId: number;
  /** Messages that were taken: from the queue (out), from the stream (in), requests (serve, ask). */
  taken: number;
  /** Messages that were handed on, again and again where that was needed: to the engine (out), to the queue (in). */
  published: number;
  /** Messages that are done. */
  acked: number;
  /** Messages that the other side had already. */
  duplicates: number;
  /** Messages that were published again after a crash, or a lost connection. */
  republished: number;
  /** Messages that could not be delivered, ever. */
  refused: number;
  /** Those of them that went to the dead letters. */
  deadLettered: number;
  /** Messages whose length had to be found out after a crash; it may be a byte short. */
  uncertain: number;
  /** Messages in hand. */
  inFlight: number;
  /** Milliseconds since the oldest of them was taken; 0 without one. */
  oldestAge: number;
  /** Messages in the queue. */
  pending: number;
  /** Bytes of shared memory that the route takes. */
  stateBytes: number;
}

/** See RouteStats. */
export type RouteState = 'starting' | 'running' | 'waiting' | 'stopped' | 'ended';

/** How a route tells the bridge what happens. */
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
  /** Finds the queue, and takes what an earlier process has left. @throws where that does not work. */
  open(): void;
  /** There is a connection. @throws where the route can't use it. */
  attach(connection: EngineConnection): Promise<void>;
  /** There is none any longer. */
  detach(): void;
  /** Takes no more, waits for what is in hand, and ends. */
  stop(timeout: number): Promise<void>;
  stats(): RouteStats;
  check(connection: EngineConnection): Promise<Finding[]>;
}

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
