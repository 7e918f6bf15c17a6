/** An engine that a test brings along. */

import {
  BridgeError,
  type Engine,
  type EngineConnection,
  type Subscriber,
  type SubscribeSource,
} from '../../lib/bridge';

export const away = (): BridgeError => new BridgeError('ERR_BRIDGE_UNREACHABLE', 'The server is away');

/** A subscriber to a stream of which nothing was delivered before. */
export function subscriber(start: Subscriber['start']): Subscriber {
  return {
    identity: 'orders 1',
    numbering: 'each',
    acknowledgeWithin: 30_000,
    floor: async () => 0,
    unsettled: async function* () {
      // Nothing was delivered before.
    },
    start,
    stop: async () => undefined,
  };
}

type Open = (connection: EngineConnection, source: SubscribeSource) => Promise<Subscriber>;

/** An engine that only opens subscribers. */
export function engine(open: Open): Engine & { connections: number } {
  const made = {
    name: 'own',
    connections: 0,
    connect: async (): Promise<EngineConnection> => {
      made.connections += 1;
      let lose: (reason: Error) => void = () => undefined;
      const connection: EngineConnection = {
        server: 'own',
        lost: new Promise((resolve) => {
          lose = resolve;
        }),
        openPublisher: () => Promise.reject(away()),
        openSubscriber: (source) => open(connection, source),
        checkTarget: async () => [],
        checkSource: async () => [],
        close: async () => lose(new Error('closed')),
        abandon: (reason) => lose(reason),
      };
      return connection;
    },
  };
  return made;
}
