/** The parts of a connection to NATS that publishers, subscribers, scans and checks use. */

import type { JetStreamClient, JetStreamManager, NatsConnection } from './nats-types';

/** A user of a subject, and the function to call when the subject is forbidden. */
export interface Denial {
  subject: string;
  denied(error: Error): void;
}

export interface NatsLink {
  readonly nats: NatsConnection;
  readonly client: JetStreamClient;
  readonly manager: JetStreamManager;
  readonly maxPayload: number;
  /** Returns a function that ends the watch. */
  watchDenials(denial: Denial): () => void;
}
