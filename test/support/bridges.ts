/** What tests of the bridge share: bridges in this process and in others, and what a stream has. */

import { join } from 'node:path';
import { type Bridge, createBridge, type Engine, natsEngine, type Route } from '../../lib/bridge';
import type {
  ConsumerMessages,
  JetStreamManager,
  JetStreamPackage,
  NatsConnection,
  StreamInfo,
  TransportPackage,
} from '../../lib/bridge/nats/nats-types';
import { type Child, type ChildContext, startChild } from './child';
import { beforeQueuesGo } from './queues';

const packageRoot = join(__dirname, '..', '..');

/** A bridge that is stopped after the test. */
export function newBridge(engine: Engine, state: string, routes: Route[], name = 'test'): Bridge {
  const bridge = createBridge({ engine, state, routes, name });
  bridge.on('error', () => undefined);
  beforeQueuesGo(() => bridge.stop({ timeout: 2000 }));
  return bridge;
}

export interface ChildBridge {
  engine: 'natsEngine' | 'redisEngine';
  engineOptions: object;
  state: string;
  routes: Route[];
  name?: string;
}

async function runBridge(
  { require, say, told }: ChildContext,
  { root, bridge }: { root: string; bridge: ChildBridge },
) {
  const library = require(`${root}/dist/bridge/index.js`) as typeof import('../../lib/bridge');
  const makeEngine = (library as unknown as Record<string, (options: object) => import('../../lib/bridge').Engine>)[
    bridge.engine
  ] as (options: object) => import('../../lib/bridge').Engine;
  const { state, routes, name = 'test' } = bridge;
  const running = library.createBridge({ engine: makeEngine(bridge.engineOptions), state, routes, name });
  running.on('error', () => undefined);
  running.on('route', ({ state, error }) => {
    if (state === 'stopped') say('stopped', error?.message);
  });
  await running.start();
  say('running');
  await told();
  await running.stop();
  return running.stats();
}

/** A bridge in a process of its own. It says 'running', and stops at the first message that it receives. */
export function bridgeProcess(bridge: ChildBridge): Child {
  return startChild(runBridge, { root: packageRoot, bridge });
}

export interface StoredMessage {
  subject: string;
  data: string;
  type: string;
  id: string;
}

/** A client of NATS that a test looks with. */
export async function natsClient(url: string): Promise<NatsClient> {
  const { connect } = require('@nats-io/transport-node') as Pick<TransportPackage, 'connect'>;
  const { jetstreamManager } = require('@nats-io/jetstream') as JetStreamPackage;
  const nats = await connect({ servers: url, maxReconnectAttempts: -1, reconnectTimeWait: 50 });
  beforeQueuesGo(() => nats.close());
  const manager = (await jetstreamManager(nats, { timeout: 10_000 })) as unknown as NatsClient['manager'];
  return { nats, manager, client: manager.jetstream() };
}

type Streams = JetStreamManager['streams'] & {
  update(name: string, config: object): Promise<unknown>;
  delete(name: string): Promise<boolean>;
  add(config: object): Promise<StreamInfo>;
};

export interface NatsClient {
  nats: NatsConnection;
  manager: Omit<JetStreamManager, 'streams' | 'jetstream'> & { streams: Streams; jetstream(): NatsClient['client'] };
  client: {
    publish(subject: string, data: string): Promise<unknown>;
    consumers: {
      get(
        stream: string,
        consumer?: string,
      ): Promise<{
        consume(): Promise<ConsumerMessages>;
        fetch(options: { max_messages: number; expires: number }): Promise<ConsumerMessages>;
      }>;
    };
  };
}
/** Everything in a stream, in order. */
export async function readStream({ manager, client }: NatsClient, stream: string): Promise<StoredMessage[]> {
  const { state } = await manager.streams.info(stream);
  const messages: StoredMessage[] = [];
  if (state.messages === 0) return messages;
  const consumer = await client.consumers.get(stream);
  for await (const message of await consumer.consume()) {
    const { headers } = message;
    messages.push({
      subject: message.subject,
      data: Buffer.from(message.data).toString(),
      type: headers?.get('Sysvmq-Type') ?? '',
      id: headers?.get('Nats-Msg-Id') ?? '',
    });
    if (message.info.pending === 0) break;
  }
  return messages;
}

export function natsAt(url: string, options: object = {}): Engine {
  return natsEngine({ servers: url, createStream: true, ...options });
}
