/** The options that the bridge's commands share. */

import { readFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { type Engine, natsEngine } from '../../bridge';
import * as argument from '../options/arguments';

export interface CommonOptions {
  nats?: string[];
  tlsCa?: string;
  tlsCert?: string;
  tlsKey?: string;
  creds?: string;
  nkey?: string;
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
    .option('--tls-ca <file>', 'the authority that has signed the certificate of the server')
    .option('--tls-cert <file>', 'a certificate of this client')
    .option('--tls-key <file>', 'the key of that certificate')
    .option('--creds <file>', 'a file of credentials')
    .option('--nkey <file>', 'a file with the seed of an NKey')
    .option('--create-stream', 'make the stream where none takes the subject')
    .option('--state <folder>', 'the folder for what is in hand, on a tmpfs (default: /dev/shm/sysvmq-UID)')
    .option('--name <name>', 'of the bridge (default: the name of the host)')
    .option('--progress', 'print what was done, every second, on standard error')
    .option('--json', 'print JSON')
    .option('--dry-run', 'look whether it would work; take nothing and publish nothing');
}

export function chooseWindow(command: Command): Command {
  return command
    .addOption(new Option('--window <n>', 'messages that are in hand at a time').argParser(argument.integer(1, 16_384)))
    .option('--dead-letter <subject>', 'where messages go that can not be delivered (default: the route stops)');
}

export function engineOf(options: CommonOptions): Engine {
  const { nats, tlsCa, tlsCert, tlsKey, creds, nkey, createStream } = options;
  const hasTls = tlsCa !== undefined || tlsCert !== undefined || tlsKey !== undefined;
  return natsEngine({
    ...(nats === undefined ? {} : { servers: nats }),
    ...(hasTls ? { tls: { caFile: tlsCa, certFile: tlsCert, keyFile: tlsKey } } : {}),
    ...(creds === undefined ? {} : { creds }),
    ...(nkey === undefined ? {} : { nkeySeed: readFileSync(nkey, 'latin1') }),
    ...(createStream === undefined ? {} : { createStream }),
  });
}
