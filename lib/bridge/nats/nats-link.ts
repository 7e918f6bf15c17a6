/** What publishers, subscribers, scans and checks need of a connection to NATS. */

import type { JetStreamClient, JetStreamManager, NatsConnection } from './nats-types';

/** What waits for permission to publish or subscribe, and hears when there is none. */
export interface Denial {
  subject: string;
  denied(error: Error): void;
}

export interface NatsLink {
  readonly nats: NatsConnection;
  readonly client: JetStreamClient;
  readonly manager: JetStreamManager;
  readonly maxPayload: number;
  /** Returns what ends it. */
  watchDenials(denial: Denial): () => void;
}
