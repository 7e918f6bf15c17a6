/** Redis Streams as the engine of a bridge. */

import { readFileSync } from 'node:fs';
import { outOfRange } from '../../core/argument-errors';
import { checkOptions, optionNames } from '../../core/options';
import { checkBoolean, checkString } from '../../core/validators';
import type { Engine, EngineConnection } from '../engine';
import { BridgeError, messageOf } from '../errors';
import { checkTls, type TlsFiles } from '../tls';
import { answeredWithin } from '../within';
import { ioredis, parseInfo } from './redis-client';
import { RedisEngineConnection } from './redis-connection';
import type { RedisClient } from './redis-types';

/** How a bridge reaches Redis. */
export interface RedisEngineOptions {
  /** The server, with a user and a password where it wants them: 'rediss://user:password@host:6379/0' speaks TLS. Default: 'redis://127.0.0.1:6379'. */
  url?: string | undefined;
  /** Uses TLS, with these files; `true`: with the system's authorities. Default: as the URL says. */
  tls?: TlsFiles | boolean | undefined;
  /** Uses a server that may lose what it has acknowledged: without its append-only file, or with eviction. Default: false. */
  volatile?: boolean | undefined;
  /** An in route makes its stream where it is missing. Out routes always do. Default: false. */
  createStream?: boolean | undefined;
}

const known = optionNames<RedisEngineOptions>('redisEngine', {
  url: true,
  tls: true,
  volatile: true,
  createStream: true,
});

const CONNECT_TIMEOUT_MS = 5000;
const SILENT = `it has not answered for ${CONNECT_TIMEOUT_MS / 1000} s`;
const DEFAULT_URL = 'redis://127.0.0.1:6379';
/** The longest value that Redis accepts by default. */
const DEFAULT_LONGEST_VALUE = 512 << 20;

/**
 * Redis Streams, for createBridge.
 *
 * Needs the package ioredis, which is loaded when the bridge starts, and Redis 6.2 or later. Each message is stored once,
 * with the fields `data`, `Sysvmq-Type` and `Sysvmq-Origin`. A hash beside the stream remembers the last message of each
 * instance.
 *
 * @param options - The server's address, and whether the server may lose acknowledged messages.
 *
 * @example
 * const { redisEngine } = await import('sysvmq/bridge');
 * assert.equal(redisEngine({ url: 'redis://127.0.0.1:6379' }).name, 'redis');
 */
export function redisEngine(options?: RedisEngineOptions): Engine {
  const { url = DEFAULT_URL, tls, volatile = false, createStream = false } = checkOptions(options, known) ?? {};
  if (!/^rediss?:\/\//.test(checkString(url, 'options.url'))) {
    throw outOfRange('options.url', 'an address that begins with redis:// or rediss://', withoutPassword(url));
  }
  checkTls(tls);
  checkBoolean(volatile, 'options.volatile');
  checkBoolean(createStream, 'options.createStream');
  // A stream that was there once, and is gone, is made again.
  const seen = new Set<string>();
  const mayMake = (stream: string): boolean => {
    const may = createStream || seen.has(stream);
    seen.add(stream);
    return may;
  };
  return { name: 'redis', connect: (name) => connect({ url, tls, volatile }, name, mayMake) };
}

type Chosen = Pick<RedisEngineOptions, 'tls' | 'volatile'> & { url: string };

async function connect(chosen: Chosen, name: string, mayMake: (stream: string) => boolean): Promise<EngineConnection> {
  const open = (): Promise<RedisClient> => openClient(chosen, name);
  const main = await open();
  try {
    const about = await answeredWithin(CONNECT_TIMEOUT_MS, inspect(main, chosen), SILENT);
    return new RedisEngineConnection(main, about, open, mayMake);
  } catch (error) {
    main.disconnect();
    throw error instanceof BridgeError ? error : connectError(chosen.url, error as Error);
  }
}

async function openClient({ url, tls }: Chosen, name: string): Promise<RedisClient> {
  const { Redis } = ioredis();
  const client = new Redis(url, {
    lazyConnect: true,
    // A new connection begins with recovery: nothing is sent again by itself.
    retryStrategy: () => null,
    autoResendUnfulfilledCommands: false,
    enableOfflineQueue: false,
    enableReadyCheck: false,
    maxRetriesPerRequest: null,
    protocol: 2,
    connectTimeout: CONNECT_TIMEOUT_MS,
    connectionName: `sysvmq-bridge-${name}`,
    disableClientInfo: true,
    ...tlsOf(tls),
  });
  let reason: Error | undefined;
  client.on('error', (error) => {
    reason ??= error;
  });
  try {
    // The option connectTimeout ends when the server's machine has accepted the connection.
    await answeredWithin(CONNECT_TIMEOUT_MS, client.connect(), SILENT);
    return client;
  } catch (error) {
    client.disconnect();
    throw connectError(url, reason ?? (error as Error));
  }
}

function tlsOf(tls: RedisEngineOptions['tls']): object {
  if (tls === undefined || tls === false) return {};
  if (tls === true) return { tls: {} };
  const { caFile, certFile, keyFile } = tls;
  const contents = Object.entries({ ca: caFile, cert: certFile, key: keyFile }).flatMap(([option, file]) =>
    file === undefined ? [] : [[option, readFileSync(file)]],
  );
  return { tls: Object.fromEntries(contents) };
}

async function inspect(
  client: RedisClient,
  { url, volatile }: Chosen,
): Promise<{ server: string; longestValue: number }> {
  const info = parseInfo((await client.call('INFO')) as string);
  if (info.get('loading') === '1') throw new Error('it is loading its data');
  if (!volatile) refuseVolatile(info, withoutPassword(url));
  if (info.get('role') === 'slave') {
    throw new BridgeError(
      'ERR_BRIDGE_UNREACHABLE',
      `Redis at ${withoutPassword(url)} is a replica, which takes no messages: name its primary`,
    );
  }
  const server = `Redis ${info.get('redis_version') ?? ''} at ${withoutPassword(url)}`;
  return { server, longestValue: await longestValueOf(client) };
}

function refuseVolatile(info: ReadonlyMap<string, string>, where: string): void {
  const evicts = info.get('maxmemory') !== '0' && /^allkeys-/.test(info.get('maxmemory_policy') ?? '');
  if (info.get('aof_enabled') === '1' && !evicts) return;
  const words = evicts
    ? `evicts keys when its memory is full (maxmemory-policy ${info.get('maxmemory_policy')}), and streams are keys: set noeviction`
    : 'does not write a log of what it has acknowledged (appendonly no), so that a restart loses it: set appendonly yes';
  throw new BridgeError(
    'ERR_BRIDGE_VOLATILE',
    `Redis at ${where} ${words}, or accept the loss (volatile: true, --volatile)`,
  );
}

// CONFIG is forbidden to many a client.
async function longestValueOf(client: RedisClient): Promise<number> {
  try {
    const [, longest] = (await client.call('CONFIG', 'GET', 'proto-max-bulk-len')) as string[];
    return Number(longest ?? DEFAULT_LONGEST_VALUE);
  } catch {
    return DEFAULT_LONGEST_VALUE;
  }
}

function withoutPassword(url: string): string {
  return url.replace(/\/\/[^@/]*@/, '//');
}

function connectError(url: string, error: Error): BridgeError {
  const reason = messageOf(error);
  const where = withoutPassword(url);
  if (/^(WRONGPASS|NOAUTH|NOPERM)|invalid password|AUTH/.test(reason)) {
    return new BridgeError(
      'ERR_BRIDGE_AUTHORIZATION',
      `Redis at ${where} does not let this client in (${reason}): check the user and the password in the URL, and that the user may call INFO`,
      error,
    );
  }
  const advice = /certificate|self.signed|tls|ssl/i.test(reason)
    ? 'check the certificates (--tls-ca, --tls-cert, --tls-key)'
    : 'start redis-server there, or name another address (--redis)';
  return new BridgeError('ERR_BRIDGE_UNREACHABLE', `Redis at ${where} can't be reached (${reason}): ${advice}`, error);
}
