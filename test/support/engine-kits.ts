/** What a test of every engine needs of one: its server, the engine over it, and a client that looks. */

import { type Engine, natsEngine, redisEngine } from '../../lib/bridge';
import type { RedisClient, RedisPackage } from '../../lib/bridge/redis/redis-types';
import { natsClient, readStream } from './bridges';
import { type EngineServer, natsServer, redisServer, startNats, startRedis } from './engine-servers';
import type { Need } from './needs';
import { beforeQueuesGo } from './queues';

export interface Stored {
  data: string;
  type: string;
}

/** Looks at the streams of a server, and writes to them as another program would. */
export interface EngineClient {
  /** The stream is there, and takes what is published to its target. */
  addStream(target: string): Promise<void>;
  removeStream(target: string): Promise<void>;
  publish(target: string, data: string): Promise<unknown>;
  count(target: string): Promise<number>;
  read(target: string): Promise<Stored[]>;
}

export interface EngineKit {
  name: string;
  server: Need;
  start(): Promise<EngineServer>;
  engine(url: string, options?: object): Engine;
  /** The engine for a process of its own. */
  inAnotherProcess: 'natsEngine' | 'redisEngine';
  optionsFor(url: string): object;
  /** The stream that takes what is published to a target. */
  streamOf(target: string): string;
  client(url: string): Promise<EngineClient>;
}

const natsOptions = (url: string): object => ({ servers: url, createStream: true });
const natsStream = (target: string): string => target.toUpperCase();

async function natsLooker(url: string): Promise<EngineClient> {
  const client = await natsClient(url);
  const { streams } = client.manager;
  return {
    addStream: async (target) => void (await streams.add({ name: natsStream(target), subjects: [target] })),
    removeStream: async (target) => void (await streams.delete(natsStream(target))),
    publish: (target, data) => client.client.publish(target, data),
    count: (target) =>
      streams.info(natsStream(target)).then(
        ({ state }) => state.messages,
        () => 0,
      ),
    read: (target) => readStream(client, natsStream(target)),
  };
}

/** A client of Redis that a test looks with. */
export function redisClient(url: string): RedisClient {
  const { Redis } = require('ioredis') as RedisPackage;
  const client = new Redis(url, { retryStrategy: () => 50, maxRetriesPerRequest: null });
  client.on('error', () => undefined);
  beforeQueuesGo(() => client.disconnect());
  return client;
}

async function redisLooker(url: string): Promise<EngineClient> {
  const client = redisClient(url);
  return {
    // A stream of Redis is there with its first entry, or with a group.
    addStream: async (target) => void (await client.call('XGROUP', 'CREATE', target, 'looker', '$', 'MKSTREAM')),
    removeStream: async (target) => void (await client.call('DEL', target)),
    publish: (target, data) => client.call('XADD', target, '*', 'data', data),
    count: async (target) => Number(await client.call('XLEN', target)),
    read: async (target) => {
      const entries = (await client.call('XRANGE', target, '-', '+')) as [string, string[]][];
      return entries.map(([, fields]) => {
        const field = (name: string): string => fields[fields.indexOf(name) + 1] as string;
        return { data: field('data'), type: fields.includes('Sysvmq-Type') ? field('Sysvmq-Type') : '' };
      });
    },
  };
}

export const engineKits: EngineKit[] = [
  {
    name: 'NATS',
    server: natsServer,
    start: () => startNats(),
    engine: (url, options) => natsEngine({ ...natsOptions(url), ...options }),
    inAnotherProcess: 'natsEngine',
    optionsFor: natsOptions,
    streamOf: natsStream,
    client: natsLooker,
  },
  {
    name: 'Redis',
    server: redisServer,
    start: () => startRedis(),
    engine: (url, options) => redisEngine({ url, createStream: true, ...options }),
    inAnotherProcess: 'redisEngine',
    optionsFor: (url) => ({ url, createStream: true }),
    streamOf: (target) => target,
    client: redisLooker,
  },
];

/** An address of the same engine behind another port, such as a proxy's. */
export function atPort(url: string, port: number): string {
  return url.replace(/:\d+$/, `:${port}`);
}
