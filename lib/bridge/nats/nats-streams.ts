/** The streams of NATS that routes publish to and take from. */

import { BridgeError } from '../errors';
import { ApiCode, apiCode } from './nats-client';
import type { JetStreamManager, StreamInfo } from './nats-types';

const DEDUPLICATION_MS = 120_000;

/** The stream that stores a subject. @throws BridgeError when there is none, or more than one. */
export async function findStream(manager: JetStreamManager, subject: string, create: boolean): Promise<StreamInfo> {
  const names: string[] = [];
  for await (const name of jetStreamNames(manager, subject)) names.push(name);
  if (names.length === 0) {
    if (create) return addStream(manager, nameFor(subject), subject);
    throw new BridgeError(
      'ERR_BRIDGE_NO_STREAM',
      `No stream of NATS takes the subject ${subject}: make one (nats stream add), or let the bridge do it (createStream, --create-stream)`,
    );
  }
  if (names.length > 1) {
    throw new BridgeError(
      'ERR_BRIDGE_NO_STREAM',
      `Several streams take the subject ${subject} (${names.join(', ')}): a message would have several numbers. Name a narrower subject`,
    );
  }
  return manager.streams.info(names[0] as string);
}

async function* jetStreamNames(manager: JetStreamManager, subject: string): AsyncIterable<string> {
  try {
    yield* manager.streams.names(subject);
  } catch (error) {
    throw withoutJetStream(error);
  }
}

/** Requires a stream. @throws BridgeError when it does not exist. */
export async function requireStream(
  manager: JetStreamManager,
  name: string,
  subject: string | undefined,
  create: boolean,
): Promise<StreamInfo> {
  try {
    return await manager.streams.info(name);
  } catch (error) {
    if (apiCode(error) !== ApiCode.streamNotFound) throw withoutJetStream(error);
    if (create && subject !== undefined) return addStream(manager, name, subject);
    throw new BridgeError(
      'ERR_BRIDGE_NO_STREAM',
      `NATS has no stream ${name}: make it (nats stream add ${name}), or let the bridge do it (createStream with a filter, --create-stream --filter SUBJECT)`,
      error,
    );
  }
}

function withoutJetStream(error: unknown): unknown {
  const { name, message } = error as Error;
  if (name !== 'JetStreamNotEnabled' && !/no responders|jetstream is not enabled/i.test(message)) return error;
  return new BridgeError(
    'ERR_BRIDGE_NO_JETSTREAM',
    'This NATS server runs without JetStream, or it is not there yet: start it with -js, or with jetstream {} in its configuration',
    error,
  );
}

async function addStream(manager: JetStreamManager, name: string, subject: string): Promise<StreamInfo> {
  return manager.streams.add({
    name,
    subjects: [subject],
    storage: 'file',
    duplicate_window: DEDUPLICATION_MS * 1_000_000,
  });
}

function nameFor(subject: string): string {
  return (
    subject
      .replace(/\.?[*>].*$/, '')
      .replace(/[^A-Za-z0-9_-]/g, '_')
      .toUpperCase() || 'SYSVMQ'
  );
}

/** Identifies the stream, and distinguishes it from a later one with the same name. */
export function identityOf({ config, created }: StreamInfo): string {
  return `nats ${config.name} ${created}`;
}
