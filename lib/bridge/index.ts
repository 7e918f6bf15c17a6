/** Messages between machines: the entry point sysvmq/bridge. docs/bridge.md says what it promises. */

export { Bridge, type BridgeEvents, type BridgeOptions, type BridgeStats, createBridge } from './bridge';
export type {
  Engine,
  EngineConnection,
  FailedOutcome,
  Finding,
  IncomingMessage,
  OutgoingMessage,
  Publisher,
  PublishOutcome,
  PublishTarget,
  Respond,
  StoredOutcome,
  StreamPosition,
  Subscriber,
  SubscribeSource,
} from './engine';
export { BridgeError } from './errors';
export { type NatsEngineOptions, natsEngine } from './nats/nats-engine';
export { type RedisEngineOptions, redisEngine } from './redis/redis-engine';
export { type RegisteredRoute, readBridgeStatus } from './registry';
export type { RouteState, RouteStats } from './route-runner';
export type { InRoute, OutRoute, QueueRef, Refused, RequestRoute, Route, RouteSelect } from './routes';
export type { TlsFiles } from './tls';
