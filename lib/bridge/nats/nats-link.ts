/** What publishers, subscribers, scans and checks need of a connection to NATS. */

import type { JetStreamClient, JetStreamManager, NatsConnection } from './nats-types';

/** A user of a subject, which hears when there is no permission for it. */
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
