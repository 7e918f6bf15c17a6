/** The options that the bridge's commands share. */

import { readFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { type Engine, natsEngine, redisEngine } from '../../bridge';
import { UsageError } from '../errors';
import * as argument from '../options/arguments';

export interface CommonOptions {
  nats?: string[];
  redis?: string;
  volatile?: true;
  tlsCa?: string;
  tlsCert?: string;
  tlsKey?: string;
  creds?: string;
  nkey?: string;
  domain?: string;
  createStream?: true;
  state?: string;
  name?: string;
  progress?: true;
  json?: true;
  dryRun?: true;
}

export interface RouteOptions {
  window?: number;
  ordered?: true;
  deadLetter?: string;
}

/** Adds the options for the engine's address and the bridge's run. */
export function chooseEngine(command: Command): Command {
  return command
    .option('--nats <url...>', 'the servers of NATS (default: nats://127.0.0.1:4222)')
    .option('--redis <url>', 'a server of Redis instead: redis://user:password@host:6379, or rediss:// for TLS')
    .option('--volatile', 'with --redis: accept a server that may lose what it has acknowledged')
    .option('--tls-ca <file>', 'the authority that signed the certificate of the server')
    .option('--tls-cert <file>', 'a certificate of this client')
    .option('--tls-key <file>', 'the key of that certificate')
    .option('--creds <file>', 'a file of credentials')
    .option('--nkey <file>', 'a file with the seed of an NKey')
    .option('--domain <name>', 'a JetStream domain')
    .option('--create-stream', 'create the stream if none stores the subject')
    .option('--state <folder>', 'the folder for messages in hand, on a tmpfs (default: /dev/shm/sysvmq-UID)')
    .option('--name <name>', 'the name of the bridge (default: the name of the host)')
    .option('--progress', 'print the counts every second on standard error')
    .option('--json', 'print JSON')
    .option('--dry-run', 'check whether it would work; take and publish nothing');
}

export function chooseWindow(command: Command): Command {
  return command
    .addOption(new Option('--window <n>', 'the most messages in hand at a time').argParser(argument.integer(1, 16_384)))
    .option('--dead-letter <subject>', 'the target of messages that can never be delivered (default: the route stops)');
}

export function engineOf(options: CommonOptions): Engine {
  const { nats, redis, volatile, tlsCa, tlsCert, tlsKey, creds, nkey, domain, createStream } = options;
  const hasTls = tlsCa !== undefined || tlsCert !== undefined || tlsKey !== undefined;
  const common = {
    ...(hasTls ? { tls: { caFile: tlsCa, certFile: tlsCert, keyFile: tlsKey } } : {}),
    ...(createStream === undefined ? {} : { createStream }),
  };
  if (redis !== undefined) {
    const ofNats = Object.entries({ '--nats': nats, '--creds': creds, '--nkey': nkey, '--domain': domain });
    const other = ofNats.find(([, value]) => value !== undefined)?.[0];
    if (other !== undefined) throw new UsageError(`${other} is for NATS, and --redis is another engine.`);
    return redisEngine({ ...common, url: redis, volatile });
  }
  if (volatile) throw new UsageError('--volatile requires --redis.');
  return natsEngine({
    ...common,
    ...(nats === undefined ? {} : { servers: nats }),
    ...(creds === undefined ? {} : { creds }),
    ...(domain === undefined ? {} : { domain }),
    ...(nkey === undefined ? {} : { nkeySeed: readFileSync(nkey, 'latin1') }),
  });
}
