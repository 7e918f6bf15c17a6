/** The packages of NATS, loaded with the first connection, and the parts that this package uses. */

import { lazy } from '../../core/lazy';
import { loadPeer } from '../errors';
import type { JetStreamPackage, TransportPackage } from './nats-types';

const INSTALL = '@nats-io/transport-node@^3.3.1 @nats-io/jetstream@^3.3.1';

export const transport = lazy(() =>
  loadPeer<TransportPackage>(() => require('@nats-io/transport-node'), '@nats-io/transport-node', INSTALL),
);

export const jetStream = lazy(() =>
  loadPeer<JetStreamPackage>(() => require('@nats-io/jetstream'), '@nats-io/jetstream', INSTALL),
);

/** The number of JetStream's error, such as 10059; undefined for other errors. */
export function apiCode(error: unknown): number | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'number' ? code : undefined;
}

export const ApiCode = {
  consumerNotFound: 10014,
  messageNotFound: 10037,
  messageTooLong: 10054,
  streamNotFound: 10059,
  headersTooLong: 10097,
  streamSealed: 10109,
} as const;

/** Headers of a message. */
export const Header = {
  id: 'Nats-Msg-Id',
  type: 'Sysvmq-Type',
  origin: 'Sysvmq-Origin',
  error: 'Sysvmq-Error',
} as const;
