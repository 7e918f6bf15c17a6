/** Searches a stream for message ids that are too old for the server to recognize. */

import type { StreamPosition } from '../engine';
import { ApiCode, apiCode, Header } from './nats-client';
import type { NatsLink } from './nats-link';
import type { StoredMsg } from './nats-types';

const FETCH_COUNT = 1000;
const FETCH_MS = 2000;
const READ_AT_ONCE = 64;

/** Finds which of the ids the stream stores after a sequence number, and where. */
export async function findIds(
  connection: NatsLink,
  stream: string,
  ids: ReadonlySet<string>,
  after: number,
): Promise<Map<string, StreamPosition>> {
  const { state, config } = await connection.manager.streams.info(stream);
  const found = new Map<string, StreamPosition>();
  const from = Math.max(after + 1, state.first_seq);
  if (from > state.last_seq || state.messages === 0) return found;
  const note = (id: string | undefined, sequence: number): void => {
    if (id !== undefined && ids.has(id)) found.set(id, sequence);
  };
  // A work-queue stream allows no second consumer.
  if (config.retention === 'workqueue') {
    await readEach(connection, stream, from, state.last_seq, note);
  } else {
    await readHeaders(connection, stream, from, state.last_seq, note);
  }
  return found;
}

type Note = (id: string | undefined, sequence: number) => void;

async function readHeaders(
  connection: NatsLink,
  stream: string,
  from: number,
  last: number,
  note: Note,
): Promise<void> {
  const consumer = await connection.client.consumers.get(stream, {
    deliver_policy: 'by_start_sequence',
    opt_start_seq: from,
    headers_only: true,
  });
  for (let sequence = from; sequence <= last; ) {
    const messages = await consumer.fetch({ max_messages: FETCH_COUNT, expires: FETCH_MS });
    let count = 0;
    for await (const message of messages) {
      count += 1;
      sequence = message.seq + 1;
      note(message.headers?.get(Header.id), message.seq);
      if (message.info.pending === 0) return;
    }
    // No message came: none is left, or the network is slow.
    if (count === 0 && (await consumer.info()).num_pending === 0) return;
  }
}

async function readEach(connection: NatsLink, stream: string, from: number, last: number, note: Note): Promise<void> {
  for (let sequence = from; sequence <= last; sequence += READ_AT_ONCE) {
    const count = Math.min(READ_AT_ONCE, last - sequence + 1);
    const read = Array.from({ length: count }, (_, index) => readMessage(connection, stream, sequence + index));
    for (const message of await Promise.all(read)) note(message?.header.get(Header.id), message?.seq ?? 0);
  }
}

/** The message with a sequence number; undefined when there is none. */
export async function readMessage(
  connection: NatsLink,
  stream: string,
  sequence: number,
): Promise<StoredMsg | undefined> {
  return orMissing(connection.manager.streams.getMessage(stream, { seq: sequence }));
}

/** The first message from a sequence number on whose subject matches; undefined when there is none. */
export async function readNext(
  connection: NatsLink,
  stream: string,
  sequence: number,
  subject: string,
): Promise<StoredMsg | undefined> {
  return orMissing(connection.manager.streams.getMessage(stream, { seq: sequence, next_by_subj: subject }));
}

async function orMissing(message: Promise<StoredMsg | null>): Promise<StoredMsg | undefined> {
  try {
    return (await message) ?? undefined;
  } catch (error) {
    if (apiCode(error) === ApiCode.messageNotFound) return undefined;
    throw error;
  }
}
