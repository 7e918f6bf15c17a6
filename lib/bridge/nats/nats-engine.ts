/** NATS JetStream as the engine of a bridge. */

import { readFileSync } from 'node:fs';
import { invalidType } from '../../core/argument-errors';
import { checkOptions, optionNames } from '../../core/options';
import { checkBoolean, checkString } from '../../core/validators';
import type { Engine, EngineConnection } from '../engine';
import { BridgeError, messageOf } from '../errors';
import { checkTls, type TlsFiles } from '../tls';
import { transport } from './nats-client';
import { NatsEngineConnection } from './nats-connection';

/** How a bridge reaches NATS. */
export interface NatsEngineOptions {
  /** One address or several, such as 'nats://10.0.0.5:4222'. Default: 'nats://127.0.0.1:4222'. */
  servers?: string | readonly string[] | undefined;
  /** Uses TLS; `true`: with the system's authorities. Default: as the server demands. */
  tls?: TlsFiles | boolean | undefined;
  /** A file of credentials (a JWT and its key). */
  creds?: string | undefined;
  /** The seed of an NKey. */
  nkeySeed?: string | undefined;
  /** A user, with `password`. */
  user?: string | undefined;
  /** The user's password. */
  password?: string | undefined;
  /** A token. */
  token?: string | undefined;
  /** The JetStream domain. */
  domain?: string | undefined;
  /** Creates a stream when none stores a route's subject: on disk, for all subjects of the route. Default: false. */
  createStream?: boolean | undefined;
}

const known = optionNames<NatsEngineOptions>('natsEngine', {
  servers: true,
  tls: true,
  creds: true,
  nkeySeed: true,
  user: true,
  password: true,
  token: true,
  domain: true,
  createStream: true,
});

const CONNECT_TIMEOUT_MS = 5000;
/** An open but silent connection counts as dead after three of these. */
const PING_MS = 5000;
const PINGS_OUT = 2;
const DEFAULT_SERVER = 'nats://127.0.0.1:4222';

/**
 * NATS JetStream, for createBridge.
 *
 * Needs the packages @nats-io/transport-node and @nats-io/jetstream, which are loaded when the bridge starts.
 *
 * @param options - The servers, and this client's credentials.
 *
 * @example
 * const { natsEngine } = await import('sysvmq/bridge');
 * assert.equal(natsEngine({ servers: 'nats://127.0.0.1:4222' }).name, 'nats');
 */
export function natsEngine(options?: NatsEngineOptions): Engine {
  const checked = checkNatsOptions(options);
  return { name: 'nats', connect: (name) => connect(checked, name) };
}

function checkNatsOptions(options: NatsEngineOptions | undefined): NatsEngineOptions {
  const given: NatsEngineOptions = { ...checkOptions(options, known) };
  for (const name of ['creds', 'nkeySeed', 'user', 'password', 'token', 'domain'] as const) {
    if (given[name] !== undefined) checkString(given[name], `options.${name}`);
  }
  const { servers = DEFAULT_SERVER, tls, createStream } = given;
  for (const server of typeof servers === 'string' ? [servers] : servers) checkString(server, 'options.servers');
  if (createStream !== undefined) checkBoolean(createStream, 'options.createStream');
  checkTls(tls);
  if (typeof servers !== 'string' && servers.length === 0) throw invalidType('options.servers', 'an address', servers);
  return { ...given, servers };
}

async function connect(options: NatsEngineOptions, name: string): Promise<EngineConnection> {
  const { servers, domain, createStream } = options;
  const addresses = typeof servers === 'string' ? [servers] : [...(servers as readonly string[])];
  const package_ = transport();
  try {
    const connection = await package_.connect({
      servers: addresses,
      name: `sysvmq bridge ${name}`,
      // A new connection has a new inbox and a new consumer, so it never mistakes messages of an old one for its own.
      reconnect: false,
      ignoreClusterUpdates: true,
      timeout: CONNECT_TIMEOUT_MS,
      pingInterval: PING_MS,
      maxPingOut: PINGS_OUT,
      ...credentialsOf(options),
      ...tlsOf(options),
    });
    return await NatsEngineConnection.open(connection, domain, createStream === true);
  } catch (error) {
    if (error instanceof BridgeError) throw error;
    throw connectError(addresses, error);
  }
}

function credentialsOf({ creds, nkeySeed, user, password, token }: NatsEngineOptions): object {
  const { credsAuthenticator, nkeyAuthenticator } = transport();
  if (creds !== undefined) return { authenticator: credsAuthenticator(readFileSync(creds)) };
  if (nkeySeed !== undefined) return { authenticator: nkeyAuthenticator(new TextEncoder().encode(nkeySeed.trim())) };
  return {
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { pass: password }),
    ...(token === undefined ? {} : { token }),
  };
}

function tlsOf({ tls }: NatsEngineOptions): object {
  if (tls === undefined || tls === false) return {};
  return { tls: tls === true ? {} : Object.fromEntries(Object.entries(tls).filter(([, file]) => file !== undefined)) };
}

function connectError(servers: string[], error: unknown): BridgeError {
  const reason = messageOf(error);
  const where = servers.map((server) => server.replace(/\/\/[^@/]*@/, '//')).join(', ');
  if (/authorization|authentication|expired/i.test(reason)) {
    return new BridgeError(
      'ERR_BRIDGE_AUTHORIZATION',
      `NATS at ${where} does not let this client in (${reason}): check the user, token, NKey or credentials`,
      error,
    );
  }
  const advice = /certificate|self.signed|tls|ssl/i.test(reason)
    ? 'check the certificates (--tls-ca, --tls-cert, --tls-key)'
    : 'start nats-server there, or name another address (--nats)';
  return new BridgeError('ERR_BRIDGE_UNREACHABLE', `NATS at ${where} can't be reached (${reason}): ${advice}`, error);
}
